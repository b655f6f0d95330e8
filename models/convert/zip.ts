/**
 * The directory of a ZIP file, for entries that are stored as they are. Nothing is unpacked, so a file cannot grow:
 * entries are pieces of the file, inside it and apart from each other.
 */
import { crc32 } from 'node:zlib'
import { refused, shown, type WeightSource } from './weight-source.ts'

export interface ZipEntry {
  readonly name: string
  readonly offset: number
  readonly size: number
  readonly crc: number
}

/** A Swin-L checkpoint with its optimiser has about a thousand. */
const mostEntries = 20_000
const mostNameBytes = 512
const endBytes = 22
const mostCommentBytes = 65_535
const centralBytes = 46
const localBytes = 30
const blockBytes = 4 * 2 ** 20
const saturated = 0xffffffff

export const isZip = (start: Uint8Array) => Buffer.from(start.subarray(0, 4)).equals(localMagic)
const localMagic = Buffer.from('PK\x03\x04', 'latin1')
const centralMagic = Buffer.from('PK\x01\x02', 'latin1')
const endMagic = Buffer.from('PK\x05\x06', 'latin1')

export function readZip(source: WeightSource): Map<string, ZipEntry> {
  const { count, offset, size } = readEnd(source)
  const directory = Buffer.from(source.read(offset, size))
  const entries = new Map<string, ZipEntry>()
  let at = 0
  for (let i = 0; i < count; i++) {
    const { entry, next } = readEntry(source, directory, at, offset)
    if (entries.has(entry.name)) throw refused(source.name, `has the entry ${shown(entry.name)} twice`)
    entries.set(entry.name, entry)
    at = next
  }
  if (at !== directory.length) throw refused(source.name, 'has a damaged directory')
  checkApart(source, entries)
  return entries
}

/**
 * PyTorch writes the ZIP64 records too, always. They matter only where a number does not fit the old ones: above 4 GB
 * or 65,535 entries.
 */
function readEnd(source: WeightSource): { count: number; offset: number; size: number } {
  const tailBytes = Math.min(source.size, endBytes + mostCommentBytes)
  const tailStart = source.size - tailBytes
  const tail = Buffer.from(source.read(tailStart, tailBytes))
  for (let at = tail.length - endBytes; at >= 0; at--) {
    if (!tail.subarray(at, at + 4).equals(endMagic)) continue
    if (at + endBytes + tail.readUInt16LE(at + 20) !== tail.length) continue
    const count = tail.readUInt16LE(at + 10)
    const size = tail.readUInt32LE(at + 12)
    const offset = tail.readUInt32LE(at + 16)
    if (offset === saturated || size === saturated) throw refused(source.name, 'is larger than 4 GB')
    if (count > mostEntries) throw refused(source.name, `has ${count} entries, more than ${mostEntries}`)
    if (tail.readUInt32LE(at + 4) !== 0 || offset + size > tailStart + at) break
    return { count, offset, size }
  }
  throw refused(source.name, 'has no ZIP directory at its end (cut short?)')
}

function readEntry(source: WeightSource, directory: Buffer, at: number, end: number) {
  const damaged = () => refused(source.name, 'has a damaged directory')
  if (at + centralBytes > directory.length || !directory.subarray(at, at + 4).equals(centralMagic))
    throw damaged()
  const flags = directory.readUInt16LE(at + 8)
  const method = directory.readUInt16LE(at + 10)
  const size = directory.readUInt32LE(at + 24)
  const nameBytes = directory.readUInt16LE(at + 28)
  const next =
    at + centralBytes + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
  if (next > directory.length || nameBytes > mostNameBytes) throw damaged()
  const name = directory.toString('utf8', at + centralBytes, at + centralBytes + nameBytes)
  const wrong = (what: string) => refused(source.name, `its entry ${shown(name)} ${what}`)
  if (flags & 1) throw wrong('is encrypted')
  if (method !== 0 || directory.readUInt32LE(at + 20) !== size)
    throw wrong('is compressed, which is not read')
  const local = directory.readUInt32LE(at + 42)
  if (size === saturated || local === saturated) throw wrong('is larger than 4 GB')
  if (local + localBytes + nameBytes + size > end) throw wrong('ends outside the file (cut short?)')
  const head = Buffer.from(source.read(local, localBytes))
  if (!head.subarray(0, 4).equals(localMagic) || head.readUInt16LE(26) !== nameBytes)
    throw wrong('is damaged')
  const offset = local + localBytes + nameBytes + head.readUInt16LE(28)
  if (offset + size > end) throw wrong('ends outside the file (cut short?)')
  return { entry: { name, offset, size, crc: directory.readUInt32LE(at + 16) }, next }
}

function checkApart(source: WeightSource, entries: ReadonlyMap<string, ZipEntry>): void {
  const sorted = [...entries.values()].sort((a, b) => a.offset - b.offset)
  let end = 0
  for (const { name, offset, size } of sorted) {
    if (offset < end) throw refused(source.name, `its entry ${shown(name)} lies over another`)
    end = offset + size
  }
}

/** Refuses an entry whose bytes are not those that were written. */
export function checkSum(source: WeightSource, { name, offset, size, crc }: ZipEntry): void {
  let sum = 0
  for (let at = 0; at < size; at += blockBytes) {
    sum = crc32(source.read(offset + at, Math.min(blockBytes, size - at)), sum)
  }
  if (sum !== crc) throw refused(source.name, `its entry ${shown(name)} is damaged (its checksum is wrong)`)
}
