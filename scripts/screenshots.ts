/**
 * Takes a picture of every page at the size of a phone and of a desk, of a box that watches the demo's footage (a CC0
 * photo), into docs/images. Look at them: that they are taken says nothing.
 *
 *   scripts/on-node node scripts/screenshots.ts [--out FOLDER]
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

/** A page by the name of its picture, and when it is worth one. */
interface Shot {
  readonly name: string
  readonly path: string
  readonly ready: string
}

/** Both passes of the herd and the stranger between them. */
const watchMs = 60_000
/** Until avatars are loaded and boxes stand where the horses are. */
const settleMs = 1_500

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

function shotsOf(first: Horse): Shot[] {
  return [
    { name: 'now', path: '/', ready: '.overlay .label' },
    { name: 'camera', path: '/streams/demo', ready: '.tile[data-shows="video"] .overlay .label' },
    { name: 'horse', path: `/horses/${first.id}`, ready: 'main' },
  ]
}

async function take(browser: Browser, box: Box, shots: readonly Shot[], folder: string): Promise<void> {
  for (const viewport of sizes) {
    for (const { name, path, ready } of shots) {
      const page: Page = await browser.newPage({ viewport })
      await page.goto(box.url + path)
      await page.locator(ready).first().waitFor({ timeout: watchMs })
      await wait(settleMs)
      await page.screenshot({ path: join(folder, `${name}-${viewport.width}x${viewport.height}.png`) })
      await page.close()
    }
  }
}

async function main(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const footage = await panFootage(AbortSignal.timeout(120_000))
  await using camera = await startRtspCamera({ '/demo': footage })
  using state = newStateDir()
  const config = demoConfig(camera, '/demo', { http: { port: 0 } })
  await using box = await startBox({ config, stateDir: state.path })
  await wait(watchMs)
  const horses = [...(await horsesOf(box))].sort((a, b) => a.number - b.number)
  const [first, second] = horses
  if (!first || !second) throw new Error('the box knows no horses')
  await name(box, first, 'Thunder')
  await name(box, second, 'Bella')
  const browser = await startBrowser()
  try {
    await take(browser, box, shotsOf(first), folder)
  } finally {
    await browser.close()
  }
}

const { values } = parseArgs({ options: { out: { type: 'string' } } })
await main(values.out ?? fileURLToPath(new URL('../docs/images', import.meta.url)))
