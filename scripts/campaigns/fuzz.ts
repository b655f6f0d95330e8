/**
 * Asks a box so many times whatever its API's document allows and forbids, as everybody, and says what it answered.
 *
 *   scripts/on-node node scripts/campaigns/fuzz.ts [--runs 20000] [--seed SEED]
 *
 * Exits with 1 at the first answer that is late, is not in the document, takes what is too large or forbidden, or is a
 * fault of the box's own; the seed makes the same come again.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { fuzz } from '../../test/http/fuzz.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
})
const folder = mkdtempSync(join(tmpdir(), 'barnbox-fuzz-'))
const ends: (() => unknown)[] = [() => rmSync(folder, { recursive: true })]
try {
  const asked = await fuzz((end) => ends.unshift(end), folder, {
    runs: Number(values.runs),
    seed: Number(values.seed),
  })
  const { found, faults, statuses, succeeded, operations } = asked
  for (const fault of faults) process.stdout.write(`FAULT ${JSON.stringify(fault)}\n`)
  if (found !== undefined) process.stdout.write(`FAULT ${found}\n`)
  process.stdout.write(
    `${asked.asked} requests, seed ${values.seed}: ${JSON.stringify(statuses)}; ` +
      `${succeeded.size} of ${operations} operations did what was asked\n`,
  )
  process.exitCode = found === undefined && faults.length === 0 ? 0 : 1
} finally {
  for (const end of ends) await end()
}
