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
    const run = opcodes[code]
    if (!run) throw hooks.refuse(`its pickle uses the operation ${nameOf(code)}, which is not allowed`)
    run(machine)
    if (machine.stack.length > mostStack) throw hooks.refuse('its pickle piles up too much')
  }
  throw hooks.refuse('its pickle has too many steps')
}

const stop = 0x2e

const opcodes: Readonly<Record<number, (machine: Machine) => void>> = {
  128: (m) => {
    const protocol = take(m, 1)[0]
    if (protocol !== 2) throw m.hooks.refuse(`its pickle has protocol ${protocol}, not 2`)
  },
  40: (m) => {
    if (m.below.length >= mostMarks) throw m.hooks.refuse('its pickle is nested too deep')
    m.below.push(m.stack)
    m.stack = []
  },
  // Constants.
  78: (m) => push(m, null),
  136: (m) => push(m, true),
  137: (m) => push(m, false),
  74: (m) => push(m, take(m, 4).readInt32LE()),
  75: (m) => push(m, take(m, 1)[0]),
  77: (m) => push(m, take(m, 2).readUInt16LE()),
  138: (m) => push(m, long(take(m, take(m, 1)[0] ?? 0))),
  71: (m) => push(m, take(m, 8).readDoubleBE()),
  88: (m) => push(m, take(m, take(m, 4).readUInt32LE()).toString('utf8')),
  // Containers.
  125: (m) => push(m, new Map()),
  93: (m) => push(m, []),
  41: (m) => push(m, tuple([])),
  133: (m) => push(m, tuple(last(m, 1))),
  134: (m) => push(m, tuple(last(m, 2))),
  135: (m) => push(m, tuple(last(m, 3))),
  116: (m) => push(m, tuple(sinceMark(m))),
  97: (m) => append(m, last(m, 1)),
  101: (m) => append(m, sinceMark(m)),
  115: (m) => setItems(m, last(m, 2)),
  117: (m) => setItems(m, sinceMark(m)),
  // Memo.
  113: (m) => put(m, take(m, 1)[0] ?? 0),
  114: (m) => put(m, take(m, 4).readUInt32LE()),
  104: (m) => get(m, take(m, 1)[0] ?? 0),
  106: (m) => get(m, take(m, 4).readUInt32LE()),
  // What a hook answers for.
  99: (m) => push(m, m.hooks.global(line(m), line(m))),
  81: (m) => push(m, m.hooks.persistent(pop(m))),
  82: (m) => {
    const args = pop(m)
    if (!isTuple(args)) throw m.hooks.refuse('its pickle calls something with no arguments')
    push(m, m.hooks.call(pop(m), args))
  },
  /** An object's further state: `_metadata` of a state dict. Nothing we build has any. */
  98: (m) => {
    last(m, 1)
    top(m)
  },
}

/** Names for the message only: each of these could build or call something. */
const otherNames: Readonly<Record<number, string>> = {
  48: 'POP',
  49: 'POP_MARK',
  50: 'DUP',
  80: 'PERSID',
  105: 'INST',
  111: 'OBJ',
  129: 'NEWOBJ',
  130: 'EXT1',
  131: 'EXT2',
  132: 'EXT4',
  139: 'LONG4',
  146: 'NEWOBJ_EX',
  147: 'STACK_GLOBAL',
  149: 'FRAME',
}

const nameOf = (code: number) => otherNames[code] ?? `0x${code.toString(16).padStart(2, '0')}`

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
