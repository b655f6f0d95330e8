/** The main job as `scripts/demo --check` shows it: known horses come back changed, after a restart too. */
import t from 'tap'
import { ownerOf } from '../../scripts/demonstration/score.ts'
import { noSystem, runCheck } from './harness.ts'

t.setTimeout(240_000)

t.test('the pan over the herd', { skip: await noSystem() }, async (t) => {
  const { code, figures, said } = await runCheck([])
  t.comment(JSON.stringify(figures))
  if (said !== '') t.comment(said)
  t.equal(code, 0, said)
  t.equal(figures.ok, true)
  const owners = Object.values(figures.ids).map((seenOn) => ownerOf(new Map(Object.entries(seenOn))).horse)
  for (const horse of ['dark-grey', 'grey-mare', 'standing-foal', 'black', 'chestnut']) {
    t.ok(owners.includes(horse), `the ${horse} has an id`)
  }
  t.ok(figures.ids_created <= 6, `${figures.ids_created} ids were created`)
  t.ok(figures.least_purity >= 0.9, `each id is one horse: at least ${figures.least_purity}`)
  t.equal(figures.cameras, 1)
  t.ok(figures.frames > 0 && figures.fps > 0 && figures.ms_to_first_horse > 0)
})
