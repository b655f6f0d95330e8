/**
 * Kills the registry under load so many times, and says what was left each time.
 *
 *   scripts/on-node node scripts/campaigns/kill.ts [--deaths 200] [--seed SEED]
 *
 * Exits with 1 when anything was half written, forgotten or given twice, or more than a second of last-seen was lost.
 */
import { parseArgs } from 'node:util'
import { killLives } from './kill/barns.ts'

const { values } = parseArgs({
  options: { deaths: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } },
})
const found = { deaths: 0, facts: 0, faulty: 0, mostLostMs: 0 }
for await (const { moment, afterMs, said, faults, lostMs } of killLives(Number(values.deaths), values.seed)) {
  found.deaths++
  found.facts += said
  if (faults.length > 0) found.faulty++
  found.mostLostMs = Math.max(found.mostLostMs, lostMs)
  const at = `${moment} + ${afterMs.toFixed(1)} ms`.padEnd(24)
  process.stdout.write(`${String(found.deaths).padStart(4)}  ${at} ${said} facts, ${lostMs} ms lost\n`)
  for (const fault of faults) process.stdout.write(`      FAULT ${fault}\n`)
}
process.stdout.write(
  `${found.deaths} deaths, ${found.facts} facts, ${found.faulty} with faults; ` +
    `at most ${found.mostLostMs} ms of last-seen lost\n`,
)
process.exitCode = found.faulty === 0 && found.deaths > 0 ? 0 : 1
