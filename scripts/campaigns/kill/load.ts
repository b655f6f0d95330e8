/**
 * The load that is killed: the daemon's pipeline and registry under a stable that never rests, told on stdout.
 *
 *   load.ts FILE PICTURES SEED people|nobody [CLOSE_AFTER_MS]
 */
import { writeSync } from 'node:fs'
import { toldCorrections } from '../../../daemon/barn-corrections.ts'
import { createSight, refreshWithRows } from '../../../daemon/barn-sight.ts'
import { sleep } from '../../../daemon/lib/abort.ts'
import { createBus } from '../../../daemon/lib/bus.ts'
import { createLog } from '../../../daemon/lib/log.ts'
import { startPipeline } from '../../../daemon/pipeline/pipeline.ts'
import { overlapOf, scopes } from '../../../daemon/pipeline/scope.ts'
import { createTally } from '../../../daemon/pipeline/tally.ts'
import { openDatabase } from '../../../daemon/registry/database.ts'
import { openRegistry } from '../../../daemon/registry/registry.ts'
import type { Facts } from '../../../daemon/types.ts'
import type { Vision } from '../../../daemon/vision/vision.ts'
import { createRandom } from '../../simulator/random.ts'
import { type Fact, readRows } from './facts.ts'
import { startPeople } from './people.ts'
import {
  clock,
  kind,
  looksToCreate,
  openEyes,
  openStall,
  readPictures,
  type Scenes,
  streams,
} from './stable.ts'

const rules = {
  ...{ sameAbove: 0.8, margin: 0.05, looksToDecide: looksToCreate, looksToCreate },
  ...{ trackletsToConfirm: 3, detectAbove: 0.3 },
}

const log = createLog('warn', { write: (line) => void writeSync(2, line) })

/** The whole line before anything else is done, although whoever listens is slower now and then. */
function say(fact: Fact): void {
  let rest = Buffer.from(`${JSON.stringify(fact)}\n`)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    }
  }
}

/** Says what the pipeline has stored, once it has. */
function listen(
  facts: ReturnType<typeof createBus<Facts>>,
  rowOf: (id: string) => void,
  signal: AbortSignal,
): void {
  facts.on('horse-changed', ({ horse, change }) => void (change === 'new' && rowOf(horse.id)), signal)
  facts.on(
    'horses-seen',
    ({ horses }) => say({ counted: horses.map((one) => [one.id, one.totalDetections]) }),
    signal,
  )
  facts.on(
    'frame-analysed',
    ({ streamId, utcMs, boxes }) =>
      say({ stream: streamId, utcMs, seen: boxes.flatMap(({ horseId }) => horseId ?? []) }),
    signal,
  )
}

async function main([file, folder, seed, who, closeAfterMs]: readonly string[]): Promise<void> {
  if (file === undefined || folder === undefined) throw new Error('usage: load.ts FILE PICTURES SEED WHO')
  const random = createRandom(seed ?? '')
  const pictures = readPictures(folder)
  const end = new AbortController()
  say({ at: 'opening' })
  using registry = openRegistry(file, log)
  say({ at: 'open' })
  using db = closing(openDatabase(file))
  const facts = createBus<Facts>(log)
  listen(
    facts,
    (id) => readRows(db.db, [id]).forEach((born) => void say({ born })),
    new AbortController().signal,
  )
  const scenes: Scenes = new WeakMap()
  const eyes = openEyes(scenes, pictures, random, () => say({ at: 'picture' }))
  const scopeOf = scopes('stream')
  const deps = {
    eyes: () => eyes,
    embedder: kind,
    scopeOf,
    overlap: overlapOf([]),
    registry,
    facts,
    tally: createTally(),
    clock,
    log,
  }
  const join = () => startPipeline(rules, deps, end.signal)
  // A pair with models is exchanged; here they are only given back.
  const noModels = { [Symbol.asyncDispose]: async () => {} } as unknown as Vision
  const onFatal = (error: Error) => {
    throw error
  }
  const sight = createSight(noModels, { join, onFatal })
  refreshWithRows(facts, () => void sight.refresh(), end.signal)
  for (const stream of streams) {
    const { source, bell } = openStall(stream, scenes, random, end.signal)
    sight.watch(stream, source, bell, { quietSeconds: 0 })
  }
  const corrections = toldCorrections(registry, facts, scopeOf)
  const newHorse: typeof registry.corrections.newHorse = (id, by) => corrections.newHorse(id, 'new', by)
  const household = { registry, corrections: { ...corrections, newHorse }, facts, db: db.db, random, say }
  // Each correction stores the sightings, too: where nobody corrects, they are at their own pace.
  const people = who === 'nobody' ? undefined : startPeople(household, end.signal)
  await sleep(closeAfterMs === undefined ? 60_000 : Number(closeAfterMs), end.signal)
  end.abort()
  await people
  await sight[Symbol.asyncDispose]()
  say({ at: 'closing' })
}

const closing = (db: ReturnType<typeof openDatabase>) => ({ db, [Symbol.dispose]: () => void db.close() })

await main(process.argv.slice(2))
