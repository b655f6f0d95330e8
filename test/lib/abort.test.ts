import { getEventListeners } from 'node:events'
import t from 'tap'
import { aborted, repeat, sleep } from '../../daemon/lib/abort.ts'

const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length
const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

t.test('a sleep ends with its time and leaves nothing', async (t) => {
  const { signal } = new AbortController()
  const before = timers()
  const startMs = performance.now()
  await sleep(20, signal)
  t.ok(performance.now() - startMs > 15)
  t.equal(listeners(signal), 0)
  t.equal(timers(), before)
})

t.test('an abort ends every sleep at once and leaves nothing', async (t) => {
  const controller = new AbortController()
  const before = timers()
  const sleeping = [1, 2, 3].map(() => sleep(60_000, controller.signal))
  t.equal(listeners(controller.signal), 3)
  controller.abort()
  await Promise.all(sleeping)
  t.equal(listeners(controller.signal), 0)
  t.equal(timers(), before)
  await sleep(60_000, controller.signal)
  t.equal(timers(), before, 'one that begins after the abort begins nothing')
})

t.test('repeated work never overlaps and stops with the signal', async (t) => {
  const controller = new AbortController()
  let running = 0
  let calls = 0
  await repeat(
    1,
    async () => {
      t.equal(++running, 1)
      await sleep(3, controller.signal)
      running--
      if (++calls === 4) controller.abort()
    },
    controller.signal,
  )
  t.equal(calls, 4)
  await repeat(1, () => void t.fail('not after the abort'), controller.signal)
  t.equal(listeners(controller.signal), 0)
})

t.test('waiting for an abort', async (t) => {
  const controller = new AbortController()
  const waiting = aborted(controller.signal)
  controller.abort()
  await waiting
  await aborted(controller.signal)
  t.equal(listeners(controller.signal), 0)
})
