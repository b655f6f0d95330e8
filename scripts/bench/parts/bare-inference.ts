/**
 * A process with nothing in it but the built-in models: it runs as many detections and looks a second as it is told, on
 * a picture of the footage's size, and says what each cost in CPU. Forked; messages are `Pace`, answers are `Cost`.
 */
import { setImmediate as breathe, setTimeout as wait } from 'node:timers/promises'
import { ensureModels } from '../../../daemon/vision/models.ts'
import { type Feeds, int64s, openSession, pixelFeeds } from '../../../daemon/vision/session.ts'
import { HEIGHT, WIDTH } from '../../footage/plan.ts'
import { pattern } from './pictures.ts'

/** Asked each time: what to do from now on. The answer is what was done until then. */
export interface Pace {
  /** 0 rests; `null` is as many as can be. */
  readonly detectsPerSecond: number | null
  readonly embedsPerDetect: number
}

/** Since the last message. */
export interface Cost {
  readonly detects: number
  readonly detectSeconds: number
  readonly embeds: number
  readonly embedSeconds: number
}

const [stateDir = ''] = process.argv.slice(2)
const files = ensureModels(stateDir)
const detector = await openSession(files['centernet-mnv3'].nv12, 1)
const embedder = await openSession(files['appearance-mnv3'].nv12, 1)
const planes = pixelFeeds(pattern('nv12', WIDTH, HEIGHT))
/** A horse as large as most in the footage. */
const crop = { ...planes, box: int64s([180, 60, 420, 320]) }

let pace: Pace = { detectsPerSecond: 0, embedsPerDetect: 0 }
let cost = { detects: 0, detectSeconds: 0, embeds: 0, embedSeconds: 0 }
let dueMs = 0
let embedsDue = 0

process.on('message', (next: Pace) => {
  process.send?.(cost satisfies Cost)
  pace = next
  cost = { detects: 0, detectSeconds: 0, embeds: 0, embedSeconds: 0 }
  dueMs = performance.now()
})
process.once('disconnect', () => process.exit())

/** CPU seconds of one run. */
async function run(session: typeof detector, feeds: Feeds): Promise<number> {
  const before = process.cpuUsage()
  await session.run(feeds)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

for (let round = 0; round < 5; round++) {
  await run(detector, planes)
  await run(embedder, crop)
}
process.send?.('ready')
for (;;) {
  const { detectsPerSecond, embedsPerDetect } = pace
  if (detectsPerSecond === 0) {
    await wait(5)
    continue
  }
  cost.detectSeconds += await run(detector, planes)
  cost.detects++
  for (embedsDue += embedsPerDetect; embedsDue >= 1; embedsDue--) {
    cost.embedSeconds += await run(embedder, crop)
    cost.embeds++
  }
  dueMs += detectsPerSecond === null ? 0 : 1000 / detectsPerSecond
  const restMs = dueMs - performance.now()
  await (restMs > 1 ? wait(restMs) : breathe())
}
