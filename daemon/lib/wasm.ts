/**
 * A small WebAssembly assembler (pure): the instructions that our kernels need, by their names in the specification
 * (WebAssembly 2.0, chapter 5), and the module around them. It knows nothing of what they compute.
 */

/** Bytes of the binary format. An instruction is written with its operands, whose bytes come first. */
export type Code = readonly number[]

/** A number as the format writes lengths, indices and offsets: seven bits a byte, lowest first (LEB128). */
function unsigned(value: number): number[] {
  const low = value & 0x7f
  const rest = value >>> 7
  return rest === 0 ? [low] : [low | 0x80, ...unsigned(rest)]
}

/** The same for numbers with a sign: the last byte's bit 6 is the sign. */
function signed(value: number): number[] {
  const low = value & 0x7f
  const rest = value >> 7
  const last = (low & 0x40) === 0 ? rest === 0 : rest === -1
  return last ? [low] : [low | 0x80, ...signed(rest)]
}

const simd = (opcode: number): number[] => [0xfd, ...unsigned(opcode)]

// What stands in a memory instruction before its offset: the alignment promised, as a power of two.
const by4 = 2
const by16 = 4

export const local = {
  get: (index: number): Code => [0x20, ...unsigned(index)],
  set: (index: number, value: Code): Code => [...value, 0x21, ...unsigned(index)],
  tee: (index: number, value: Code): Code => [...value, 0x22, ...unsigned(index)],
}

export const i32 = {
  const: (value: number): Code => [0x41, ...signed(value)],
  ltU: (a: Code, b: Code): Code => [...a, ...b, 0x49],
  add: (a: Code, b: Code): Code => [...a, ...b, 0x6a],
  load: (address: Code, offset = 0): Code => [...address, 0x28, by4, ...unsigned(offset)],
  store: (address: Code, value: Code, offset = 0): Code => [
    ...address,
    ...value,
    0x36,
    by4,
    ...unsigned(offset),
  ],
}

export const v128 = {
  load: (address: Code, offset = 0): Code => [...address, ...simd(0x00), by16, ...unsigned(offset)],
  zero: [...simd(0x0c), ...new Array<number>(16).fill(0)] as Code,
}

export const i32x4 = {
  extractLane: (lanes: Code, lane: number): Code => [...lanes, ...simd(0x1b), lane],
  add: (a: Code, b: Code): Code => [...a, ...b, ...simd(0xae)],
  /** Products of eight numbers of 16 bits each, two neighbours added to one of 32 bits. */
  dotI16x8S: (a: Code, b: Code): Code => [...a, ...b, ...simd(0xba)],
}

/** Runs the statements again while the last of them, a number, is not 0. */
export function loopWhile(...statements: readonly Code[]): Code {
  const [loop, noResult, brIf, outermost, end] = [0x03, 0x40, 0x0d, 0, 0x0b]
  return [loop, noResult, ...statements.flat(), brIf, outermost, end]
}

const types = { i32: 0x7f, v128: 0x7b }

export interface Func {
  readonly name: string
  /** How many parameters it takes, all `i32`; it answers nothing. They are its first locals. */
  readonly params: number
  /** Its other locals, all 0 at first. */
  readonly locals: readonly (keyof typeof types)[]
  readonly body: Code
}

const list = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()]
const sized = (bytes: Code): Code => [...unsigned(bytes.length), ...bytes]
const text = (value: string): Code => sized([...new TextEncoder().encode(value)])
const section = (id: number, items: readonly Code[]): Code => [id, ...sized(list(items))]

/** A module that exports the functions and works on the memory it is given as import `host.memory`. */
export function assemble(functions: readonly Func[]): Uint8Array<ArrayBuffer> {
  const signature = ({ params }: Func): Code => [
    0x60,
    ...list(new Array<Code>(params).fill([types.i32])),
    ...list([]),
  ]
  const code = ({ locals, body }: Func): Code =>
    sized([...list(locals.map((type) => [1, types[type]])), ...body, 0x0b])
  const memory: Code = [...text('host'), ...text('memory'), 0x02, 0x00, 0x01]
  const exported = ({ name }: Func, index: number): Code => [...text(name), 0x00, ...unsigned(index)]
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, functions.map(signature)),
    ...section(2, [memory]),
    ...section(
      3,
      functions.map((_, index) => unsigned(index)),
    ),
    ...section(7, functions.map(exported)),
    ...section(10, functions.map(code)),
  ])
}
