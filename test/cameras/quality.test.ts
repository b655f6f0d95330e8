import fc from 'fast-check'
import t from 'tap'
import { type QualityFigures, qualityOf, watchQuality } from '../../daemon/cameras/quality.ts'
import type { CameraView, StreamId } from '../../daemon/types.ts'

const good: QualityFigures = { isLive: true, come: 1, dropped: 0, failed: 0, breaks: 0 }
const label = (more: Partial<QualityFigures>) => qualityOf({ ...good, ...more }).label

t.test('the worst figure decides, and the reasons are told, the worst first', async (t) => {
  t.same(qualityOf(good), { label: 'excellent', reasons: [] })
  const steps: [Partial<QualityFigures>, string][] = [
    [{ come: 0.95 }, 'excellent'],
    [{ come: 0.85 }, 'fair'],
    [{ come: 0.5 }, 'poor'],
    [{ come: 0.2 }, 'unusable'],
    [{ breaks: 1 }, 'fair'],
    [{ breaks: 3 }, 'poor'],
    [{ breaks: 6 }, 'unusable'],
    [{ dropped: 0.05 }, 'excellent'],
    [{ dropped: 0.2 }, 'fair'],
    [{ dropped: 1 }, 'poor'],
    [{ failed: 0.02 }, 'fair'],
    [{ failed: 0.2 }, 'poor'],
    [{ failed: 0.9 }, 'unusable'],
  ]
  for (const [more, is] of steps) t.equal(label(more), is, JSON.stringify(more))
  t.same(qualityOf({ ...good, isLive: false }), { label: 'unusable', reasons: ['away'] })
  t.same(qualityOf({ ...good, dropped: 0.2, breaks: 4 }).reasons, ['breaks', 'dropped'])
})

t.test('a worse figure never makes a better label', async () => {
  const order = ['excellent', 'fair', 'poor', 'unusable']
  const share = fc.double({ min: 0, max: 1, noNaN: true })
  const figures = fc.record({ come: share, dropped: share, failed: share, breaks: fc.nat(9) })
  fc.assert(
    fc.property(figures, figures, (a, b) => {
      const worse = {
        come: Math.min(a.come, b.come),
        dropped: Math.max(a.dropped, b.dropped),
        failed: Math.max(a.failed, b.failed),
        breaks: Math.max(a.breaks, b.breaks),
      }
      return order.indexOf(label(worse)) >= order.indexOf(label(a))
    }),
  )
})

const id = 'yard' as StreamId
function setUp() {
  let now = 0
  const view = {
    id,
    name: 'Yard',
    state: 'live' as CameraView['state'],
    sinceMs: 1,
    detail: null,
    reason: null,
    lastFrameMs: null,
    framesDecoded: 0,
    framesDropped: 0,
    framesAnalysed: 0,
    framesQuiet: 0,
    framesFailed: 0,
    decode: { asked: 'software', used: 'software', why: null } as const,
  }
  const watch = watchQuality(
    (id) => (id === 'yard' ? 5 : undefined),
    () => now,
  )
  const pass = (seconds: number, more: Partial<typeof view> = {}) => {
    for (let n = 0; n < seconds; n += 10) {
      now += 10_000
      Object.assign(view, more)
      watch.sample([{ ...view }])
    }
  }
  const run = (seconds: number, fps: number, dropped = 0) => {
    for (let n = 0; n < seconds; n += 10) {
      view.framesDecoded += fps * 10
      view.framesDropped += dropped * 10
      pass(10)
    }
  }
  return { watch, pass, run }
}

t.test('nothing is said in the first half minute, then what the last ten minutes show', async (t) => {
  const { watch, run } = setUp()
  t.equal(watch.read(id), null, 'never heard of')
  run(30, 5)
  t.equal(watch.read(id), null)
  run(10, 5)
  t.match(watch.read(id), { label: 'excellent', come: 1, dropped: 0, breaks: 0 })
  run(600, 2)
  t.match(watch.read(id), { label: 'poor', reasons: ['few'] })
  run(700, 5, 1)
  t.match(watch.read(id), { label: 'fair', reasons: ['dropped'], dropped: 0.2 })
})

t.test('breaks count for an hour, short ones too; a camera that is away is unusable', async (t) => {
  const { watch, run, pass } = setUp()
  run(60, 5)
  pass(10, { state: 'silent', sinceMs: 2 })
  t.match(watch.read(id), { label: 'unusable', reasons: ['away'], breaks: 1 })
  pass(10, { state: 'down', sinceMs: 3 })
  pass(10, { state: 'live', sinceMs: 4 })
  pass(10, { state: 'live', sinceMs: 5 })
  t.equal(watch.read(id)?.breaks, 2, 'the second was over before anybody looked')
  run(1800, 5)
  t.match(watch.read(id), { label: 'fair', reasons: ['breaks'] })
  run(1900, 5)
  t.match(watch.read(id), { label: 'excellent', breaks: 0 })
})
