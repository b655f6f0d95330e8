/**
 * Whether a camera gives pictures now: what the doctor and an installer ask.
 */
import type { CameraConfig } from '../config/schema.ts'
import { sleep } from '../lib/abort.ts'
import type { CameraView } from '../types.ts'
import { type CameraDeps, startCamera } from './camera.ts'
import { limitsOf } from './life.ts'

/** Longer than ffmpeg waits for a mute camera. */
const patienceMs = 8000

/** Hardware that gives no picture is given up after this; then software has its turn. */
function hardwareMs({ decode, silence_seconds, fps }: CameraConfig): number {
  return decode === 'software' ? 0 : limitsOf(silence_seconds, fps).limitMs
}

/** Opens the camera's stream and closes it again: how it stood when it was live, had failed, or time was up. */
export async function tryCamera(
  config: CameraConfig,
  deps: Omit<CameraDeps, 'onFrame' | 'onChange'>,
  signal: AbortSignal,
): Promise<CameraView> {
  const enough = new AbortController()
  const onChange = ({ state }: CameraView) => {
    if (state === 'live' || state === 'down') enough.abort()
  }
  await using camera = startCamera(config, { ...deps, onFrame: () => {}, onChange }, signal)
  await sleep(patienceMs + hardwareMs(config), AbortSignal.any([signal, enough.signal]))
  return camera.view
}
