/**
 * The pages by which people look after the record. They work without this: here forms are answered in place, so that
 * nothing jumps, and the page follows what happens.
 */
import { words } from '../words/spoken.ts'
import { type Drawn, drawnOf, openEvents } from './events.ts'
import { filterFaces } from './filter.ts'
import { tickTimes } from './times.ts'

const SETTLE_MS = 800

const mainOf = (page: ParentNode) => page.querySelector<HTMLElement>('main')

async function pageAt(answer: Response): Promise<Document> {
  return new DOMParser().parseFromString(await answer.text(), 'text/html')
}

/** Puts another page's content in the place of this one's. */
function show(page: Document, address: string): void {
  const [old, fresh] = [mainOf(document), mainOf(page)]
  if (!old || !fresh) {
    location.assign(address)
    return
  }
  document.title = page.title
  const menu = () => document.querySelector('.menu')
  const left = menu()?.scrollLeft ?? 0
  menu()?.replaceWith(...page.querySelectorAll('.menu'))
  menu()?.scrollTo({ left })
  old.replaceWith(document.adoptNode(fresh))
  history.replaceState(null, '', address)
  const told = document.querySelector<HTMLElement>('.done')
  told?.focus({ preventScroll: true })
}

/** Sends a form as the browser would, and shows what comes back. */
async function send(form: HTMLFormElement, button: HTMLElement | null): Promise<void> {
  const body = new URLSearchParams()
  for (const [name, value] of new FormData(form, button)) body.append(name, String(value))
  form.inert = true
  try {
    const answer = await fetch(form.action, { method: 'POST', body })
    const isPage = answer.headers.get('content-type')?.startsWith('text/html') === true
    if (!isPage) return location.reload()
    // Refused: the address stays that of the page, which comes back with what was typed.
    show(await pageAt(answer), answer.redirected ? answer.url : location.href)
  } catch {
    const lost = document.querySelector<HTMLElement>('.lost') ?? document.createElement('p')
    lost.className = 'lost'
    lost.textContent = words.lost
    lost.hidden = false
    document.body.prepend(lost)
  } finally {
    form.inert = false
  }
}

/** Nothing is taken from under a finger: a part that somebody is at, or has written in, stays. */
function isInUse(part: Element): boolean {
  if (part.contains(document.activeElement)) return true
  const fields = part.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('input, textarea')
  return [...fields].some(
    (one) => one.value !== one.defaultValue || (one instanceof HTMLInputElement && one.checked),
  )
}

async function refresh(): Promise<void> {
  const answer = await fetch(location.href)
  if (!answer.ok) return
  const page = await pageAt(answer)
  for (const part of document.querySelectorAll<HTMLElement>('[data-part]')) {
    const fresh = page.querySelector(`[data-part="${part.dataset['part']}"]`)
    if (fresh && !isInUse(part) && fresh.innerHTML !== part.innerHTML)
      part.replaceWith(document.adoptNode(fresh))
  }
}

interface Told {
  readonly horse?: { readonly id: string }
  readonly horses?: readonly { readonly id: string }[]
  readonly change?: string
}

/** Whether what was told is of this page: of its horse, of the unknown ones, or of alerts. */
function concerns(event: string, { horse, horses, change }: Told): boolean {
  if (event === 'resync') return true
  if (mainOf(document)?.dataset['follows'] === 'alerts') return event === 'alert:changed'
  const id = mainOf(document)?.dataset['horse']
  if (id === undefined) return event === 'horses:updated' && change === 'corrected'
  return horse?.id === id || horses?.some((one) => one.id === id) === true
}

function follow(drawn: Drawn): void {
  let timer = 0
  const line = openEvents(drawn, {
    message({ event, data }) {
      if (timer !== 0 || document.hidden || !concerns(event, data as Told)) return
      timer = window.setTimeout(() => {
        timer = 0
        void refresh().catch(() => {})
      }, SETTLE_MS)
    },
    open: () => showLine(true),
    lost: () => showLine(false),
  })
  setInterval(() => tickTimes(line.now()), 1000)
}

function showLine(isLive: boolean): void {
  const lost = document.querySelector<HTMLElement>('.lost')
  if (lost !== null) lost.hidden = isLive
  document.body.dataset['line'] = isLive ? 'live' : 'lost'
}

document.addEventListener('submit', (event) => {
  const form = event.target as HTMLFormElement
  const isSearch = form.matches('.search')
  if (!isSearch && (form.method !== 'post' || form.closest('main') === null)) return
  event.preventDefault()
  if (!isSearch) void send(form, event.submitter)
})
document.addEventListener('input', (event) => {
  const form = (event.target as HTMLElement).closest<HTMLFormElement>('.search')
  if (form !== null) filterFaces(form)
})
const main = mainOf(document)
if (main?.dataset['after'] !== undefined) follow(drawnOf(main))
