/**
 * Takes a picture of every page at the size of a phone and of a desk, of a box that watches the demo's footage (a CC0
 * photo), into docs/images. Look at them: that they are taken says nothing.
 *
 *   scripts/on-node node scripts/screenshots.ts [--out FOLDER] [--only NAME]
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { startBrowser } from '../test/support/browser.ts'
import { type Box, newStateDir, startBox } from './demonstration/box.ts'
import { demoConfig } from './demonstration/check.ts'
import { startRtspCamera } from './demonstration/rtsp.ts'
import { panFootage } from './footage.ts'

const sizes = [
  { width: 360, height: 740 },
  { width: 1280, height: 800 },
] as const

interface Horse {
  readonly id: string
  readonly number: number
}

interface Wish {
  readonly folder: string
  /** The one picture that is taken. */
  readonly only: string | undefined
}

/** A page by the name of its picture, and when it is worth one. */
interface Shot {
  readonly name: string
  readonly path: string
  readonly ready: string
}

/** Both passes of the herd and the stranger between them. */
const watchMs = 60_000
/** Until a camera's acceptance test is over. */
const testMs = 200_000
/** Until avatars are loaded and boxes stand where the horses are. */
const settleMs = 1_500
/** Until a stall's horse is said to be a wrong one. */
const alertMs = 25_000

async function horsesOf(box: Box): Promise<readonly Horse[]> {
  return (await box.get<{ horses: readonly Horse[] }>('/api/v1/streams/demo/horses')).horses
}

async function name(box: Box, { id }: Horse, name: string): Promise<void> {
  const answer = await fetch(`${box.url}/api/v1/streams/demo/horses/${id}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, breed: 'Haflinger', age: 9, notes: 'Left hind: shoe in two weeks.' }),
  })
  if (!answer.ok) throw new Error(`the name was not taken: ${answer.status}`)
}

/** The whole picture is the stall of somebody who is not there: an alert comes by itself. */
async function drawStalls(box: Box, horses: readonly Horse[]): Promise<void> {
  const halves = [0, 0.5].map((left) => [
    ...[
      [left + 0.02, 0.1],
      [left + 0.48, 0.1],
      [left + 0.48, 0.98],
      [left + 0.02, 0.98],
    ],
  ])
  for (const [at, corners] of halves.entries()) {
    const expected = horses.slice(at, at + 1).map(({ id }) => id)
    const answer = await post(box, '/streams/demo/stalls', { name: `Stall ${at + 1}`, corners, expected })
    if (!answer.ok) throw new Error(`the stall was not taken: ${answer.status}`)
  }
}

const post = (box: Box, path: string, body: object) =>
  fetch(`${box.url}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

/** Something that people set right, and took back. */
async function correct(box: Box, { id }: Horse): Promise<void> {
  const sighting = await firstUnder(box, `/api/v1/horses/${id}/sightings`, 'sightings')
  const answer = await post(box, `/sightings/${sighting}/corrections`, { correction_type: 'mark_incorrect' })
  const { correction } = (await answer.json()) as { correction: { id: string } }
  await post(box, `/corrections/${correction.id}/undo`, {})
}

async function firstUnder<T extends string>(box: Box, path: string, key: T): Promise<string> {
  const found = await box.get<Record<T, readonly { readonly id: string }[]>>(path)
  const [first] = found[key]
  if (first === undefined) throw new Error(`there is nothing under ${path}`)
  return first.id
}

async function shotsOf(box: Box, first: Horse): Promise<Shot[]> {
  const sighting = await firstUnder(box, `/api/v1/horses/${first.id}/sightings`, 'sightings')
  const unknown = /"(\/unknowns\/[^"?]+)"/.exec(await (await fetch(`${box.url}/unknowns`)).text())?.[1]
  if (unknown === undefined) throw new Error('nobody is unknown')
  return [
    { name: 'now', path: '/', ready: '.overlay .label' },
    { name: 'camera', path: '/streams/demo', ready: '.tile[data-shows="video"] .overlay .label' },
    { name: 'horse', path: `/horses/${first.id}`, ready: 'main' },
    { name: 'sighting', path: `/sightings/${sighting}`, ready: 'main' },
    { name: 'unknowns', path: '/unknowns', ready: 'main' },
    { name: 'corrections', path: '/corrections', ready: 'main' },
    { name: 'alerts', path: '/alerts', ready: '.alert' },
    { name: 'alert-settings', path: '/alerts/settings', ready: 'main' },
    { name: 'merge', path: `/horses/${first.id}/merge`, ready: 'main' },
    { name: 'unknown', path: unknown, ready: 'main' },
    { name: 'cameras', path: '/cameras', ready: 'main' },
    { name: 'camera-settings', path: '/cameras/demo/settings', ready: 'main' },
    { name: 'camera-test', path: '/cameras/demo/test', ready: '.report' },
    { name: 'add-camera', path: '/add-camera', ready: 'main' },
    { name: 'stalls', path: '/streams/demo/stalls?edit=new', ready: '.stage img' },
    { name: 'system', path: '/system', ready: 'main' },
    { name: 'users', path: '/users', ready: 'main' },
    { name: 'me', path: '/me', ready: 'main' },
    { name: 'api', path: '/api', ready: 'main' },
    { name: 'setup', path: '/setup', ready: 'main' },
    { name: 'offline', path: '/offline/en', ready: 'main' },
    { name: 'not-there', path: '/nowhere', ready: 'main' },
  ]
}

