/**
 * The pipeline on several made-up cameras, into a true registry. Each camera's pictures come a little after another's.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { Test } from 'tap'
import { createBell } from '../../daemon/lib/bell.ts'
import { createBus } from '../../daemon/lib/bus.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { startPipeline } from '../../daemon/pipeline/pipeline.ts'
import { overlapOf, type ScopeChoice, scopes, type View } from '../../daemon/pipeline/scope.ts'
import { createTally } from '../../daemon/pipeline/tally.ts'
import { openRegistry, type Registry } from '../../daemon/registry/registry.ts'
import type { Analysed, Facts, StreamId } from '../../daemon/types.ts'
import { fakeCamera } from './world.ts'
import { fakeEyes, frameAt, kind, rules, type Scene, startMs } from './yard.ts'

export const [aisle, paddock] = ['aisle', 'paddock'] as [StreamId, StreamId]

export interface Barn {
  readonly registry: Registry
  /** What was told: which horses were seen on which stream. */
  readonly seen: Facts['horses-seen'][]
  readonly changes: Facts['horse-changed'][]
  readonly nowMs: number
  /** Shows each camera its scene for so long, 5 pictures a second. Answers each camera's last one. */
  show(scenes: Readonly<Record<string, Scene>>, seconds: number): Promise<Map<StreamId, Analysed>>
  pass(seconds: number): void
  stop(): Promise<void>
}

interface Options {
  readonly scope?: ScopeChoice
  readonly overlaps?: View['overlaps']
  /** Later by the wall clock than the one before. */
  readonly laterMs?: number
}

export function openBarn(
  t: Test,
  file: string,
  { scope = 'barn', overlaps = [], laterMs = 0 }: Options = {},
): Barn {
  const registry = openRegistry(file, silentLog)
  const stop = new AbortController()
  const facts = createBus<Facts>(silentLog)
  const [seen, changes]: [Facts['horses-seen'][], Facts['horse-changed'][]] = [[], []]
  const always = new AbortController().signal
  facts.on('horses-seen', (one) => seen.push(one), always)
  facts.on('horse-changed', (one) => changes.push(one), always)
  const newest = new Map<StreamId, Analysed>()
  facts.on('frame-analysed', (one) => newest.set(one.streamId, one), always)
  let nowMs = 0
  const clock = { utcMs: () => startMs + laterMs + nowMs, monoMs: () => nowMs }
  const cameras = new Map(
    [aisle, paddock].map((id) => [id, { eyes: fakeEyes(), camera: fakeCamera(), bell: createBell() }]),
  )
  const of = (id: StreamId) => {
    const one = cameras.get(id)
    if (!one) throw new Error(`there is no camera ${id}`)
    return one
  }
  const pipeline = startPipeline(
    rules,
    {
      eyes: (id) => of(id).eyes,
      embedder: kind,
      scopeOf: scopes(scope),
      overlap: overlapOf([
        { id: aisle, overlaps },
        { id: paddock, overlaps: [] },
      ]),
      registry,
      facts,
      tally: createTally(),
      clock,
      log: silentLog,
    },
    stop.signal,
  )
  for (const [id, { camera, bell }] of cameras) pipeline.watch(id, camera, bell, { quietSeconds: 0 })
  let seq = 0
  let stopped: Promise<void> | undefined
  const end = (): Promise<void> => {
    stop.abort()
    stopped ??= Promise.resolve(pipeline[Symbol.asyncDispose]()).then(() => registry[Symbol.dispose]())
    return stopped
  }
  t.teardown(end)
  const put = async (id: StreamId, scene: Scene) => {
    const { eyes, camera, bell } = of(id)
    eyes.scenes.set(++seq, scene)
    camera.put({ ...frameAt(seq, clock.utcMs(), nowMs), stream: id })
    bell.ring()
    const giveUpMs = performance.now() + 5000
    while (camera.released.at(-1) !== seq && performance.now() < giveUpMs) await wait(1)
  }
  return {
    ...{ registry, seen, changes },
    get nowMs() {
      return nowMs
    },
    pass(seconds) {
      nowMs += seconds * 1000
    },
    async show(scenes, seconds) {
      for (let n = 0; n < seconds * 5; n++) {
        for (const [id, scene] of Object.entries(scenes)) {
          nowMs += 200 / Object.keys(scenes).length
          await put(id as StreamId, scene)
        }
      }
      return newest
    },
    stop: end,
  }
}
