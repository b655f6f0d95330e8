/**
 * Thousands of spoilt weights files: each is read or refused with one line, soon, and in bounded memory. What a
 * checksum would catch at the door is spoilt before the checksum is made, so that the readers behind it are reached.
 */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import t, { type Test } from 'tap'
import { BarnboxError } from '../../daemon/lib/errors.ts'
import { convertSwin } from '../../models/convert/swin-file.ts'
import { checkValues, readSwin } from '../../models/convert/swin-weights.ts'
import { memorySource } from '../../models/convert/weight-source.ts'
import { sharedFolder } from './shared.ts'
import {
  checkpoint,
  dict,
  int,
  pickle,
  randomTensors,
  safetensors,
  safetensorsOf,
  seeded,
  smallest,
  stateDict,
  storagesOf,
  torchFile,
} from './swin-files.ts'

const tensors = randomTensors(smallest)
const fixture = path.join(sharedFolder, 'fixtures', 'swin', 'old.bin')
const skip = existsSync(fixture) ? false : `no Swin fixtures in ${sharedFolder}`

const longestMs = 5000
const mostMemory = 400 * 2 ** 20

interface Tally {
  /** Every message once. */
  readonly refusals: Set<string>
  files: number
  read: number
  slowestMs: number
  memory: number
}

const newTally = (): Tally => ({ refusals: new Set(), files: 0, read: 0, slowestMs: 0, memory: 0 })

