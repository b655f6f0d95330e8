/**
 * What the log of gst-launch-1.0 says: how large the camera's pictures are, how many bytes each picture written has, and
 * its complaints. Expects `--verbose` and the names of `gst-pipeline.ts`, in English.
 */
import { PICTURE_NAME, SOURCE_NAME } from './gst-pipeline.ts'
import { createLogReader, type LogReader } from './log-reader.ts'

export interface GstHandlers {
  /** The size of what the camera sends: before its first picture, and when it changes. */
  onSource(width: number, height: number): void
  /** The bytes of the next picture written. */
  onPicture(bytes: number): void
}

// Anchored to the line's beginning: what a stream says of itself stands further on.
const sourceCaps = new RegExp(`^/\\S+:${SOURCE_NAME}\\.GstPad:src: caps = `)
const width = /, width=\(int\)(\d+)/
const height = /, height=\(int\)(\d+)/
const picture = new RegExp(
  `^/\\S+:${PICTURE_NAME}: last-message = chain +\\*+ \\(${PICTURE_NAME}:sink\\) \\((\\d+) bytes`,
)
/** Where it happened stands between: an element's path, or after this line a place in GStreamer's source. */
const complaint = /^(?:ERROR|WARNING): (?:from element \S+: )?(.+)$/
const moreFollows = /^Additional debug info:/

export function createGstReader(handlers: GstHandlers): LogReader {
  let linesToReason = 0
  return createLogReader((line, complain) => {
    if (sourceCaps.test(line)) {
      const size = [width, height].map((one) => Number(one.exec(line)?.[1] ?? 0))
      const [w = 0, h = 0] = size
      if (w > 0 && h > 0) handlers.onSource(w, h)
      return
    }
    const written = picture.exec(line)
    if (written) return handlers.onPicture(Number(written[1]))
    if (linesToReason > 0) {
      linesToReason -= 1
      if (linesToReason === 0) complain(line)
    } else if (moreFollows.test(line)) linesToReason = 2
    else {
      const said = complaint.exec(line)?.[1]
      if (said) complain(said)
    }
  })
}
