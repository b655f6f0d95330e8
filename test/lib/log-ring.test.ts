import t from 'tap'
import { createLog } from '../../daemon/lib/log.ts'
import { createLogRing } from '../../daemon/lib/log-ring.ts'

t.test('the newest lines are kept, each as it was said, and no more', async (t) => {
  const ring = createLogRing(3)
  const log = createLog('info', ring)
  for (let n = 1; n <= 5; n++) log.info({ n }, 'a line')
  log.debug({}, 'not said')
  t.same(
    ring.lines().map((line) => JSON.parse(line).n),
    [3, 4, 5],
  )
  ring.write(`${'x'.repeat(100_000)}\n`)
  t.ok((ring.lines().at(-1)?.length ?? 0) <= 4000)
})

t.test('secrets are taken out value by value', async (t) => {
  const ring = createLogRing()
  createLog('info', ring).info(
    { url: 'rtsp://anna:secret@cam/1', list: ['http://x/?token=secret'], after: 'stays' },
    'opened rtsp://anna:secret@cam/1',
  )
  ring.write('no JSON: rtsp://anna:secret@cam/1')
  const text = ring.lines().join('\n')
  t.notMatch(text, /secret/)
  t.match(JSON.parse(ring.lines()[0] ?? ''), { after: 'stays', url: 'rtsp://***@cam/1' })
})
