/**
 * A desk for cameras with the true rules, and neither a network nor a disk: what was done with it is written down.
 */
import { createCameraDesk } from '../../daemon/barn-camera-desk.ts'
import type {
  CameraDesk,
  DeviceQuery,
  FoundDevice,
  OfferedStream,
  StreamTrial,
} from '../../daemon/camera-types.ts'
import type { Loaded } from '../../daemon/config/load.ts'
import { withoutPassword } from '../../daemon/config/load.ts'
import { cameraSchema, type KeptCamera } from '../../daemon/config/schema.ts'
import { BarnboxError } from '../../daemon/lib/errors.ts'

export interface FakeDesk extends CameraDesk {
  readonly kept: Map<string, KeptCamera>
  /** What was tried and with what. */
  readonly tried: { url: string; username: string | null; password: string | null; transport: string }[]
  readonly asked: DeviceQuery[]
  trial: StreamTrial
  devices: FoundDevice[]
  streams: OfferedStream[] | BarnboxError
  /** Called while something is tried. */
  onTry: () => Promise<void> | void
}

export const goodTrial: StreamTrial = {
  ...{ fault: null, picture: Uint8Array.from([0xff, 0xd8, 0xff, 0xd9]), codec: 'h264' },
  ...{ width: 1920, height: 1080, fps: 25, keyframeSeconds: 2 },
}

/** `yard` stands in the config. */
export function fakeDesk(): FakeDesk {
  const own = [cameraSchema.parse({ id: 'yard', name: 'Yard', url: 'rtsp://10.0.0.9/main', username: 'joe' })]
  const kept = new Map<string, KeptCamera>()
  const passwords = () => {
    const all = new Map([['yard', 'of the config']])
    for (const { id, password } of kept.values()) if (password !== undefined) all.set(id, password)
    return all
  }
  const loaded = () =>
    ({ kept: [...kept.values()], secrets: { cameraPasswords: passwords() } }) as unknown as Loaded
  const fake: Pick<FakeDesk, 'kept' | 'tried' | 'asked' | 'trial' | 'devices' | 'streams' | 'onTry'> = {
    ...{ kept, tried: [], asked: [], trial: goodTrial, devices: [], streams: [], onTry: () => {} },
  }
  const desk = createCameraDesk({
    roster: {
      get configs() {
        return [
          ...own.map((one) => ({ ...one, isKept: false })),
          ...[...kept.values()].map((one) => ({ ...withoutPassword(one), isKept: true })),
        ]
      },
      get loaded() {
        return loaded()
      },
      async put(camera) {
        kept.set(camera.id, camera)
      },
      async remove(id) {
        if (!kept.delete(id)) throw new BarnboxError('NOT_FOUND', `There is no camera ${id}.`)
      },
    },
    isKnown: (id) => id === 'gone',
    async tryStream(url, source) {
      fake.tried.push({ url, ...source })
      await fake.onTry()
      return fake.trial
    },
    discover: async () => fake.devices,
    async streamsOf(device) {
      fake.asked.push(device)
      if (fake.streams instanceof BarnboxError) throw fake.streams
      return fake.streams
    },
    monoMs: () => performance.now(),
  })
  return Object.assign(fake, desk)
}
