import fc from 'fast-check'
import t from 'tap'
import { assemble, type Code, type Func, i32, i32x4, local, loopWhile, v128 } from '../../daemon/lib/wasm.ts'

interface Host {
  Memory: new (size: { initial: number }) => { buffer: ArrayBuffer }
  Module: new (code: Uint8Array) => object
  Instance: new (
    module: object,
    imports: object,
  ) => { exports: Record<string, (...values: number[]) => void> }
  validate(code: Uint8Array): boolean
}
const wasm = (globalThis as unknown as { WebAssembly: Host }).WebAssembly

/** Runs one function on a memory that begins with these numbers, and answers the memory. */
function run(
  func: Partial<Func> & { body: Code },
  numbers: readonly number[],
  ...values: number[]
): Int32Array {
  const memory = new wasm.Memory({ initial: 40 })
  const ints = new Int32Array(memory.buffer)
  ints.set(numbers)
  const code = assemble([{ name: 'f', params: 0, locals: [], ...func }])
  new wasm.Instance(new wasm.Module(code), { host: { memory } }).exports['f']?.(...values)
  return ints
}

const first = i32.const(0)

t.test('numbers of any length are written as they are read', async (t) => {
  const edges = fc.constantFrom(0, 63, 64, 127, 128, 8191, 8192, 16383, 16384, 1 << 20, (1 << 20) - 1)
  fc.assert(
    fc.property(fc.oneof(edges, fc.nat(1 << 20)), fc.oneof(edges, fc.nat(1 << 20)), (near, far) => {
      // Whole numbers of four bytes: the address is a sum of one below zero, one above and an offset.
      const [low, high, offset] = [-4 * (near >> 2), 4 * (near >> 2) + 4 * (far >> 3), 4 * (far >> 3)]
      const value = i32x4.extractLane(v128.load(first), 2)
      const address = i32.add(i32.const(low), i32.const(high))
      const memory = run({ body: i32.store(address, value, offset) }, [1, 2, 35, 4])
      return memory[(low + high + offset) / 4] === 35
    }),
  )
  t.pass('held')
})

t.test(
  'eight numbers of 16 bits are multiplied at once, and neighbours added; four of 32 bits are added',
  async (t) => {
    const small = fc.integer({ min: -32_767, max: 32_767 })
    const eight = fc.array(small, { minLength: 8, maxLength: 8 })
    fc.assert(
      fc.property(eight, eight, (a, b) => {
        const [left, right] = [v128.load(first), v128.load(first, 16)]
        const both = i32x4.add(i32x4.dotI16x8S(left, right), left)
        const store = (lane: number) => i32.store(first, i32x4.extractLane(both, lane), 32 + 4 * lane)
        // Backwards: none of the stores is read again.
        const given = new Int32Array(Int16Array.from([...a, ...b]).buffer)
        const memory = run({ body: [0, 1, 2, 3].flatMap(store) }, [...given])
        const product = (at: number) => (a[at] as number) * (b[at] as number)
        return [0, 1, 2, 3].every(
          (lane) =>
            memory[8 + lane] === ((product(2 * lane) + product(2 * lane + 1) + (given[lane] as number)) | 0),
        )
      }),
    )
    t.pass('held')
  },
)

t.test(
  'a loop runs once and on while its condition holds; locals and parameters keep their values',
  async (t) => {
    const [from, to, sum] = [0, 1, 2]
    const body = [
      ...local.set(sum, v128.zero),
      ...loopWhile(
        local.set(sum, i32x4.add(local.get(sum), v128.load(i32.load(local.get(from), 400)))),
        i32.ltU(local.tee(from, i32.add(local.get(from), i32.const(4))), local.get(to)),
      ),
      ...i32.store(
        first,
        i32.add(i32x4.extractLane(local.get(sum), 0), i32x4.extractLane(local.get(sum), 3)),
        160,
      ),
    ]
    const numbers = Array.from({ length: 32 }, (_, index) => index + 1)
    const func = { params: 2, locals: ['v128'] as const, body }
    // The places read are all 0: the first four numbers, once a turn.
    t.equal(run(func, numbers, 0, 0)[40], 1 + 4)
    t.equal(run(func, numbers, 0, 12)[40], 3 * (1 + 4))
  },
)

t.test('several functions stand in one module', async (t) => {
  const store = (name: string, offset: number): Func => ({
    name,
    params: 0,
    locals: [],
    body: i32.store(first, i32x4.extractLane(v128.load(first), 1), offset),
  })
  const memory = new wasm.Memory({ initial: 1 })
  const ints = new Int32Array(memory.buffer)
  ints[1] = 7
  const { exports } = new wasm.Instance(new wasm.Module(assemble([store('a', 16), store('b', 20)])), {
    host: { memory },
  })
  exports['b']?.()
  t.same([...ints.subarray(4, 6)], [0, 7])
  exports['a']?.()
  t.same([...ints.subarray(4, 6)], [7, 7])
})
