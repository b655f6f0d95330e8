/**
 * What ffmpeg's log says: the size of the pictures it writes, and its complaints. Expects `-loglevel level+info`.
 */

export interface StderrReader {
  /** Takes text as it comes, in pieces. */
  read(text: string): void
  /** The last complaints, raw: they may hold the camera's password. */
  readonly complaints: readonly string[]
  /** How many complaints there were. */
  readonly complaintCount: number
}

export interface StderrHandlers {
  /** The size of the pictures on stdout, said once before the first. */
  onSize(width: number, height: number): void
  /** With the `showinfo` filter: the time of the next picture in seconds. */
  onPictureTime?(seconds: number): void
}

const KEPT_COMPLAINTS = 12
/** A line without end cannot grow without bound. */
const LONGEST_LINE = 8_192

const outputSize = /^\[info\]\s+Stream #0:0.*: Video: rawvideo .*?[ ,](\d+)x(\d+)[ ,[]/
const pictureTime = /\[info\] n: *\d+ pts: *-?\d+ pts_time:(-?[\d.e+-]+)/
const complaint = /\[(?:error|fatal|panic)\]/

export function createStderrReader(handlers: StderrHandlers): StderrReader {
  const complaints: string[] = []
  let count = 0
  let rest = ''
  const readLine = (line: string) => {
    const size = outputSize.exec(line)
    if (size) return handlers.onSize(Number(size[1]), Number(size[2]))
    const time = handlers.onPictureTime && pictureTime.exec(line)
    if (time) return handlers.onPictureTime?.(Number(time[1]))
    if (!complaint.test(line)) return
    count += 1
    complaints.push(line)
    if (complaints.length > KEPT_COMPLAINTS) complaints.shift()
  }
  return {
    read(text) {
      const lines = (rest + text).split(/[\r\n]+/)
      rest = (lines.pop() ?? '').slice(-LONGEST_LINE)
      for (const line of lines) readLine(line)
    },
    complaints,
    get complaintCount() {
      return count
    },
  }
}
