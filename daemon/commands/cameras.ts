/**
 * `barnbox cameras`: what answers on the network, and whether a camera is good enough to be watched: the installer's acceptance test.
 */
import { existsSync } from 'node:fs'
import { cameraTestLanguages, findingWords } from '../../web/words/camera-test.ts'
import { horsesBy, testCamera } from '../barn-camera-test.ts'
import type { CameraReport } from '../camera-test-types.ts'
import type { FoundDevice } from '../camera-types.ts'
import { findFfmpeg } from '../cameras/ffmpeg.ts'
import { discoverDevices } from '../cameras/onvif/client.ts'
import type { Loaded } from '../config/load.ts'
import { systemClock } from '../lib/clock.ts'
import { BarnboxError } from '../lib/errors.ts'
import { silentLog } from '../lib/log.ts'
import { inspectStalls } from '../registry/database.ts'
import { registryFile } from '../registry/registry.ts'
import type { Picture } from '../types.ts'
import { startVision } from '../vision/vision.ts'
import type { Finding } from './doctor-check.ts'

export const discover = (signal: AbortSignal): Promise<FoundDevice[]> => discoverDevices(signal)

export const deviceText = ({ host, port, name, maker }: FoundDevice) =>
  `${host}:${port}  ${[maker, name].filter((one) => one !== null).join(' ') || '(says no name)'}`

export interface TestPlace {
  readonly loaded: Loaded
  readonly stateDir: string
  readonly onvifPorts?: readonly number[]
}

/** Tries a camera of the config, or of the page, for so many seconds. Throws `NOT_FOUND` and `FFMPEG_MISSING`. */
export async function testOne(
  id: string,
  seconds: number,
  place: TestPlace,
  signal: AbortSignal,
): Promise<CameraReport> {
  const { loaded, stateDir } = place
  const { config, secrets } = loaded
  const camera = config.cameras.find((one) => one.id === id)
  if (!camera) throw new BarnboxError('NOT_FOUND', `There is no camera ${id} in the config or on the page.`)
  const ffmpeg = await findFfmpeg({ configured: config.ffmpeg.path }, signal)
  const horsesIn = async (picture: Picture) => {
    await using vision = await startVision(
      { ...config.vision, workers: 1 },
      { stateDir, log: silentLog, onFatal: () => {} },
    )
    return horsesBy(vision, picture)
  }
  const file = registryFile(stateDir)
  const stalls = existsSync(file) ? inspectStalls(file, id) : []
  const tested = { config: camera, password: secrets.cameraPasswords.get(id) }
  return testCamera(tested, seconds, { ...place, ffmpeg, clock: systemClock, horsesIn, stalls }, signal)
}

/** As the command says them. */
export const findingsOf = ({ findings }: CameraReport): Finding[] =>
  findings.map((one) => ({
    part: cameraTestLanguages.en.parts[one.part].toLowerCase(),
    level: one.level,
    detail: findingWords(one, 'en'),
  }))
