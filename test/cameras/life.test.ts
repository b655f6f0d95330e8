import fc from 'fast-check'
import t from 'tap'
import { failure } from '../../daemon/cameras/failure.ts'
import { createLife, limitsOf } from '../../daemon/cameras/life.ts'

const limits = limitsOf(10, 5)
const refused = failure('unreachable', 'connection refused')
const over = failure('ended', 'the camera ended the stream')

t.test('a slow camera gets five of its intervals', async (t) => {
  t.same(limits, { limitMs: 10_000, lateMs: 4_000 })
  t.same(limitsOf(2, 5), { limitMs: 2_000, lateMs: 800 })
  t.same(limitsOf(10, 0.2), { limitMs: 25_000, lateMs: 12_500 })
})

t.test('live, late, then down; a picture brings it back', async (t) => {
  const life = createLife(limits)
  life.started(0)
  t.equal(life.state, 'connecting')
  life.pictured(1_000)
  t.equal(life.state, 'live')
  t.equal(life.isSpent(4_900), false)
  t.equal(life.state, 'live')
  t.equal(life.isSpent(5_000), false)
  t.equal(life.state, 'silent')
  t.match(life.failure, { code: 'CAMERA_SILENT', detail: /no picture for 4 s/ })
  t.equal(life.isSpent(11_000), true)
  t.equal(life.state, 'down')
  life.started(13_000)
  t.equal(life.state, 'down', 'a new try is not a picture')
  life.pictured(14_000)
  t.equal(life.state, 'live')
  t.equal(life.failure, null)
})

t.test('a late picture makes it live again without a new connection', async (t) => {
  const life = createLife(limits)
  life.started(0)
  life.pictured(0)
  life.isSpent(6_000)
  life.pictured(7_000)
  t.equal(life.state, 'silent', 'one may be what ffmpeg still held')
  life.pictured(7_200)
  t.equal(life.state, 'live')
  t.equal(life.isSpent(11_100), false)
  t.equal(life.state, 'live')
})

t.test('the picture that ffmpeg held back at a timeout does not put off the end', async (t) => {
  const life = createLife(limits)
  life.started(0)
  life.pictured(0)
  life.isSpent(4_000)
  life.pictured(5_050)
  t.equal(life.isSpent(10_000), true)
  t.equal(life.state, 'down')
})

t.test('an end in silence is down; so is a reconnection that takes too long', async (t) => {
  const life = createLife(limits)
  life.started(0)
  life.pictured(0)
  life.isSpent(4_000)
  life.ended(refused)
  t.match(life, { state: 'down', failure: refused })
  life.pictured(5_000)
  life.ended(over)
  life.started(6_000)
  t.equal(life.isSpent(14_900), false)
  t.equal(life.state, 'connecting')
  t.equal(life.isSpent(15_000), false)
  t.match(life, { state: 'down', failure: over })
})

t.test('the end of a good stream is a moment; a failed try is down', async (t) => {
  const life = createLife(limits)
  life.started(0)
  life.pictured(0)
  life.ended(over)
  t.match(life, { state: 'connecting', failure: over })
  life.started(1_000)
  life.ended(refused)
  t.match(life, { state: 'down', failure: refused })
})

t.test('connected but mute from the beginning: down after the limit', async (t) => {
  const life = createLife(limits)
  life.started(0)
  t.equal(life.isSpent(9_999), false)
  t.equal(life.state, 'connecting')
  t.equal(life.isSpent(10_000), true)
  t.equal(life.state, 'down')
})

t.test('whatever happens: without a picture for the limit it is not live', async () => {
  const event = fc.record({
    after: fc.integer({ min: 0, max: 250 }),
    what: fc.constantFrom('picture', 'end', 'check', 'check', 'check'),
  })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 300 }), (events) => {
      const life = createLife(limits)
      let now = 0
      let pictureAt = Number.NEGATIVE_INFINITY
      life.started(now)
      for (const { after, what } of events) {
        now += after * 10
        if (what === 'picture') {
          pictureAt = now
          life.pictured(now)
        }
        if (what === 'end') {
          life.ended(over)
          life.started(now)
        }
        if (what === 'check' && life.isSpent(now)) life.started(now)
        if (what === 'check' && life.state === 'live' && now - pictureAt >= limits.lateMs) return false
        if ((life.state === 'live') !== (life.failure === null && life.state !== 'connecting')) return false
      }
      return true
    }),
  )
})
