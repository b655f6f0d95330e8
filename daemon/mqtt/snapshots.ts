/**
 * Pictures for whoever shows them: cameras at most once a minute, a horse's when there is a better one; one after the other, and none
 * while nobody can take them.
 */
import { sleep } from '../lib/abort.ts'
import { createBell } from '../lib/bell.ts'
import type { CameraView, Horse, HorseId, StreamId } from '../types.ts'
import type { Letter } from './session.ts'
import type { Topics } from './topics.ts'
import type { Waits } from './waits.ts'

interface SnapshotDeps {
  readonly topics: Topics
  readonly cameras: () => readonly CameraView[]
  readonly horses: () => readonly Horse[]
  /** JPEG; undefined where there is none. */
  readonly picture: (id: StreamId) => Promise<Uint8Array | undefined>
  readonly avatar: (id: HorseId) => Uint8Array | undefined
  readonly send: (letter: Letter) => Promise<void>
  readonly waits: Pick<Waits, 'pictureMs'>
}

export interface SnapshotLine {
  /** There is a better picture of a horse. */
  better(id: HorseId): void
}

/** Brokers and Home Assistant take no more. */
const largestBytes = 200_000
/** Between two pictures of any kind. */
const apartMs = 250

/** Begins with all of them; ends with the connection. */
export function sendSnapshots(deps: SnapshotDeps, until: AbortSignal): SnapshotLine {
  const { topics, cameras, horses, picture, avatar, send, waits } = deps
  const bell = createBell()
  const line = new Set<HorseId>(horses().flatMap(({ id, hasAvatar }) => (hasAvatar ? [id] : [])))
  const put = async (topic: string, payload: Uint8Array | undefined) => {
    if (!payload || payload.byteLength > largestBytes || until.aborted) return
    await send({ topic, payload, qos: 0 })
    await sleep(apartMs, until)
  }
  const ofHorses = async () => {
    while (!until.aborted) {
      const [id] = line
      if (id === undefined) {
        await bell.rung(until)
        continue
      }
      line.delete(id)
      await put(topics.horseSnapshot(id), avatar(id))
    }
  }
  const ofCameras = async () => {
    while (!until.aborted) {
      for (const { id, state } of cameras()) {
        if (state === 'live') await put(topics.cameraSnapshot(id), await picture(id).catch(() => undefined))
      }
      await sleep(waits.pictureMs, until)
    }
  }
  // What fails is a lost connection: the next one begins anew.
  void ofHorses().catch(() => {})
  void ofCameras().catch(() => {})
  return {
    better(id) {
      line.add(id)
      bell.ring()
    },
  }
}