/** `shots` is asked for each size: who is unknown changes meanwhile. */
async function take(
  browser: Browser,
  box: Box,
  shots: () => readonly Shot[] | Promise<readonly Shot[]>,
  { folder, only }: Wish,
): Promise<void> {
  for (const viewport of sizes) {
    for (const { name, path, ready } of await shots()) {
      if (only !== undefined && name !== only) continue
      const page: Page = await browser.newPage({ viewport })
      await page.goto(box.url + path)
      await page.locator(ready).first().waitFor({ timeout: testMs })
      await wait(settleMs)
      const file = join(folder, `${name}-${viewport.width}x${viewport.height}.jpg`)
      await page.screenshot({ path: file, type: 'jpeg', quality: 82 })
      await page.close()
    }
  }
}

/** What a box that is to take the place of another one shows. */
async function takeNew(browser: Browser, wish: Wish): Promise<void> {
  using state = newStateDir()
  await using box = await startBox({ config: { http: { port: 0 }, cameras: [] }, stateDir: state.path })
  await take(browser, box, () => [{ name: 'restore', path: '/restore', ready: 'main' }], wish)
}

async function main(wish: Wish): Promise<void> {
  mkdirSync(wish.folder, { recursive: true })
  const footage = await panFootage(AbortSignal.timeout(120_000))
  await using camera = await startRtspCamera({ '/demo': footage })
  using state = newStateDir()
  const soon = { after_seconds: 3, cool_down_seconds: 0 }
  const alerts = { rules: { wrong_horse: soon, unknown_horse: soon, horse_missing: soon } }
  const config = demoConfig(camera, '/demo', { http: { port: 0 }, alerts })
  await using box = await startBox({ config, stateDir: state.path })
  await wait(watchMs)
  const horses = [...(await horsesOf(box))].sort((a, b) => a.number - b.number)
  const [first, second] = horses
  if (!first || !second) throw new Error('the box knows no horses')
  await name(box, first, 'Thunder')
  await name(box, second, 'Bella')
  await drawStalls(box, [second, first])
  // Who stands where, and that it is not as it should be, is believed after a while.
  await wait(alertMs)
  const browser = await startBrowser('whole')
  try {
    await correct(box, second)
    await post(box, '/cameras/demo/report', {})
    await take(browser, box, () => shotsOf(box, first), wish)
    await takeNew(browser, wish)
    // The first user closes the box: what is left to see is the log-in.
    const anna = await post(box, '/users', { name: 'Anna', role: 'admin', password: 'oats and apples' })
    if (!anna.ok) throw new Error(`the user was not taken: ${anna.status}`)
    await take(browser, box, () => [{ name: 'login', path: '/login', ready: 'main' }], wish)
  } finally {
    await browser.close()
  }
}

const { values } = parseArgs({ options: { out: { type: 'string' }, only: { type: 'string' } } })
const folder = values.out ?? fileURLToPath(new URL('../docs/images', import.meta.url))
await main({ folder, only: values.only })
