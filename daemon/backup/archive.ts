/**
 * A backup as one file: a plain tar of its folder, the manifest first. It is not compressed, for pictures and vectors hardly get smaller;
 * and so nothing in it can swell. Such a file is hostile until all of it was read: only known names are written, below the folder that was
 * given, and whatever is odd ends it.
 */
import { lstatSync } from 'node:fs'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { create, Parser, type ReadEntry } from 'tar'
import { BarnboxError } from '../lib/errors.ts'
import { databaseName, isPart, type Manifest, manifestName, mostManifestBytes } from './folder.ts'

export interface Archive {
  readonly bytes: number
  readonly chunks: AsyncIterable<Uint8Array>
}

const blockBytes = 512
const wholeBlocks = (bytes: number) => Math.ceil(bytes / blockBytes) * blockBytes

/** `name`: the folder that everything lies in, within the archive. */
export function pack(folder: string, { files }: Manifest, name: string): Archive {
  const names = [manifestName, ...Object.keys(files)]
  const sizes = names.map((one) => blockBytes + wholeBlocks(lstatSync(join(folder, one)).size))
  // Without further headers its length is known before it is read.
  const how = { cwd: folder, prefix: name, portable: true, noPax: true, noDirRecurse: true }
  return { bytes: sizes.reduce((sum, one) => sum + one, 2 * blockBytes), chunks: create(how, names) }
}

/** More than a box has cameras and ways out with secrets. */
const mostEntries = 300
/** Of everything but the registry. */
const mostPartBytes = 1_000_000

interface Piece {
  readonly name: string
  readonly bytes: Uint8Array
}

const refused = (why: string) => new BarnboxError('BACKUP_REFUSED', `the file cannot be restored: ${why}`)

/**
 * Writes what is in an archive into a folder that is there and empty. That it is a backup is not said by that. Throws `BACKUP_REFUSED`; what was
 * written by then is for whoever made the folder to take away.
 */
export async function unpack(
  chunks: AsyncIterable<Uint8Array>,
  into: string,
  mostBytes: number,
): Promise<void> {
  const reader = createReader(mostBytes)
  let current: { readonly name: string; readonly file: FileHandle } | undefined
  const close = async () => {
    const { file } = current ?? {}
    current = undefined
    if (file === undefined) return
    await using _file = file
    await file.sync()
  }
  const put = async ({ name, bytes }: Piece) => {
    if (current?.name !== name) {
      await close()
      await mkdir(dirname(join(into, name)), { recursive: true, mode: 0o700 })
      current = { name, file: await open(join(into, name), 'wx', 0o600) }
    }
    await current.file.writeFile(bytes)
  }
  try {
    for await (const chunk of chunks) for (const piece of reader.take(chunk)) await put(piece)
    for (const piece of reader.end()) await put(piece)
  } finally {
    await close()
  }
}

/** What it is called within the folder of a backup: of whoever packs one by hand the folder's own name comes first. */
const nameIn = (path: string) =>
  path.replace(/^(?:\.\/)?(?:\d{4}-\d{2}-\d{2}T\d{6}Z\/)?/, '').replace(/^\.$/, '')

function createReader(mostBytes: number) {
  const seen = new Set<string>()
  let pieces: Piece[] = []
  let [bytes, entries, isBegun, isOver] = [0, 0, false, false]
  let why: string | undefined
  const refuse = (reason: string) => {
    why ??= reason
  }
  const faultOf = ({ path, type, size }: ReadEntry, name: string) => {
    if (type === 'Directory') return ['', 'secrets/', 'secrets'].includes(name) ? undefined : 'a folder of it'
    if (type !== 'File' && type !== 'OldFile') return `${JSON.stringify(path)} is no file (${type})`
    if (!isPart(name) && name !== manifestName) return `it holds ${JSON.stringify(path.slice(0, 200))}`
    if (seen.has(name)) return `it holds ${name} twice`
    const most = name === databaseName ? mostBytes : name === manifestName ? mostManifestBytes : mostPartBytes
    return size > most ? `${name} is too large (${size} bytes)` : undefined
  }
  const take = (entry: ReadEntry) => {
    const name = nameIn(entry.path)
    const fault = faultOf(entry, name)
    if (fault !== undefined) refuse(fault)
    if (fault === undefined && entry.type !== 'Directory') {
      seen.add(name)
      pieces.push({ name, bytes: new Uint8Array() })
      entry.on('data', (part) => void pieces.push({ name, bytes: part }))
    }
    entry.resume()
  }
  const count = () => {
    entries++
    if (entries > mostEntries) refuse('too much is in it')
  }
  const parser = new Parser({ strict: true, zstd: false, brotli: false, maxMetaEntrySize: 64 * 1024 })
  parser.on('entry', (entry: ReadEntry) => {
    count()
    take(entry)
  })
  parser.on('meta', count)
  parser.on('ignoredEntry', ({ path }: ReadEntry) => refuse(`${JSON.stringify(path)} is no file`))
  parser.on('error', ({ message }: Error) => refuse(`it is no archive of barnbox, or not whole (${message})`))
  // What comes after is padding, and is not kept.
  parser.on('eof', () => {
    isOver = true
  })
  const read = (work: () => void) => {
    try {
      work()
    } catch (error) {
      refuse(`it is no archive of barnbox (${error instanceof Error ? error.message : String(error)})`)
    }
    if (why !== undefined) throw refused(why)
    const read = pieces
    pieces = []
    return read
  }
  return {
    /** What a piece of the file brings. Throws `BACKUP_REFUSED`. */
    take(chunk: Uint8Array): readonly Piece[] {
      if (chunk.length === 0) return []
      bytes += chunk.length
      if (bytes > mostBytes) throw refused('it is too large for the room that there is')
      // The parser would unpack it by itself.
      if (!isBegun && chunk[0] === 0x1f) throw refused('it is compressed; barnbox takes a plain .tar')
      isBegun = true
      return isOver ? [] : read(() => void parser.write(Buffer.from(chunk)))
    },
    end: (): readonly Piece[] => read(() => void parser.end()),
  }
}
