/**
 * Photos by which simulated horses are enrolled: as many as are kept, and like the horse that they are of.
 */
import t from 'tap'
import { dot } from '../../daemon/lib/dot.ts'
import { mostPhotos } from '../../daemon/pipeline/photo.ts'
import { enrolmentPhotos } from '../../scripts/simulator/enrolment.ts'
import { plan as rules, stallModel } from '../../scripts/simulator/parameters.ts'
import { makePlan } from '../../scripts/simulator/stall/plan.ts'

const { enrolment, look } = stallModel('mixed')
const photosOf = (seed: string) => enrolmentPhotos(enrolment, makePlan(rules, seed), 'mixed', look)
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

t.test('residents have as many photos as the daemon keeps, strangers none', async (t) => {
  const plan = makePlan(rules, 'photos')
  const photos = photosOf('photos')
  t.same([...photos.keys()], [...Array(plan.residents).keys()])
  for (const [, own] of photos) t.equal(own.length, mostPhotos)
  t.ok([...photos.values()].flat().every((vector) => Math.abs(dot(vector, vector) - 1) < 1e-5))
})

t.test('they are the same at every run, and others of another plan', async (t) => {
  const tell = (seed: string) => [...photosOf(seed).values()].flat().map((vector) => vector[0])
  t.same(tell('photos'), tell('photos'))
  t.notSame(tell('photos'), tell('others'))
})

t.test('photos of one horse are more alike than those of two', async (t) => {
  const all = [...photosOf('photos').values()]
  const likeness = (isSame: boolean) =>
    mean(
      all.flatMap((own, horse) =>
        all.flatMap((theirs, other) =>
          (horse === other) === isSame
            ? own.flatMap((a) => theirs.filter((b) => a !== b).map((b) => dot(a, b)))
            : [],
        ),
      ),
    )
  t.ok(likeness(true) > likeness(false) + 0.05, `${likeness(true)}, ${likeness(false)}`)
})
