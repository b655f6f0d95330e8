import { getEventListeners } from 'node:events'
import t from 'tap'
import { createBus } from '../../daemon/lib/bus.ts'
import { silentLog } from '../../daemon/lib/log.ts'

interface Facts {
  fed: { horse: string }
  moved: number
}

t.test('facts reach the listeners of their name, in order', async (t) => {
  const { signal } = new AbortController()
  const bus = createBus<Facts>(silentLog)
  const heard: unknown[] = []
  bus.on('fed', (fact) => heard.push(['first', fact]), signal)
  bus.on('fed', (fact) => heard.push(['second', fact]), signal)
  bus.publish('moved', 1)
  const fact = { horse: 'Thunder' }
  bus.publish('fed', fact)
  t.same(heard, [
    ['first', fact],
    ['second', fact],
  ])
})

t.test('a listener that throws is logged and hurts nobody', async (t) => {
  const { signal } = new AbortController()
  const lines: object[] = []
  const bus = createBus<Facts>({ ...silentLog, error: (fields) => void lines.push(fields) })
  const error = new Error('broken')
  bus.on(
    'moved',
    () => {
      throw error
    },
    signal,
  )
  const heard: number[] = []
  bus.on('moved', (fact) => heard.push(fact), signal)
  bus.publish('moved', 7)
  t.same(heard, [7])
  t.match(lines, [{ err: error, fact: 'moved' }])
})

t.test('a signal ends its own listening only', async (t) => {
  const one = new AbortController()
  const other = new AbortController()
  const bus = createBus<Facts>(silentLog)
  let heard = 0
  const listener = () => void heard++
  bus.on('moved', listener, one.signal)
  bus.on('moved', listener, other.signal)
  bus.publish('moved', 1)
  t.equal(heard, 2, 'two subscriptions are two, whatever they call')
  one.abort()
  bus.publish('moved', 1)
  t.equal(heard, 3)
  other.abort()
  bus.publish('moved', 1)
  t.equal(heard, 3)
  bus.on('moved', listener, other.signal)
  bus.publish('moved', 1)
  t.equal(heard, 3, 'an aborted signal listens to nothing')
  t.equal(getEventListeners(other.signal, 'abort').length, 0)
})

t.test('a listener may stop listening, or begin, while it is told', async (t) => {
  const controller = new AbortController()
  const { signal } = new AbortController()
  const bus = createBus<Facts>(silentLog)
  const heard: string[] = []
  bus.on(
    'moved',
    () => {
      heard.push('first')
      controller.abort()
    },
    signal,
  )
  bus.on('moved', () => heard.push('second'), controller.signal)
  bus.publish('moved', 1)
  t.same(heard, ['first'])
})
