/**
 * The part of the service worker that shows what the box says by push, and leads to it. A browser takes a push that shows nothing for
 * abuse: so something is shown of whatever comes.
 */
import type { PushNote } from '../../daemon/presence-types.ts'
import { tellBox } from './subscribe.ts'

interface Waiting {
  waitUntil(work: Promise<unknown>): void
}
interface Pushed extends Waiting {
  readonly data: { json(): unknown } | null
}
interface Tapped extends Waiting {
  readonly notification: Notification
}
interface Renewed extends Waiting {
  readonly oldSubscription: PushSubscription | null
  readonly newSubscription: PushSubscription | null
}
interface Page {
  readonly url: string
  focus(): Promise<Page>
  navigate(url: string): Promise<Page | null>
}
interface Worker {
  readonly registration: ServiceWorkerRegistration
  readonly clients: {
    matchAll(what: { type: 'window' }): Promise<readonly Page[]>
    openWindow(url: string): Promise<Page | null>
  }
  addEventListener(event: 'push', on: (event: Pushed) => void): void
  addEventListener(event: 'notificationclick', on: (event: Tapped) => void): void
  addEventListener(event: 'pushsubscriptionchange', on: (event: Renewed) => void): void
}

const ALERTS = '/alerts'

function read({ data }: Pushed): Partial<PushNote> {
  try {
    return (data?.json() ?? {}) as Partial<PushNote>
  } catch {
    return {}
  }
}

function show({ registration }: Worker, icon: string, event: Pushed): Promise<void> {
  const note = read(event)
  const { title = 'barnbox', body = '', tag = 'barnbox', url = ALERTS, stays = false, isQuiet = false } = note
  return registration.showNotification(title, {
    ...{ body, tag, icon, data: url, lang: note.language ?? 'en' },
    ...{ requireInteraction: stays, renotify: !isQuiet, silent: isQuiet },
    ...{ timestamp: note.occurredMs },
  } as NotificationOptions)
}

/** An open page goes there; without one another is opened. */
async function lead({ clients }: Worker, notification: Notification): Promise<void> {
  notification.close()
  const url = typeof notification.data === 'string' ? notification.data : ALERTS
  const [page] = await clients.matchAll({ type: 'window' })
  if (page === undefined) await clients.openWindow(url)
  else await (await page.navigate(url))?.focus()
}

async function renew({ registration }: Worker, { oldSubscription, newSubscription }: Renewed): Promise<void> {
  const key = oldSubscription?.options.applicationServerKey
  const fresh =
    newSubscription ??
    (key && (await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })))
  if (fresh) await tellBox(fresh)
}

/** `icon`: the address of what stands beside each. */
export function hearPush(icon: string): void {
  const worker = self as unknown as Worker
  worker.addEventListener('push', (event) => event.waitUntil(show(worker, icon, event)))
  worker.addEventListener('notificationclick', (event) => event.waitUntil(lead(worker, event.notification)))
  worker.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(renew(worker, event)))
}
