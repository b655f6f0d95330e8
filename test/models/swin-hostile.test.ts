/**
 * Files that are broken or mean harm: each is refused with one clear line, before anything of it is used.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { convertSwinFile } from '../../models/convert/swin-file.ts'
import { checkValues, readSwin } from '../../models/convert/swin-weights.ts'
import { memorySource } from '../../models/convert/weight-source.ts'
import { sharedFolder } from './shared.ts'
import {
  checkpoint,
  dict,
  int,
  op,
  pickle,
  randomTensors,
  safetensors,
  safetensorsOf,
  savedTensor,
  smallest,
  storagesOf,
  text,
  torchFile,
  zip,
  zipEnd,
} from './swin-files.ts'

const tensors = randomTensors(smallest)
const folder = path.join(sharedFolder, 'fixtures', 'swin')
const skip = existsSync(folder) ? false : `no Swin fixtures in ${sharedFolder}`

function read(bytes: Uint8Array): void {
  const source = memorySource('weights', bytes)
  checkValues(source, readSwin(source))
}

function isRefused(t: Test, bytes: Uint8Array, message: RegExp): void {
  t.throws(() => read(bytes), { code: 'MODEL_BROKEN', message }, String(message))
}

const withPickle = (value: Uint8Array) => torchFile(pickle(value), storagesOf(tensors))

t.test('the forbidden global is named, and nothing of it ran', { skip }, async (t) => {
  const out = mkdtempSync(path.join(tmpdir(), 'barnbox-hostile-'))
  const script = fileURLToPath(new URL('fixtures/convert.ts', import.meta.url))
  const hostile = path.join(folder, 'hostile.bin')
  const command = ['-u', 'NODE_OPTIONS', process.execPath, script, hostile, path.join(out, 'out.onnx')]
  const { code, stdout, stderr } = await new Promise<Record<string, unknown>>((resolve) => {
    execFile('env', command, (error, stdout, stderr) => resolve({ code: error?.code, stdout, stderr }))
  })
  t.equal(code, 1)
  t.equal(stdout, '')
  t.equal(
    stderr,
    `MODEL_BROKEN ${hostile}: names the forbidden global __builtin__.print; nothing was executed\n`,
  )
  t.strictSame(readdirSync(out), [])
})

t.test('only the four globals, only used as PyTorch does', (t) => {
  const globals = [
    'os\nsystem',
    'builtins\neval',
    'torch\nHalfStorage',
    'torch._utils\n_rebuild_parameter',
    '\n',
    'a\nb\x1b[31m',
  ]
  for (const global of globals) {
    isRefused(
      t,
      withPickle(op(`c${global}\n`, text('x'), 0x85, 'R')),
      /^weights: names the forbidden global [\x20-\x7e]+; nothing/,
    )
  }
  isRefused(t, withPickle(op('ctorch\nFloatStorage\n', ')R')), /calls torch.FloatStorage in a way/)
  isRefused(
    t,
    withPickle(op('ccollections\nOrderedDict\n', int(1), 0x85, 'R')),
    /calls collections.OrderedDict in a way/,
  )
  isRefused(t, withPickle(op(int(1), ')R')), /calls a value/)
  isRefused(t, withPickle(op(int(1), int(2), 'R')), /with no arguments/)
  isRefused(t, withPickle(op(text('x'), 'Q')), /unknown kind of storage/)
  for (const [code, name] of [
    [0x81, 'NEWOBJ'],
    [0x93, 'STACK_GLOBAL'],
    [0x32, 'DUP'],
    [0x69, 'INST'],
    [0xff, '0xff'],
  ] as const) {
    isRefused(t, withPickle(op(')', code)), new RegExp(`operation ${name}, which is not allowed`))
  }
  t.end()
})

t.test('tensors that do not lie in their storage', (t) => {
  const key = 'patch_embed.proj.weight'
  const shape = [4, 3, 4, 4]
  const cases = [
    { key: '0', shape: [4, 3, 4, 5], count: 192 },
    { key: '0', shape, count: 192, offset: 1 },
    { key: '0', shape, count: 192, offset: -1 },
    { key: '0', shape, count: 192, strides: [48, 16, 4, 2] },
    { key: '0', shape, count: 192, strides: [48, 16, 4, -1] },
    { key: '0', shape, count: 192, strides: [48, 16, 4] },
    { key: '0', shape: [2 ** 30, 2 ** 30, 2 ** 30], count: 192, strides: [0, 0, 0] },
    { key: '0', shape: [1, 1, 1, 1, 1, 1, 1, 1, 1], count: 192 },
  ]
  for (const one of cases)
    isRefused(t, withPickle(dict([[key, savedTensor(one)]])), /does not lie inside its storage/)
  isRefused(
    t,
    withPickle(dict([[key, savedTensor({ key: '0', shape, count: 193 })]])),
    /another size than it says/,
  )
  isRefused(t, withPickle(dict([[key, savedTensor({ key: 'x', shape, count: 192 })]])), /lacks its storage x/)
  const long = savedTensor({ key: '0', shape: [96], count: 96, storageType: 'LongStorage' })
  const float = savedTensor({ key: '0', shape, count: 192 })
  isRefused(
    t,
    withPickle(
      dict([
        ['a', float],
        [key, long],
      ]),
    ),
    /storage 0 has two types/,
  )
  const index = savedTensor({ key: '0', shape, count: 192, storageType: 'LongStorage' })
  const longs = torchFile(pickle(dict([[key, index]])), [['data/0', Buffer.alloc(192 * 8)]])
  isRefused(t, longs, /stage 0 has 0 blocks/)
  t.end()
})

t.test('pickles that pile up', (t) => {
  const many = (what: Uint8Array | string, times: number) =>
    Buffer.concat(Array.from({ length: times }, () => op(what)))
  isRefused(t, withPickle(many('(', 10_000)), /nested too deep/)
  isRefused(t, withPickle(many(')', 200_000)), /piles up too much/)
  const remembered = Array.from({ length: 210_000 }, (_, i) => op('r', Uint8Array.of(i, i >> 8, i >> 16, 0)))
  isRefused(t, withPickle(Buffer.concat([op(')'), ...remembered])), /remembers too much/)
  isRefused(t, withPickle(many(op('(t'), 300_000)), /piles up too much/)
  isRefused(t, withPickle(op(']', many(op('Na'), 300_000))), /too many steps/)
  isRefused(t, torchFile(Buffer.alloc(5 * 2 ** 20), []), /pickle of 5242880 bytes is too long/)
  isRefused(t, withPickle(op('X', 0xff, 0xff, 0xff, 0xff)), /ends too early/)
  isRefused(t, withPickle(op('cabc')), /name without an end/)
  isRefused(t, withPickle(op('h', 7)), /recalls 7, which it never kept/)
  isRefused(t, withPickle(op('}', int(1), 0x85, 'u')), /takes more than it has/)
  isRefused(t, withPickle(op('}(', int(1), 'u')), /broken dict/)
  isRefused(t, withPickle(op(')', int(1), 'a')), /no list/)
  isRefused(t, torchFile(op(0x80, 4, '.'), []), /protocol 4, not 2/)
  // Shared again and again: 2^30 ends for whoever would walk it.
  const doubled = Array.from({ length: 30 }, (_, i) => op('q', i, 'h', i, 0x86))
  isRefused(t, withPickle(op(')', ...doubled)), /holds no Swin/)
  const itself = op('}q\x00', text('model'), 'h\x00s')
  isRefused(t, withPickle(itself), /holds no Swin: patch_embed.proj.weight is missing; it begins with model$/)
  t.end()
})

t.test('ZIP files that lie', (t) => {
  const whole = checkpoint(tensors)
  const twice = { name: 'a/data.pkl', bytes: Buffer.from('x') }
  const one = (lies: object) => zip([{ ...twice, lies }])
  isRefused(t, one({ method: 8 }), /a\/data\.pkl is compressed/)
  isRefused(t, one({ flags: 1 }), /is encrypted/)
  isRefused(t, one({ size: 2 ** 31 }), /ends outside the file/)
  isRefused(t, one({ size: 0xffffffff }), /larger than 4 GB/)
  isRefused(
    t,
    zip([twice, { name: 'b', bytes: Buffer.alloc(99), lies: { offset: 5, size: 1 } }]),
    /b is damaged/,
  )
  isRefused(t, zip([twice, twice]), /has the entry a\/data\.pkl twice/)
  const over = { name: 'b/data.pkl', bytes: Buffer.from('x'), lies: { offset: 0 } }
  isRefused(t, zip([twice, over]), /lies over another/)
  isRefused(t, zip([twice, { ...twice, name: 'b/data.pkl' }]), /not one of torch.save/)
  isRefused(t, zip([{ ...twice, name: 'readme' }]), /not one of torch.save/)
  isRefused(t, zip([twice, { name: 'a/byteorder', bytes: Buffer.from('big') }]), /byte order big/)
  isRefused(t, zip([{ ...twice, name: 'x'.repeat(600) }]), /damaged directory/)
  const crowd = Array.from({ length: 21_000 }, (_, i) => ({ name: `a/${i}`, bytes: Buffer.alloc(0) }))
  isRefused(t, zip(crowd), /has 21000 entries, more than 20000/)
  const cut = whole.subarray(0, -22)
  isRefused(t, Buffer.concat([cut, zipEnd(1, 0xffffffff, 0)]), /larger than 4 GB/)
  isRefused(t, Buffer.concat([cut, zipEnd(9999, 46, 0)]), /damaged directory/)
  isRefused(t, Buffer.concat([cut, zipEnd(1, 46, 2 ** 31)]), /no ZIP directory at its end/)
  t.end()
})

t.test('safetensors that lie', (t) => {
  const data = Buffer.alloc(8)
  const entry = (more: object) =>
    JSON.stringify({ w: { dtype: 'F32', shape: [2], data_offsets: [0, 8], ...more } })
  isRefused(t, safetensorsOf(entry({ shape: [3] }), data), /another size than its shape/)
  isRefused(t, safetensorsOf(entry({ shape: [2 ** 40, 2 ** 40] }), data), /another size than its shape/)
  isRefused(t, safetensorsOf(entry({ shape: [-2] }), data), /has no shape/)
  isRefused(t, safetensorsOf(entry({ shape: 'x' }), data), /has no shape/)
  isRefused(t, safetensorsOf(entry({ data_offsets: [8, 0] }), data), /another size than its shape/)
  isRefused(t, safetensorsOf(entry({ data_offsets: [0] }), data), /has no place/)
  isRefused(t, safetensorsOf(entry({ data_offsets: [4, 12] }), data), /does not begin where another ends/)
  isRefused(t, safetensorsOf(entry({ dtype: 'F4' }), data), /unknown type F4/)
  isRefused(t, safetensorsOf(entry({ dtype: { toString: 1 } }), data), /unknown type object/)
  isRefused(t, safetensorsOf(entry({}), data.subarray(4)), /lacks 4 bytes/)
  isRefused(t, safetensorsOf(entry({}), Buffer.alloc(9)), /has 1 bytes too many/)
  const both = {
    a: { dtype: 'U8', shape: [5], data_offsets: [0, 5] },
    b: { dtype: 'U8', shape: [5], data_offsets: [3, 8] },
  }
  isRefused(t, safetensorsOf(JSON.stringify(both), data), /tensor b does not begin/)
  isRefused(t, safetensorsOf('{"w": null}', data), /unknown type undefined/)
  isRefused(t, safetensorsOf('{"w"', data), /header that is not JSON/)
  isRefused(t, safetensorsOf(`{"w":${'['.repeat(1_000_000)}`, data), /header that is not JSON/)
  isRefused(t, safetensorsOf(`{"__proto__":${'['.repeat(5000)}${']'.repeat(5000)}}`, data), /unknown type/)
  isRefused(t, safetensorsOf('{}', Buffer.alloc(0)), /holds no Swin: patch_embed/)
  const endless = safetensorsOf('{}', data)
  endless.writeBigUInt64LE(10_000n)
  isRefused(t, endless, /cut short/)
  endless.writeBigUInt64LE(2n ** 60n)
  isRefused(t, endless, /neither safetensors nor/)
  t.end()
})

t.test('cut files, of any length', (t) => {
  for (const whole of [checkpoint(tensors), safetensors(tensors)]) {
    for (let part = 0; part < 60; part++)
      isRefused(t, whole.subarray(0, Math.floor((whole.length * part) / 60)), /^weights: /)
    for (const missing of [1, 2, 4, 22, 23]) isRefused(t, whole.subarray(0, -missing), /^weights: /)
  }
  isRefused(t, Buffer.from('80028a0a6cfc9c46f9206aa85019', 'hex'), /before 1\.6.*safetensors/)
  t.end()
})

t.test('flipped bits: the ZIP has checksums, safetensors only what makes no sense', (t) => {
  const whole = checkpoint(tensors)
  for (const [, { data }] of tensors) {
    const spoilt = Buffer.from(whole)
    const at = whole.indexOf(Buffer.from(data.buffer, data.byteOffset, data.byteLength))
    t.ok(at > 0)
    spoilt[at + (data.byteLength >> 1)] = (spoilt[at + (data.byteLength >> 1)] ?? 0) ^ 4
    isRefused(t, spoilt, /its entry archive\/data\/\d+ is damaged \(its checksum is wrong\)/)
  }
  const odd = (value: number) => {
    const spoilt = randomTensors(smallest)
    spoilt.get('norm.weight')?.data.fill(value, 3, 4)
    return safetensors(spoilt)
  }
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -3e38]) {
    isRefused(t, odd(value), /norm\.weight holds -?[\w+.]+ \(damaged\?\)/)
  }
  t.end()
})

t.test('a file that is not there, and one that is too small', (t) => {
  const options = { normalise: 'imagenet', int8: false } as const
  t.throws(() => convertSwinFile('/nowhere/x.bin', options), { code: 'MODEL_MISSING', message: /nowhere/ })
  t.throws(() => convertSwinFile(tmpdir(), options), { code: 'MODEL_MISSING' })
  const empty = path.join(mkdtempSync(path.join(tmpdir(), 'barnbox-hostile-')), 'empty.bin')
  writeFileSync(empty, '')
  t.throws(() => convertSwinFile(empty, options), {
    code: 'MODEL_BROKEN',
    message: /neither safetensors nor/,
  })
  t.end()
})
