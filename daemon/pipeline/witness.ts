/**
 * What a camera's eyes answered for one frame, held until somebody keeps it. A camera's frames are looked at one at a time.
 */
import type { Keeper, SeenFrame, SeenLook } from '../replay-types.ts'
import type { Detection, Frame } from '../types.ts'
import type { Eyes } from './stream.ts'

type Encode = (frame: Frame) => Promise<Uint8Array>

export interface Witness {
  /** The same eyes, whose answers are noted. */
  readonly eyes: Eyes
  /** Keeps what was answered for this frame. Never rejects: a picture that cannot be made is none. */
  keep(frame: Frame, takenMs: number, encode: Encode): Promise<void>
}

export function createWitness(eyes: Eyes, keeper: Keeper | undefined): Witness {
  if (!keeper) return { eyes, keep: async () => {} }
  let detections: readonly Detection[] = []
  let looks: readonly SeenLook[] = []
  return {
    eyes: {
      ...eyes,
      async detect(picture) {
        looks = []
        detections = []
        detections = await eyes.detect(picture)
        return [...detections]
      },
      async embed(picture, boxes, crops) {
        const answers = await eyes.embed(picture, boxes, crops)
        looks = answers.flatMap((look, at) => {
          const box = boxes[at]
          return look && box ? [{ box, look }] : []
        })
        return answers
      },
    },
    async keep(frame, takenMs, encode) {
      const { stream: streamId, monoMs: sceneMs, width, height } = frame
      const seen: SeenFrame = { streamId, takenMs, sceneMs, width, height, detections, looks }
      const isWanted = keeper.wantsPicture(streamId, takenMs)
      keeper.keep(seen, isWanted ? await encode(frame).catch(() => undefined) : undefined)
    },
  }
}
