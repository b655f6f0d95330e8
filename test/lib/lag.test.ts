import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { watchLag } from '../../daemon/lib/lag.ts'

t.test('a loop that is held up shows it', async (t) => {
  using lag = watchLag()
  await wait(100)
  const endMs = performance.now() + 400
  while (performance.now() < endMs);
  await wait(100)
  const { p50Ms, p99Ms } = lag.read()
  t.ok(p99Ms > 300, `${p99Ms} ms`)
  t.ok(p50Ms >= 0 && p50Ms < p99Ms, `${p50Ms} ms`)
})

t.test('it is known from the start', async (t) => {
  using lag = watchLag()
  t.same(lag.read(), { p50Ms: 0, p99Ms: 0 })
})
