/**
 * Has this browser told of alerts by its push service, or no more. Asks for leave only when somebody taps. Silent: its words come
 * with the page.
 */
import { codeOf, DEVICES, tellBox } from './subscribe.ts'

const canPush = () => window.isSecureContext && 'PushManager' in window && 'Notification' in window

const mine = async (worker: ServiceWorkerRegistration) =>
  canPush() ? await worker.pushManager.getSubscription() : null

/** The code of why not. */
async function turnOn({ dataset: { key = '' }, elements }: HTMLFormElement): Promise<string | undefined> {
  if ((await Notification.requestPermission()) !== 'granted') return 'denied'
  const worker = await navigator.serviceWorker.ready
  const least = (elements.namedItem('least') as HTMLSelectElement).value
  const known = await mine(worker)
  const problem = known ? await tellBox(known, least) : 'STALE'
  // Made for the keys of another day, it is of no use any more.
  if (problem !== 'STALE') return problem
  await known?.unsubscribe()
  return tellBox(
    await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }),
    least,
  )
}

async function ask(method: string, path: string): Promise<string | undefined> {
  const answer = await fetch(`${DEVICES}/${path}`, { method })
  return answer.ok ? undefined : codeOf(answer)
}

async function turnOff(id: string): Promise<string | undefined> {
  await (await mine(await navigator.serviceWorker.ready))?.unsubscribe()
  return ask('DELETE', id)
}

async function answer(form: HTMLFormElement): Promise<void> {
  const { push, device = '' } = form.dataset
  const say = (code: string) => {
    const box = form.closest('.push')
    const text = box?.querySelector(`[data-said="${code}"]`) ?? box?.querySelector('[data-said=failed]')
    const place = box?.querySelector('.told')
    if (place) place.textContent = text?.textContent ?? ''
  }
  form.inert = true
  try {
    const problem =
      push === 'on'
        ? await turnOn(form)
        : push === 'off'
          ? await turnOff(device)
          : ((await ask('POST', `${device}/test`)) ?? 'sent')
    if (problem === undefined) location.reload()
    else say(problem)
  } catch {
    say('failed')
  } finally {
    form.inert = false
  }
}

/** Goes before whoever else answers forms. */
function hear(event: SubmitEvent): void {
  const form = event.target as HTMLFormElement
  if (form.dataset['push'] === undefined) return
  event.preventDefault()
  event.stopImmediatePropagation()
  void answer(form)
}

/** `ready`: the worker of this page. */
export async function startPush(ready: Promise<ServiceWorkerRegistration>): Promise<void> {
  document.addEventListener('submit', hear, { capture: true })
  const worker = await ready
  document.documentElement.classList.toggle('can-push', canPush())
  // Whoever has logged in anew, or reads another language by now, is told as before, and in that.
  const known = await mine(worker)
  if (known && document.querySelector('.who') !== null) await tellBox(known)
  const off = document.querySelector<HTMLElement>('[data-push=off]')
  if (known || !off || !canPush()) return
  // The browser was told otherwise in its own settings.
  await ask('DELETE', off.dataset['device'] ?? '')
  location.reload()
}
