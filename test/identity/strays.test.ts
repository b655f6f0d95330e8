import fc from 'fast-check'
import t from 'tap'
import { createGallery, type GalleryVector } from '../../daemon/identity/gallery.ts'
import { leadToAccept } from '../../daemon/identity/odds.ts'
import { type Space, vectorOf } from '../../daemon/identity/space.ts'
import { meanOf, unit } from '../../daemon/identity/vectors.ts'
import { dot } from '../../daemon/lib/dot.ts'
import { byHorse, heardIn, herdOf, oddsOf, roundingAt, rules, threeKnown } from './search.ts'
import { horseId, stored, yardScope } from './vectors.ts'

/** By plain arithmetic: how much better each vector fits another horse's mean than its own horse's, in log odds. */
function strangenessIn(space: Space, all: readonly GalleryVector[]): Map<number, number> {
  const horses = byHorse(all)
  const means = new Map(
    [...horses].map(([horse, own]) => {
      const placed = own.map((one) => space.place(one))
      const mean = meanOf(
        placed.map(vectorOf),
        placed.map(({ weight }) => weight),
      )
      return [horse, unit(space.bare(mean))]
    }),
  )
  return new Map(
    all.map((one) => {
      const bare = unit(space.bare(vectorOf(space.place(one))))
      const odds = (mean: Float32Array) => oddsOf(dot(mean, bare), space)
      const others = [...means].filter(([horse]) => horse !== one.horseId).map(([, mean]) => odds(mean))
      return [one.id, Math.max(...others) - odds(means.get(one.horseId) as Float32Array)]
    }),
  )
}

t.test(
  'what was given to the wrong horse says nothing, and a horse is never left with nothing',
  async (t) => {
    const { herd, all } = herdOf(5, 12)
    const strays = herd.looks(3, 2).map(({ vector }) => stored('1', vector))
    const gallery = createGallery(rules, [...all, ...strays])
    t.same(
      heardIn(gallery, [...all, ...strays]).map(({ id }) => id),
      all.map(({ id }) => id),
    )
    const look = herd.look(3)
    const [odds] = gallery.odds(yardScope, [vectorOf(gallery.space(yardScope).place(look))])
    t.ok((odds?.get(horseId('1')) ?? 0) < 0 && (odds?.get(horseId('3')) ?? 0) > 1)
    fc.assert(
      fc.property(threeKnown, (vectors) => {
        const random = createGallery(rules, vectors)
        const space = random.space(yardScope)
        const strangeness = strangenessIn(space, vectors)
        const heard = new Set(heardIn(random, vectors).map(({ id }) => id))
        return [...byHorse(vectors).values()].every((own) => {
          if (own.every(({ id }) => heard.has(id))) return true
          if (!own.some(({ id }) => heard.has(id))) return false
          return own.every((one) => {
            const beyond = (strangeness.get(one.id) ?? 0) - leadToAccept
            const length = space.length(vectorOf(space.place(one)))
            return heard.has(one.id) === beyond < 0 || Math.abs(beyond) < roundingAt(length)
          })
        })
      }),
    )
  },
)
