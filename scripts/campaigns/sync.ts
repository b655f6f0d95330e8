/**
 * Lets boxes edit the same horses apart and meet, so many times, and says where they did not come to the same.
 *
 *   scripts/on-node node scripts/campaigns/sync.ts [--seeds 1000] [--from 1]
 *
 * Exits with 1 where two boxes know different things once each has heard all, or a word is lost that was the latest.
 */
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { live } from '../../test/sync/life.ts'

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '1000' }, from: { type: 'string', default: '1' } },
})
const found = { lives: 0, horses: 0, corrections: 0, apart: 0 }
for (let seed = Number(values.from); seed < Number(values.from) + Number(values.seeds); seed++) {
  for (const count of [2, 5]) {
    const { horses, corrections, known, lost } = live(seed, count)
    const [first, ...others] = known
    const isOne = lost.length === 0 && others.every((other) => isDeepStrictEqual(other, first))
    found.lives++
    found.horses += horses
    found.corrections += corrections
    if (isOne && first?.horses.length === horses && first.corrections.length === corrections) continue
    found.apart++
    process.stdout.write(`seed ${seed}, ${count} boxes: APART\n`)
  }
  if (seed % 100 === 0) process.stdout.write(`${seed}\n`)
}
process.stdout.write(
  `${found.lives} lives, ${found.horses} horses, ${found.corrections} corrections; ${found.apart} came apart\n`,
)
process.exitCode = found.apart === 0 && found.lives > 0 ? 0 : 1
