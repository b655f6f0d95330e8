/** What the doctor makes of the machine's figures. (That each is asked for: cli.test.ts.) */
import t from 'tap'
import { Problem, Warning } from '../../daemon/commands/doctor-check.ts'
import {
  judgeClock,
  judgeDisk,
  judgeMemory,
  measureDisk,
  wornTenths,
} from '../../daemon/commands/doctor-machine.ts'

const gb = 1e9
const disk = { freeBytes: 20 * gb, bytes: 60 * gb, mbPerSecond: 60, fsyncMs: 12, errors: 0, wornTenths: 2 }

t.test('a disk: worst first', async (t) => {
  t.match(judgeDisk(disk), /20\.0 of 60 GB free, 60 MB\/s, 12 ms .* 20 % of its life/)
  t.match(judgeDisk({ ...disk, errors: null, wornTenths: null }), /until a small write is kept$/)
  const bad = (more: object, kind: typeof Problem, words: RegExp) => {
    let thrown: unknown
    try {
      judgeDisk({ ...disk, ...more })
    } catch (error) {
      thrown = error
    }
    t.type(thrown, kind, words.source)
    t.match(thrown, { message: words })
  }
  bad({ errors: 3, freeBytes: 0 }, Problem, /counted 3 errors.*replace the disk/)
  bad({ wornTenths: 10 }, Problem, /worn out/)
  bad({ freeBytes: 0.4 * gb }, Problem, /make room/)
  bad({ wornTenths: 8 }, Warning, /80 % of the disk's life/)
  bad({ fsyncMs: 900 }, Warning, /slow, or busy, or dying/)
  bad({ mbPerSecond: 1 }, Warning, /slow/)
})

t.test('this disk is measured, and nothing is left on it', async (t) => {
  const folder = t.testdir()
  const figures = measureDisk(folder)
  t.ok(figures.mbPerSecond > 0 && figures.fsyncMs >= 0 && figures.freeBytes > 0, JSON.stringify(figures))
  t.same((await import('node:fs')).readdirSync(folder), [])
  t.throws(() => measureDisk('/nowhere/at/all'), { code: 'ENOENT' })
})

t.test('what eMMC says of its life', async (t) => {
  t.equal(wornTenths('0x01 0x01'), 0)
  t.equal(wornTenths('0x03 0x0a'), 9)
  t.equal(wornTenths('0x0b 0x01'), 10)
  t.equal(wornTenths('0x00 0x00'), null, 'it does not say')
  t.equal(wornTenths('nonsense'), null)
})

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
