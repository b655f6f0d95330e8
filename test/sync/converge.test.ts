/**
 * Several boxes, apart and together, by the pure rules alone: they come to the same, whatever the order, and however often one dies.
 */
import fc from 'fast-check'
import t, { type Test } from 'tap'
import type { Stamp } from '../../daemon/lib/hlc.ts'
import {
  later,
  mergeCorrections,
  mergeHorses,
  standingOf,
  type Verdict,
} from '../../daemon/registry/converge.ts'
import type { CorrectionState, HorseState, Register } from '../../daemon/sync-types.ts'
import type { CorrectionId, HorseId } from '../../daemon/types.ts'
import { createHub } from './hub.ts'
import { everything, happen, known, openBox, seeded, startMs } from './programs.ts'

const stamp = fc
  .tuple(
    fc.integer({ min: 0, max: 3 }),
    fc.integer({ min: 0, max: 1 }),
    fc.constantFrom('aaaaaaaaaaaa', 'bbbbbbbbbbbb'),
  )
  .map(([ms, count, box]) => `00000000000${ms}-000${count}-${box}` as Stamp)
// A box gives no stamp twice: what it says is a matter of the stamp.
const register = stamp.map((at): Register => ({ at, by: at.slice(-2), v: `as of ${at}` }))
const horse: fc.Arbitrary<HorseState> = fc
  .record({
    confirmed: fc.boolean(),
    fields: fc.dictionary(fc.constantFrom('name', 'notes', 'age'), register),
  })
  .map((said) => ({
    ...{
      id: 'h' as HorseId,
      box: 'aaaaaaaaaaaa',
      stream: 'yard',
      number: 1,
      color: '#112233',
      firstMs: startMs,
    },
    ...said,
  }))
const correction: fc.Arbitrary<CorrectionState> = fc
  .option(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom('anna', 'ben', null)))
  .map((undone) => ({
    ...({
      id: 'c' as CorrectionId,
      kind: 'merge',
      streamBox: 'aaaaaaaaaaaa',
      stream: 'yard',
      atMs: startMs,
    } as const),
    ...{ horse: 'h' as HorseId, other: 'i' as HorseId, stamp: '' as Stamp, actor: null, inherited: [] },
    ...{ undoneMs: undone?.[0] ?? null, undoneBy: undone?.[1] ?? null },
  }))

function holds<T>(t: Test, of: fc.Arbitrary<T>, merge: (one: T, other: T) => T): void {
  const same = (one: T, other: T) => t.strictSame(sorted(one), sorted(other)) || t.fail('differs')
  fc.assert(
    fc.property(of, of, of, (a, b, c) => {
      same(merge(a, b), merge(b, a))
      same(merge(merge(a, b), c), merge(a, merge(b, c)))
      same(merge(merge(a, b), b), merge(a, b))
    }),
  )
}

const sorted = (value: unknown): unknown =>
  value !== null && typeof value === 'object'
    ? Object.fromEntries(
        Object.entries(value)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, inner]) => [key, sorted(inner)]),
      )
    : value

t.test('each merge is commutative, associative and idempotent', async (t) => {
  holds(t, register, later)
  holds(t, horse, mergeHorses)
  holds(t, correction, mergeCorrections)
})

t.test(
  'who is there depends on what was said, not on the order in which it is heard; nobody goes in circles',
  async (t) => {
    const name = fc.constantFrom('h', 'i', 'j', 'k') as unknown as fc.Arbitrary<HorseId>
    const verdict = fc.record({
      kind: fc.constantFrom('merge', 'merge', 'delete', 'split'),
      horse: name,
      other: name,
      atMs: fc.integer({ min: 1, max: 9 }),
      undoneMs: fc.option(fc.integer({ min: 1, max: 9 })),
    })
    fc.assert(
      fc.property(fc.array(verdict, { maxLength: 9 }), fc.integer(), (said, seed) => {
        const random = seeded(seed)
        const verdicts = said.map(
          (one, n): Verdict => ({ ...one, id: `c${n}` as CorrectionId, stamp: `${n}` as Stamp }),
        )
        const shuffled = verdicts.toSorted(() => random() - 0.5)
        const { aliases, deleted } = standingOf(verdicts)
        const again = standingOf(shuffled)
        t.strictSame(sorted(Object.fromEntries(aliases)), sorted(Object.fromEntries(again.aliases)))
        t.strictSame(sorted(Object.fromEntries(deleted)), sorted(Object.fromEntries(again.deleted)))
        for (const start of aliases.keys()) {
          let at: HorseId | undefined = start
          for (let steps = 0; at !== undefined; steps++) {
            if (steps > 4) throw new Error('a circle')
            at = aliases.get(at)?.into
          }
        }
      }),
    )
  },
)

for (const count of [2, 5]) {
  const seeds = count === 2 ? 30 : 12
  t.test(`${count} boxes, ${seeds} random lives: all agree once each has heard all`, async (t) => {
    for (let seed = 1; seed <= seeds; seed++) {
      const random = seeded(seed * 7919 + count)
      const time = { ms: startMs }
      const hub = createHub(1 + Math.floor(random() * 20), () => random() < 0.1)
      const boxes = Array.from({ length: count }, (_, n) => openBox(`${n}`, time, n * 40_000))
      for (let step = 0; step < 40 * count; step++) {
        time.ms += Math.floor(random() * 3000)
        const box = boxes[Math.floor(random() * count)]
        if (!box) continue
        const what = random()
        if (what < 0.12) hub.push(box.registry)
        else if (what < 0.24) hub.pull(box.registry, box.nowMs())
        else happen(box, random)
      }
      for (let round = 0; round < 12; round++) {
        for (const { registry } of boxes) hub.push(registry)
        for (const { registry, nowMs } of boxes) hub.pull(registry, nowMs())
      }
      const { ids, corrections } = everything(boxes)
      const [first, ...others] = boxes.map((box) => known(box, ids, corrections))
      t.ok(first && first.horses.length === ids.length && first.corrections.length === corrections.length)
      for (const other of others)
        if (!t.strictSame(other, first, `seed ${seed}`))
          throw new Error(`seed ${seed} of ${count} boxes differs`)
      for (const { registry } of boxes) registry[Symbol.dispose]()
    }
  })
}
