/**
 * Reads one file out of a Qt resource file (`.rcc`, versions 1 to 3): a header, a tree of nodes, names, data.
 */
import { inflateSync } from 'node:zlib'

const COMPRESSED_ZLIB = 1
const DIRECTORY = 2
const COMPRESSED_ZSTD = 4

interface Layout {
  readonly bytes: Buffer
  readonly treeAt: number
  readonly dataAt: number
  readonly namesAt: number
  readonly nodeSize: number
}

/** Every file in it: its path without a leading slash, and how to read it. */
export function listRcc(bytes: Buffer): { path: string; read(): Buffer }[] {
  if (bytes.toString('latin1', 0, 4) !== 'qres') throw new Error('not a Qt resource file')
  const version = bytes.readUInt32BE(4)
  if (version < 1 || version > 3) throw new Error(`Qt resource file of unknown version ${version}`)
  const layout = {
    bytes,
    treeAt: bytes.readUInt32BE(8),
    dataAt: bytes.readUInt32BE(12),
    namesAt: bytes.readUInt32BE(16),
    // From version 2 a node ends with the file's time of change.
    nodeSize: version >= 2 ? 22 : 14,
  }
  return [...walk(layout, 0, '')]
}

function* walk(layout: Layout, node: number, folder: string): Generator<{ path: string; read(): Buffer }> {
  const { bytes } = layout
  const at = layout.treeAt + node * layout.nodeSize
  const name = node === 0 ? '' : readName(layout, bytes.readUInt32BE(at))
  const path = folder === '' ? name : `${folder}/${name}`
  const flags = bytes.readUInt16BE(at + 4)
  if (!(flags & DIRECTORY)) {
    const dataAt = layout.dataAt + bytes.readUInt32BE(at + 10)
    yield { path, read: () => readData(bytes, dataAt, flags) }
    return
  }
  const count = bytes.readUInt32BE(at + 6)
  const first = bytes.readUInt32BE(at + 10)
  for (let child = first; child < first + count; child += 1) yield* walk(layout, child, path)
}

function readName({ bytes, namesAt }: Layout, offset: number): string {
  const at = namesAt + offset
  const length = bytes.readUInt16BE(at)
  // Between the length and the letters (UTF-16, big-endian) stands a hash of four bytes.
  return Buffer.from(bytes.subarray(at + 6, at + 6 + 2 * length))
    .swap16()
    .toString('utf16le')
}

function readData(bytes: Buffer, at: number, flags: number): Buffer {
  const data = bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at))
  if (flags & COMPRESSED_ZSTD) throw new Error('zstd in a Qt resource file is not read')
  return flags & COMPRESSED_ZLIB ? inflateSync(data.subarray(4)) : data
}
