/** What the doctor makes of the machine's figures. (That each is asked for: cli.test.ts.) */
import t from 'tap'
import { judgeClock, judgeMemory } from '../../daemon/commands/doctor-machine.ts'

t.test('a clock', async (t) => {
  const made = Date.UTC(2026, 10, 1)
  const now = Date.UTC(2026, 10, 28, 12)
  t.equal(judgeClock(now, made, true), '2026-11-28 12:00 UTC, set by NTP')
  t.match(judgeClock(now, made, undefined), /not known here/)
  t.throws(() => judgeClock(now, made, false), { message: /nobody sets the clock/ })
  t.throws(() => judgeClock(Date.UTC(2025, 10, 28), made, true), { message: /before this program was made/ })
  t.throws(() => judgeClock(Date.UTC(2036, 10, 28), made, true), { message: /years after this program/ })
})

t.test('memory', async (t) => {
  const info = (total: number, free: number) =>
    `MemTotal:       ${total * 1000} kB\nMemFree:        1 kB\nMemAvailable:   ${free * 1000} kB\n`
  t.match(judgeMemory(info(8000, 5000), 4), /5\.1 of 8\.2 GB free/)
  t.throws(() => judgeMemory(info(900, 500), 8), { message: /8 cameras need about 980 MB/ })
  t.throws(() => judgeMemory(info(4000, 100), 2), { message: /what else runs here/ })
  t.equal(judgeMemory('', 2), 'not known here')
})
