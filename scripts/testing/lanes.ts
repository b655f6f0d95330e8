/**
 * In what order test files run, and which may run beside which. Pure.
 */

/** The daemon on a real stream, judged by what it recognises or loses in seconds: who runs beside it gives way. */
const judged = ['demo', 'kill', 'video'].map((name) => `test/system/${name}.test.ts`)

/** Folders whose files start programs and wait for them, those that take longest first. All others only reckon. */
const folders = ['faults', 'system', 'cameras', 'commands', 'web', 'clips', 'build', 'vision', 'sync', 'mqtt']
const waiting = folders.map((folder) => `test/${folder}/`)

export interface Arranged {
  readonly judged: string[]
  /** Those that wait come before those that reckon: taken from both ends they fill each other's pauses. */
  readonly others: string[]
}

export function arrange(files: readonly string[]): Arranged {
  const rank = (file: string) => {
    const found = waiting.findIndex((folder) => file.startsWith(folder))
    return found < 0 ? waiting.length : found
  }
  return {
    judged: judged.filter((file) => files.includes(file)),
    others: files
      .filter((file) => !judged.includes(file))
      .toSorted((a, b) => rank(a) - rank(b) || a.localeCompare(b, 'en')),
  }
}
