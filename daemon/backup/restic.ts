/**
 * Takes backups out of the house, and back: with restic, which encrypts before anything leaves the box.
 */
import { BarnboxError } from '../lib/errors.ts'
import type { Keep } from './keep.ts'

export interface ResticPlace {
  readonly repository: string
  readonly password: string
  readonly accessKey?: string | undefined
  readonly secretKey?: string | undefined
  readonly cacheDir: string
}

/** Runs restic with arguments and an environment; never rejects. */
export type RunRestic = (
  args: readonly string[],
  env: Readonly<Record<string, string>>,
) => Promise<{ readonly code: number | null; readonly stdout: string; readonly stderrTail: string }>

const tag = 'barnbox'
/** A part of what is kept is read again each time: all of it within a month. */
const readAgain = '--read-data-subset=4%'

export interface Restic {
  /** Takes a folder there, lets go of the oldest, and reads a part of all again. Throws `BACKUP_FAILED`. */
  send(folder: string, keep: Keep): Promise<void>
  /** Fetches the newest (or a named) backup into a folder that is empty. Throws `BACKUP_FAILED`. */
  fetch(snapshot: string, into: string): Promise<void>
}

export function openRestic(place: ResticPlace, run: RunRestic): Restic {
  const env = environmentOf(place)
  const must = async (...args: string[]) => {
    const { code, stderrTail } = await run(args, env)
    if (code === 0) return
    const said = stderrTail.trim().split('\n').at(-1) ?? ''
    const words = code === null || code === 127 ? 'restic cannot be started (apt-get install restic)' : said
    throw new BarnboxError(
      'BACKUP_FAILED',
      `restic ${args[0]}: ${words.slice(0, 300) || `ended with ${code}`}`,
    )
  }
  return {
    async send(folder, { daily, weekly, monthly }) {
      // Where there is none yet it is made; where it cannot be reached that fails too, and says why.
      if ((await run(['cat', 'config'], env)).code !== 0) await must('init')
      // A power cut leaves it locked for ever. Those whose process lives, or may live elsewhere, stay locked.
      await must('unlock')
      await must('backup', '--tag', tag, '--host', tag, '--', folder)
      const kept = ['--keep-daily', daily, '--keep-weekly', weekly, '--keep-monthly', monthly].map(String)
      // All backups are one line of them, though each lies in a folder of its own.
      await must('forget', '--tag', tag, '--group-by', 'host', ...kept, '--prune')
      await must('check', readAgain)
    },
    fetch: (snapshot, into) => must('restore', '--tag', tag, '--target', into, '--', snapshot),
  }
}

function environmentOf({
  repository,
  password,
  accessKey,
  secretKey,
  cacheDir,
}: ResticPlace): Record<string, string> {
  return {
    RESTIC_REPOSITORY: repository,
    RESTIC_PASSWORD: password,
    RESTIC_CACHE_DIR: cacheDir,
    ...(accessKey !== undefined && { AWS_ACCESS_KEY_ID: accessKey }),
    ...(secretKey !== undefined && { AWS_SECRET_ACCESS_KEY: secretKey }),
  }
}
