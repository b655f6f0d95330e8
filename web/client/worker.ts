/**
 * The service worker: shows words of its own where a page cannot be had of the box, and what the box says by push. It keeps its words,
 * their style and script, and when a page came last; never a page, a picture or an answer of the box.
 */
import { clock } from '../time.ts'
import { hearPush } from './notes.ts'

/** Written before this script by the box: what is kept, under a name that changes with it. */
declare const SHELL: { readonly version: string; readonly files: readonly string[]; readonly icon: string }

interface Waiting {
  waitUntil(work: Promise<unknown>): void
}
interface Asking extends Waiting {
  readonly request: Request
  respondWith(answer: Promise<Response>): void
}
interface Worker {
  readonly location: Location
  readonly clients: { claim(): Promise<void> }
  skipWaiting(): Promise<void>
  addEventListener(event: 'install' | 'activate', on: (event: Waiting) => void): void
  addEventListener(event: 'fetch', on: (event: Asking) => void): void
}

const worker = self as unknown as Worker
const asked = new URL(worker.location.href).searchParams
const [language, zone] = [asked.get('lang') ?? 'en', asked.get('zone') ?? 'UTC']
const page = `/offline/${language}`
/** Not an address of the box: only the key of a time. */
const REACHED = '/reached'
const MOST_WAIT_MS = 15_000

const kept = () => caches.open(SHELL.version)

async function keep(): Promise<void> {
  const cache = await kept()
  await cache.addAll([page, ...SHELL.files])
  await worker.skipWaiting()
}

async function letGo(): Promise<void> {
  const names = await caches.keys()
  await Promise.all(names.filter((name) => name !== SHELL.version).map((name) => caches.delete(name)))
  await worker.clients.claim()
}

async function standIn(): Promise<Response> {
  const cache = await kept()
  const found = await cache.match(page)
  if (!found) return Response.error()
  const reachedMs = Number(await (await cache.match(REACHED))?.text())
  const since = reachedMs > 0 ? clock({ words: { language }, zone }, reachedMs, Date.now()) : '?'
  const text = (await found.text()).replace('{since}', since)
  return new Response(text, { status: 503, headers: found.headers })
}

async function reach(request: Request): Promise<Response> {
  const late = new Promise<never>((_, fail) => {
    setTimeout(() => fail(new Error('the box does not answer')), MOST_WAIT_MS)
  })
  try {
    return await Promise.race([fetch(request), late])
  } catch {
    return standIn()
  }
}

worker.addEventListener('install', (event) => event.waitUntil(keep()))
worker.addEventListener('activate', (event) => event.waitUntil(letGo()))
worker.addEventListener('fetch', (event) => {
  const { request } = event
  const { pathname } = new URL(request.url)
  if (request.method !== 'GET') return
  if (request.mode === 'navigate') {
    const answer = reach(request)
    event.respondWith(answer)
    const note = async () => {
      const { status } = await answer
      // Zero: a redirect, which the browser follows itself.
      if (status !== 503) await (await kept()).put(REACHED, new Response(String(Date.now())))
    }
    event.waitUntil(note().catch(() => {}))
  } else if (SHELL.files.includes(pathname)) {
    event.respondWith(kept().then(async (cache) => (await cache.match(request)) ?? fetch(request)))
  }
})
hearPush(SHELL.icon)
