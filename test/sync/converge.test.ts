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
import { live } from './life.ts'
import { seeded, startMs } from './programs.ts'

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
  const seeds = count === 2 ? 40 : 20
  t.test(`${count} boxes, ${seeds} random lives: all agree once each has heard all`, async (t) => {
    for (let seed = 1; seed <= seeds; seed++) {
      const { horses, corrections, known, lost } = live(seed, count)
      const [first, ...others] = known
      t.ok(first?.horses.length === horses && first.corrections.length === corrections)
      for (const other of others) t.strictSame(other, first, `seed ${seed}`)
      t.strictSame(lost, [], `seed ${seed}: the latest word on each field is what is left`)
    }
  })
}
