/**
 * Makes files and rows agree after a start: what a kill or a power cut has left. Half files go, whole files without a row get
 * theirs, rows without a file go, unless that were most of them: then a disk is not there.
 */
import type { Clip } from '../clip-types.ts'
import { mintId } from '../lib/ids.ts'
import type { ClipId } from '../types.ts'
import type { ClipFolder } from './folder.ts'
import type { ClipRows } from './recordings.ts'

export interface Agreed {
  readonly halves: number
  readonly adopted: number
  /** Files that were not whole. */
  readonly broken: number
  /** Rows without a file. */
  readonly lost: number
  readonly refused: string | null
}

/** Of fewer rows half is soon gone. */
const fewest = 20
/** What was written so shortly before the end may not have reached the disk. */
const freshMs = 10 * 60_000

interface Disagreement {
  readonly files: ReadonlySet<string>
  readonly rows: readonly Pick<Clip, 'id' | 'file' | 'bytes' | 'fromMs'>[]
}

export async function agree({
  folder,
  rows,
}: {
  readonly folder: ClipFolder
  readonly rows: ClipRows
}): Promise<Agreed> {
  const halves = await folder.clearHalf()
  const files = new Set((await folder.days()).flatMap((one) => one.files))
  const known = rows.streams().flatMap((streamId) => rows.filesOf(streamId, ''))
  const cut = await cutShort({ files, rows: known }, folder)
  for (const { file } of cut) await folder.remove(file)
  const missing = known.filter(({ file }) => !files.has(file))
  const isGone = missing.length > known.length / 2 && known.length >= fewest
  const lost = [...cut, ...(isGone ? [] : missing)].map(({ id }) => id)
  rows.remove(lost)
  const named = new Set(known.map(({ file }) => file))
  let [adopted, broken] = [0, 0]
  for (const file of files) {
    if (named.has(file)) continue
    const found = await folder.look(file)
    if (found === undefined) {
      await folder.remove(file)
      broken++
      continue
    }
    rows.add({ ...found, id: mintId<ClipId>(), isProtected: false, frames: null })
    adopted++
  }
  const refused = isGone
    ? `${missing.length} of ${known.length} clips are not in their folder: is the disk there?`
    : null
  return { halves, adopted, broken, lost: lost.length, refused }
}

/** Of the newest, those whose file is not what was written. */
async function cutShort({ files, rows }: Disagreement, folder: ClipFolder): Promise<Disagreement['rows']> {
  const newestMs = rows.reduce((most, { fromMs }) => Math.max(most, fromMs), 0)
  const fresh = rows.filter(({ file, fromMs }) => files.has(file) && fromMs >= newestMs - freshMs)
  const broken: (typeof fresh)[number][] = []
  for (const row of fresh) if ((await folder.look(row.file))?.bytes !== row.bytes) broken.push(row)
  return broken
}
