/**
 * The registry under load, killed without a word 25 times; `scripts/campaigns/kill.ts` does it 200 times. The whole daemon is
 * killed in `test/system/kill.test.ts`.
 */
import t from 'tap'
import { killLives, type Moment } from '../../scripts/campaigns/kill/barns.ts'

const deaths = 25
t.setTimeout(300_000)

t.test(`killed ${deaths} times: nothing is half written, forgotten or given twice`, async (t) => {
  const said = new Map<Moment, number>()
  const lost: number[] = []
  for await (const death of killLives(deaths, 'test')) {
    t.same(death.faults, [], `${death.moment} + ${death.afterMs.toFixed(1)} ms`)
    said.set(death.moment, (said.get(death.moment) ?? 0) + death.said)
    lost.push(death.lostMs)
  }
  t.equal(lost.length, deaths)
  t.same([...said.keys()].sort(), ['birth', 'close', 'load', 'migration', 'open', 'watch'])
  t.ok((said.get('load') ?? 0) > 100, 'there was a load')
  t.comment(
    `${[...said.values()].reduce((sum, one) => sum + one)} facts; at most ${Math.max(...lost)} ms lost`,
  )
})
