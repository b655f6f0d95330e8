/**
 * The part of Python's pickle (protocol 2) that a saved checkpoint needs, as a machine that builds plain values and runs
 * nothing: what a global is, and what calling it gives, is decided by whoever hands in the hooks.
 */
import { shown } from './weight-source.ts'

/** Dicts become Maps, lists arrays, tuples frozen arrays. */
export type Pickled = unknown

export interface PickleHooks {
  /** Throws for what is not allowed. */
  global(module: string, name: string): Pickled
  persistent(id: Pickled): Pickled
  call(callable: Pickled, args: readonly Pickled[]): Pickled
  /** The error for what the machine itself refuses. */
  refuse(what: string): Error
}

/**
 * No operation makes more than a few small objects or its own bytes, so these bound the memory too. A Swin-L checkpoint
 * with its optimiser takes some 50,000 steps.
 */
const mostBytes = 4 * 2 ** 20
const mostSteps = 500_000
const mostMarks = 100
const mostStack = 100_000
const mostMemo = 200_000
const mostNameBytes = 200

interface Machine {
  readonly bytes: Buffer
  readonly hooks: PickleHooks
  readonly memo: Map<number, Pickled>
  /** Stacks below the marks. */
  readonly below: Pickled[][]
  stack: Pickled[]
  at: number
}

export function unpickle(bytes: Uint8Array, hooks: PickleHooks): Pickled {
  if (bytes.length > mostBytes) throw hooks.refuse(`its pickle of ${bytes.length} bytes is too long`)
  const machine: Machine = {
    bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
    hooks,
    memo: new Map(),
    below: [],
    stack: [],
    at: 0,
  }
  for (let step = 0; step < mostSteps; step++) {
    const code = take(machine, 1)[0] ?? 0
    if (code === stop) return pop(machine)
    const run = runs.get(code)
    if (!run) throw hooks.refuse(`its pickle uses the operation ${nameOf(code)}, which is not allowed`)
    run(machine)
    if (machine.stack.length > mostStack) throw hooks.refuse('its pickle piles up too much')
  }
  throw hooks.refuse('its pickle has too many steps')
}

const stop = 0x2e

/** By the names that Python's pickletools gives them. */
const operations: readonly (readonly [code: number, name: string, run: (machine: Machine) => void])[] = [
  [
    0x80,
    'PROTO',
    (m) => {
      const protocol = take(m, 1)[0]
      if (protocol !== 2) throw m.hooks.refuse(`its pickle has protocol ${protocol}, not 2`)
    },
  ],
  [
    0x28,
    'MARK',
    (m) => {
      if (m.below.length >= mostMarks) throw m.hooks.refuse('its pickle is nested too deep')
      m.below.push(m.stack)
      m.stack = []
    },
  ],
  // Constants.
  [0x4e, 'NONE', (m) => push(m, null)],
  [0x88, 'NEWTRUE', (m) => push(m, true)],
  [0x89, 'NEWFALSE', (m) => push(m, false)],
  [0x4a, 'BININT', (m) => push(m, take(m, 4).readInt32LE())],
  [0x4b, 'BININT1', (m) => push(m, take(m, 1)[0])],
  [0x4d, 'BININT2', (m) => push(m, take(m, 2).readUInt16LE())],
  [0x8a, 'LONG1', (m) => push(m, long(take(m, take(m, 1)[0] ?? 0)))],
  [0x47, 'BINFLOAT', (m) => push(m, take(m, 8).readDoubleBE())],
  [0x58, 'BINUNICODE', (m) => push(m, take(m, take(m, 4).readUInt32LE()).toString('utf8'))],
  // Containers.
  [0x7d, 'EMPTY_DICT', (m) => push(m, new Map())],
  [0x5d, 'EMPTY_LIST', (m) => push(m, [])],
  [0x29, 'EMPTY_TUPLE', (m) => push(m, tuple([]))],
  [0x85, 'TUPLE1', (m) => push(m, tuple(last(m, 1)))],
  [0x86, 'TUPLE2', (m) => push(m, tuple(last(m, 2)))],
  [0x87, 'TUPLE3', (m) => push(m, tuple(last(m, 3)))],
  [0x74, 'TUPLE', (m) => push(m, tuple(sinceMark(m)))],
  [0x61, 'APPEND', (m) => append(m, last(m, 1))],
  [0x65, 'APPENDS', (m) => append(m, sinceMark(m))],
  [0x73, 'SETITEM', (m) => setItems(m, last(m, 2))],
  [0x75, 'SETITEMS', (m) => setItems(m, sinceMark(m))],
  // Memo.
  [0x71, 'BINPUT', (m) => put(m, take(m, 1)[0] ?? 0)],
  [0x72, 'LONG_BINPUT', (m) => put(m, take(m, 4).readUInt32LE())],
  [0x68, 'BINGET', (m) => get(m, take(m, 1)[0] ?? 0)],
  [0x6a, 'LONG_BINGET', (m) => get(m, take(m, 4).readUInt32LE())],
  // What a hook answers for.
  [0x63, 'GLOBAL', (m) => push(m, m.hooks.global(line(m), line(m)))],
  [0x51, 'BINPERSID', (m) => push(m, m.hooks.persistent(pop(m)))],
  [
    0x52,
    'REDUCE',
    (m) => {
      const args = pop(m)
      if (!isTuple(args)) throw m.hooks.refuse('its pickle calls something with no arguments')
      push(m, m.hooks.call(pop(m), args))
    },
  ],
  /** An object's further state: `_metadata` of a state dict. Nothing we build has any. */
  [
    0x62,
    'BUILD',
    (m) => {
      last(m, 1)
      top(m)
    },
  ],
]

