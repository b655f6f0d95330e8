/**
 * Reads a decoder's log as it comes, in pieces: hands out whole lines and keeps the last complaints.
 */

export interface LogReader {
  /** Takes text as it comes, in pieces. */
  read(text: string): void
  /** The last complaints, raw: they may hold the camera's password. */
  readonly complaints: readonly string[]
  /** How many complaints there were. */
  readonly complaintCount: number
}

const KEPT_COMPLAINTS = 12
/** A line without end cannot grow without bound. */
const LONGEST_LINE = 8_192

/** `readLine` is given each line, and what to call where it is a complaint. */
export function createLogReader(
  readLine: (line: string, complain: (words: string) => void) => void,
): LogReader {
  const complaints: string[] = []
  let count = 0
  let rest = ''
  const complain = (words: string) => {
    count += 1
    complaints.push(words)
    if (complaints.length > KEPT_COMPLAINTS) complaints.shift()
  }
  return {
    read(text) {
      const lines = (rest + text).split(/[\r\n]+/)
      rest = (lines.pop() ?? '').slice(-LONGEST_LINE)
      for (const line of lines) readLine(line, complain)
    },
    complaints,
    get complaintCount() {
      return count
    },
  }
}
