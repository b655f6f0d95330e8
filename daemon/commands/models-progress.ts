/**
 * How far a download has come, for a person: one line that changes on a terminal, a line now and then elsewhere.
 */

/** The part of a stream that is written to. */
export interface Screen {
  readonly isTTY?: boolean
  write(text: string): unknown
}

/** Steps of a total that are told where lines cannot be changed, and bytes where the total is not known. */
const stepShare = 0.1
const stepBytes = 32e6

export function createProgress(name: string, screen: Screen): (bytes: number, total: number | null) => void {
  let told = -1
  return (bytes, total) => {
    const done = bytes === total
    const step = Math.floor(total ? bytes / total / (screen.isTTY ? 0.01 : stepShare) : bytes / stepBytes)
    if (step === told && !done) return
    told = step
    const share = total ? ` of ${megabytes(total)} (${Math.floor((100 * bytes) / total)} %)` : ''
    const line = `${name}: ${megabytes(bytes)}${share}`
    screen.write(screen.isTTY ? `\r${line}${done ? '\n' : ''}` : `${line}\n`)
  }
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`
