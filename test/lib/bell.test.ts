import { getEventListeners } from 'node:events'
import t from 'tap'
import { createBell } from '../../daemon/lib/bell.ts'

t.test('a waiter wakes at the ring; a ring before it is kept, several are one', async (t) => {
  const { signal } = new AbortController()
  const bell = createBell()
  let woken = 0
  const wait = () => bell.rung(signal).then(() => void woken++)
  const first = wait()
  await Promise.resolve()
  t.equal(woken, 0)
  bell.ring()
  await first
  bell.ring()
  bell.ring()
  await wait()
  const third = wait()
  await new Promise(setImmediate)
  t.equal(woken, 2, 'two rings while nobody waited were one')
  bell.ring()
  await third
  t.equal(getEventListeners(signal, 'abort').length, 0)
})

t.test('a stop wakes the waiter, and whoever waits after it', async (t) => {
  const controller = new AbortController()
  const bell = createBell()
  const waiting = bell.rung(controller.signal)
  controller.abort()
  await waiting
  await bell.rung(controller.signal)
  t.equal(getEventListeners(controller.signal, 'abort').length, 0)
})
