/**
 * How well the cameras can be watched, looked at every few seconds. Of those that cannot a note lies in the state folder, for who asks from
 * outside: `barnbox doctor` opens a camera but once.
 */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Roster } from './barn-cameras.ts'
import { type QualityWatch, watchQuality } from './cameras/quality.ts'
import { repeat } from './lib/abort.ts'
import type { Log } from './lib/log.ts'
import { writeWhole } from './lib/whole-file.ts'
import type { CameraQuality } from './system-types.ts'
import type { CameraView, Clock, StreamId } from './types.ts'

const qualityMs = 10_000
const noteName = 'camera-quality.json'
/** A card wears out by it: a note of which only numbers are others is not written more often. */
const renewMs = 10 * 60_000

/** Cameras that are poor or unusable, by their ids. */
export type BadCameras = Readonly<Record<string, CameraQuality>>

interface NoteDeps {
  readonly stateDir: string
  readonly log: Log
  readonly clock: Pick<Clock, 'monoMs'>
}

/** Notes how the cameras are; answers whether it wrote. What an earlier run has noted goes. */
export function openQualityNote({ stateDir, log, clock }: NoteDeps) {
  const file = join(stateDir, noteName)
  let noted = { bad: '', text: '{}', monoMs: clock.monoMs() }
  const attempt = (work: () => void) => {
    try {
      work()
    } catch (err) {
      log.debug({ err }, 'how the cameras are cannot be noted')
    }
  }
  attempt(() => rmSync(file, { force: true }))
  return (cameras: ReadonlyMap<StreamId, CameraQuality>): boolean => {
    const some = [...cameras].filter(([, { label }]) => label === 'poor' || label === 'unusable')
    const bad = some.map(([id, { label }]) => `${id} ${label}`).join(', ')
    const text = JSON.stringify(Object.fromEntries(some))
    const monoMs = clock.monoMs()
    const isDue = text !== noted.text && monoMs - noted.monoMs > renewMs
    if (bad === noted.bad && !isDue) return false
    noted = { bad, text, monoMs }
    attempt(() => writeWhole(file, text))
    return true
  }
}

/** As the daemon that runs, or ran last, has noted them. */
export function badCameras(stateDir: string): BadCameras {
  try {
    return JSON.parse(readFileSync(join(stateDir, noteName), 'utf8')) as BadCameras
  } catch {
    return {}
  }
}

export function sampleQuality(
  roster: Roster,
  views: () => CameraView[],
  { stateDir, clock, log }: { readonly stateDir: string; readonly clock: Clock; readonly log: Log },
  parts: AsyncDisposableStack,
  signal: AbortSignal,
): QualityWatch {
  const quality = watchQuality((id) => roster.configs.find((one) => one.id === id)?.fps, clock.monoMs)
  const note = openQualityNote({ stateDir, log, clock })
  const sample = () => {
    const now = views()
    quality.sample(now)
    const known = now.map(({ id }) => [id, quality.read(id)] as const)
    note(new Map(known.flatMap(([id, one]) => (one ? [[id, one]] : []))))
  }
  const watching = new AbortController()
  parts.defer(() => watching.abort())
  void repeat(qualityMs, sample, AbortSignal.any([signal, watching.signal]))
  return quality
}