const outside = (): number => {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Reads one file to the end of the conversion; anything but a refusal in one line is thrown on. */
function attempt(tally: Tally, bytes: Uint8Array): void {
  const startedMs = performance.now()
  tally.files++
  try {
    const source = memorySource('f', bytes)
    const swin = readSwin(source)
    checkValues(source, swin)
    convertSwin(swin, { normalise: 'half', int8: false })
    tally.read++
  } catch (error) {
    if (!(error instanceof BarnboxError) || error.code !== 'MODEL_BROKEN') throw error
    if (!/^f: [\x20-\x7e]{5,1000}$/.test(error.message)) throw new Error(`no clear line: ${error.message}`)
    tally.refusals.add(error.message)
  }
  tally.slowestMs = Math.max(tally.slowestMs, performance.now() - startedMs)
  if (tally.files % 100 === 0) tally.memory = Math.max(tally.memory, outside())
}

/** `reached` are words of refusals that must have been met: else the spoiling does not get that deep. */
function judge(t: Test, tally: Tally, reached: readonly string[]): void {
  const { files, read, slowestMs, memory, refusals } = tally
  const megabytes = Math.round(memory / 2 ** 20)
  t.comment(`${files} files, ${read} read, slowest ${slowestMs.toFixed(0)} ms, ${megabytes} MB`)
  t.ok(slowestMs < longestMs, `slowest ${slowestMs} ms`)
  t.ok(memory < mostMemory, `${megabytes} MB`)
  t.ok(read > 0 && read < files / 2)
  const met = [...refusals].join('\n')
  for (const words of reached) t.ok(met.includes(words), words)
}

/** Numbers that limits are often forgotten for. */
const odd = [0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff]
const opcodes = Buffer.from('(.}]NKMJGXqrhjsueatQRbc)\x80\x85\x86\x87\x88\x89\x8a\x81\x93', 'latin1')

/** One to four changes between `from` and `to`: bits, bytes, numbers, operations, pieces gone, doubled or put in. */
function mutate(bytes: Uint8Array, random: () => number, from = 0, to = bytes.length): Buffer {
  const below = (limit: number) => Math.floor(random() * limit)
  let out = Buffer.from(bytes)
  let end = to
  for (let change = below(4); change >= 0; change--) {
    const at = Math.min(from + below(Math.max(1, end - from)), out.length - 5)
    const length = 1 + below(random() < 0.5 ? 8 : 200)
    switch (below(7)) {
      case 0:
        out[at] = (out[at] ?? 0) ^ (1 << below(8))
        break
      case 1:
        out[at] = below(256)
        break
      case 2:
        out.writeUInt32LE(odd[below(odd.length)] ?? 0, at)
        break
      case 3:
        out[at] = opcodes[below(opcodes.length)] ?? 0
        break
      case 4:
        out = Buffer.concat([out.subarray(0, at), out.subarray(Math.min(end, at + length))])
        break
      case 5:
        out = Buffer.concat([out.subarray(0, at), out.subarray(from, from + length), out.subarray(at)])
        break
      default:
        out = Buffer.concat([out.subarray(0, at + length), out.subarray(at)])
    }
    end += out.length - bytes.length
    end = Math.max(from + 1, Math.min(end, out.length))
    if (out.length < 16) return out
  }
  return out
}

t.test('spoilt pickles behind good checksums', async (t) => {
  const random = seeded(11)
  const tally = newTally()
  const nested = dict([
    ['epoch', int(3)],
    ['model', stateDict(tensors)],
  ])
  for (const value of [stateDict(tensors), nested]) {
    const bytes = pickle(value)
    const storages = storagesOf(tensors)
    for (let i = 0; i < 3000; i++) attempt(tally, torchFile(mutate(bytes, random), storages))
  }
  t.equal(tally.files, 6000)
  judge(t, tally, [
    'forbidden global',
    'is not allowed',
    'unknown kind of storage',
    'another size than it says',
    'lacks its storage',
    'calls a value',
    'does not lie inside its storage',
    'ends too early',
    'never kept',
    'takes more than it has',
    'broken dict',
    'is no list',
    'is not a whole Swin',
  ])
})

t.test('spoilt ZIP directories and headers', async (t) => {
  const random = seeded(12)
  const tally = newTally()
  const whole = checkpoint(tensors)
  const directory = whole.readUInt32LE(whole.length - 6)
  for (let i = 0; i < 2500; i++) attempt(tally, mutate(whole, random, directory))
  for (let i = 0; i < 500; i++) attempt(tally, mutate(whole, random))
  judge(t, tally, [
    'no ZIP directory',
    'damaged directory',
    'is compressed',
    'is encrypted',
    'ends outside the file',
    'twice',
    'lies over another',
    'its checksum is wrong',
    'entries, more than',
    'not one of torch.save',
  ])
})

t.test('spoilt safetensors', async (t) => {
  const random = seeded(13)
  const tally = newTally()
  const whole = safetensors(tensors)
  const length = Number(whole.readBigUInt64LE())
  const data = whole.subarray(8 + length)
  const header = whole.subarray(8, 8 + length)
  for (let i = 0; i < 2000; i++) attempt(tally, mutate(whole, random, 0, 8 + length))
  // The length is right here, so that more of them are still JSON.
  for (let i = 0; i < 2000; i++)
    attempt(tally, safetensorsOf(mutate(header, random).toString('latin1'), data))
  for (let i = 0; i < 1000; i++) attempt(tally, safetensorsOf(otherNumber(header, random), data))
  judge(t, tally, [
    'not JSON',
    'unknown type',
    'has no shape',
    'has no place',
    'another size than its shape',
    'does not begin where another ends',
    'bytes too many',
    'neither safetensors nor',
    'is not a whole Swin',
  ])
})

/** Still JSON: one number or word of the header is another. */
function otherNumber(header: Uint8Array, random: () => number): string {
  const values = ['0', '-1', '1.5', '1e300', '4294967296', 'null', '[]', '{}', '"F16"', '[[[]]]']
  const places = [
    ...Buffer.from(header)
      .toString()
      .matchAll(/\d+|"F32"/g),
  ]
  const place = places[Math.floor(random() * places.length)]
  const text = Buffer.from(header).toString()
  const at = place?.index ?? 0
  const value = values[Math.floor(random() * values.length)] ?? ''
  return text.slice(0, at) + value + text.slice(at + (place?.[0].length ?? 0))
}

t.test("a real file's pickle and directory", { skip }, async (t) => {
  const random = seeded(14)
  const tally = newTally()
  const whole = readFileSync(fixture)
  const directory = whole.readUInt32LE(whole.length - 6)
  for (let i = 0; i < 400; i++) attempt(tally, mutate(whole, random, directory))
  for (let i = 0; i < 200; i++) attempt(tally, mutate(whole, random, 0, 16_000))
  for (let i = 0; i < 200; i++) attempt(tally, whole.subarray(0, Math.floor(random() * whole.length)))
  judge(t, tally, ['no ZIP directory', 'damaged directory', 'is compressed', 'its checksum is wrong'])
})
