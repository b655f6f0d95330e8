import fc from 'fast-check'
import t from 'tap'
import { createUsual } from '../../daemon/identity/usual.ts'
import { near } from './vectors.ts'

function usualOf(...all: number[]) {
  const usual = createUsual()
  for (const odds of all) usual.add(odds)
  return usual
}

t.test('while little is known nothing surprises', async (t) => {
  t.equal(usualOf().surprise(-100), 0)
  t.equal(usualOf(8, 8).surprise(-100), 0)
  t.ok(usualOf(8, 8, 8).surprise(-100) > 0)
})

t.test('looks that follow one another are too alike: a small difference is none', async (t) => {
  const usual = usualOf(8, 8, 8, 8)
  t.equal(usual.surprise(8 - 4.5), 0, 'three of the least deviations')
  t.ok(near(usual.surprise(8 - 6), 1), 'one more')
  t.equal(usual.surprise(-100), 4, 'there is a most')
})

t.test('what varies much surprises less', async (t) => {
  // Deviation 4 around 4.
  const usual = usualOf(0, 8, 0, 8)
  t.equal(usual.surprise(-8), 0)
  t.ok(near(usual.surprise(-10), 0.5))
})

t.test('fitting better than usual is no surprise', async (t) => {
  t.equal(usualOf(-1, -1, -1).surprise(50), 0)
})

t.test('mean and deviation are those of all that was added', async (t) => {
  const odds = fc.double({ min: -20, max: 20, noNaN: true })
  fc.assert(
    fc.property(fc.array(odds, { minLength: 3, maxLength: 40 }), odds, (all, asked) => {
      const mean = all.reduce((sum, one) => sum + one, 0) / all.length
      const variance = all.reduce((sum, one) => sum + (one - mean) ** 2, 0) / all.length
      const off = (mean - asked) / Math.max(Math.sqrt(variance), 1.5) - 3
      return near(usualOf(...all).surprise(asked), Math.min(Math.max(off, 0), 4))
    }),
  )
  t.pass('held')
})