const runs = new Map(operations.map(([code, , run]) => [code, run]))

/** Named in the refusal only: most of these could build or call something. */
const otherNames = new Map([
  [0x30, 'POP'],
  [0x31, 'POP_MARK'],
  [0x32, 'DUP'],
  [0x50, 'PERSID'],
  [0x69, 'INST'],
  [0x6f, 'OBJ'],
  [0x81, 'NEWOBJ'],
  [0x82, 'EXT1'],
  [0x83, 'EXT2'],
  [0x84, 'EXT4'],
  [0x8b, 'LONG4'],
  [0x92, 'NEWOBJ_EX'],
  [0x93, 'STACK_GLOBAL'],
  [0x95, 'FRAME'],
])

const nameOf = (code: number) => otherNames.get(code) ?? `0x${code.toString(16).padStart(2, '0')}`

function take(m: Machine, length: number): Buffer {
  if (m.at + length > m.bytes.length) throw m.hooks.refuse('its pickle ends too early')
  m.at += length
  return m.bytes.subarray(m.at - length, m.at)
}

function line(m: Machine): string {
  const end = m.bytes.indexOf(0x0a, m.at)
  if (end < 0 || end - m.at > mostNameBytes) throw m.hooks.refuse('its pickle has a name without an end')
  const text = m.bytes.toString('latin1', m.at, end)
  m.at = end + 1
  return text
}

function push(m: Machine, value: Pickled): void {
  m.stack.push(value)
}

function pop(m: Machine): Pickled {
  return last(m, 1)[0]
}

function top(m: Machine): Pickled {
  const values = last(m, 1)
  m.stack.push(...values)
  return values[0]
}

function last(m: Machine, count: number): Pickled[] {
  if (m.stack.length < count) throw m.hooks.refuse('its pickle takes more than it has')
  return m.stack.splice(-count, count)
}

function sinceMark(m: Machine): Pickled[] {
  const below = m.below.pop()
  if (!below) throw m.hooks.refuse('its pickle takes more than it has')
  const values = m.stack
  m.stack = below
  return values
}

const tuple = (values: Pickled[]) => Object.freeze(values)

/** Frozen arrays are tuples: nothing is ever put into them. */
export function isTuple(value: Pickled): value is readonly Pickled[] {
  return Array.isArray(value) && Object.isFrozen(value)
}

const isList = (value: Pickled): value is Pickled[] => Array.isArray(value) && !Object.isFrozen(value)

function append(m: Machine, values: readonly Pickled[]): void {
  const list = top(m)
  if (!isList(list)) throw m.hooks.refuse('its pickle appends to what is no list')
  for (const value of values) list.push(value)
}

function setItems(m: Machine, items: readonly Pickled[]): void {
  const dict = top(m)
  if (!(dict instanceof Map) || items.length % 2) throw m.hooks.refuse('its pickle has a broken dict')
  for (let i = 0; i < items.length; i += 2) dict.set(items[i], items[i + 1])
}

function put(m: Machine, index: number): void {
  if (m.memo.size >= mostMemo) throw m.hooks.refuse('its pickle remembers too much')
  m.memo.set(index, top(m))
}

function get(m: Machine, index: number): void {
  if (!m.memo.has(index))
    throw m.hooks.refuse(`its pickle recalls ${shown(String(index))}, which it never kept`)
  push(m, m.memo.get(index))
}

/** Little-endian, two's complement. Beyond a safe integer it is no number that we use: NaN, which no check passes. */
function long(bytes: Buffer): number {
  if (bytes.length > 8) return Number.NaN
  let value = 0n
  for (const byte of bytes.toReversed()) value = (value << 8n) | BigInt(byte)
  const number = Number(BigInt.asIntN(bytes.length * 8, value))
  return Number.isSafeInteger(number) ? number : Number.NaN
}
