/**
 * What ffmpeg's log says: the size of the pictures it writes, and its complaints. Expects `-loglevel level+info`.
 */
import { createLogReader, type LogReader } from './log-reader.ts'

export interface StderrHandlers {
  /** The size of the pictures on stdout, said once before the first. */
  onSize(width: number, height: number): void
  /** With the `showinfo` filter: the time of the next picture in seconds. */
  onPictureTime?(seconds: number): void
}

const outputSize = /^\[info\]\s+Stream #0:0.*: Video: rawvideo .*?[ ,](\d+)x(\d+)[ ,[]/
const pictureTime = /\[info\] n: *\d+ pts: *-?\d+ pts_time:(-?[\d.e+-]+)/
const complaint = /\[(?:error|fatal|panic)\]/

export function createStderrReader(handlers: StderrHandlers): LogReader {
  return createLogReader((line, complain) => {
    const size = outputSize.exec(line)
    if (size) return handlers.onSize(Number(size[1]), Number(size[2]))
    const time = handlers.onPictureTime && pictureTime.exec(line)
    if (time) return handlers.onPictureTime?.(Number(time[1]))
    if (complaint.test(line)) complain(line)
  })
}
