/**
 * A horse that two boxes know apart: each is asked whether the two are one, and neither says so by itself.
 */
import t from 'tap'
import { createCalibration } from '../../daemon/barn-calibration.ts'
import { createSuggestions } from '../../daemon/barn-suggest.ts'
import { systemClock } from '../../daemon/lib/clock.ts'
import { scopes } from '../../daemon/pipeline/scope.ts'
import { createHub } from './hub.ts'
import { kind, meetHorse, unit, yard } from './looks.ts'
import { type Box, openBox, startMs } from './programs.ts'

t.test('horses of two boxes that look alike are suggested to be one, with a barn of one scope', async (t) => {
  const [one, two] = ['1', '2'].map((name) => openBox(name, { ms: startMs })) as [Box, Box]
  for (const { registry } of [one, two]) {
    registry.embedders.note(kind)
    registry.embedders.use(kind.id)
  }
  // What all horses of a camera have in common is left out of account: there must be many.
  const looks = Array.from({ length: 30 }, () => {
    const face = unit()
    return Array.from({ length: 4 }, () => unit(face, 0.2))
  })
  const here = looks.map((some, n) => meetHorse(one, some, `Here ${n}`))[2]
  const there = meetHorse(
    two,
    (looks[2] ?? []).map((look) => unit(look, 0.05)),
    null,
  )
  for (let n = 0; n < 29; n++) meetHorse(two, [unit(), unit()], `There ${n}`)
  const hub = createHub(50, () => false)
  for (const box of [one, two, one]) {
    hub.push(box.registry)
    hub.pull(box.registry, box.nowMs())
  }
  for (const { registry } of [one, two]) {
    const scopeOf = scopes('barn')
    const overlap = () => false
    const calibration = createCalibration(registry, { scopeOf, overlap, clock: systemClock })
    const pairs = createSuggestions(registry, { scopeOf, overlap, calibration })(yard)
    t.same(
      pairs.map(({ horse, into }) => [horse.id, into.id]),
      [[there, here]],
      'the one with a name goes on',
    )
    t.equal(registry.horses.get(there)?.id, there, 'nobody has merged them')
    registry[Symbol.dispose]()
  }
})
