import fc from 'fast-check'
import t from 'tap'
import { type Fault, failure } from '../../daemon/cameras/failure.ts'
import { createFallback } from '../../daemon/cameras/fallback.ts'
import type { RunEnd } from '../../daemon/cameras/run.ts'

function end(fault: Fault | null, more: Partial<RunEnd> = {}): RunEnd {
  const why = fault === null ? null : failure(fault, `it was ${fault}`)
  return { why, isBroken: true, complaintsSincePicture: 0, said: ['[error] said so'], ...more }
}

/** A fall-back that keeps what it told. */
function watched(asked: 'vaapi' | 'software' = 'vaapi') {
  const told: { why: string; said: readonly string[] }[] = []
  const fallback = createFallback(asked, (why, said) => void told.push({ why, said }))
  return { fallback, told }
}

t.test('hardware without a picture, software with one: the hardware is to blame, for good', async (t) => {
  const { fallback, told } = watched()
  t.equal(fallback.started(), 'vaapi')
  t.equal(fallback.ended(end('decoder'), 0), true, 'software follows at once')
  t.same(fallback.view, { asked: 'vaapi', used: 'vaapi', why: null }, 'not proven yet')
  t.equal(fallback.started(), 'software')
  fallback.pictured()
  fallback.pictured()
  t.same(told, [{ why: 'it was decoder', said: ['[error] said so'] }], 'said once')
  t.same(fallback.view, { asked: 'vaapi', used: 'software', why: 'it was decoder' })
  t.equal(fallback.ended(end('unreachable'), 1), false)
  t.equal(fallback.started(), 'software')
})

t.test(
  'without a picture from software either the stream was at fault, and hardware is tried again',
  async (t) => {
    const { fallback, told } = watched()
    fallback.started()
    t.equal(fallback.ended(end('not-a-video'), 0), true)
    t.equal(fallback.started(), 'software')
    t.equal(fallback.ended(end('not-a-video'), 1), false, 'now the usual wait')
    t.equal(fallback.started(), 'vaapi')
    fallback.pictured()
    t.same(fallback.view, { asked: 'vaapi', used: 'vaapi', why: null })
    t.same(told, [])
  },
)

t.test('what is plainly the camera or the network makes no suspect', async (t) => {
  const { fallback } = watched()
  for (const fault of ['unreachable', 'refused', 'not-found', 'no-video'] as const) {
    fallback.started()
    t.equal(fallback.ended(end(fault), 0), false, fault)
    t.equal(fallback.started(), 'vaapi', fault)
  }
  t.equal(fallback.ended(end('ended', { isBroken: false }), 0), false, 'the camera hung up')
  t.equal(fallback.started(), 'vaapi')
})

t.test('hardware that hangs is a suspect; its last words are told without their prefix', async (t) => {
  const { fallback, told } = watched()
  fallback.started()
  t.equal(fallback.ended(end(null, { said: ['[h264 @ 0x55] [error] hung'] }), 0), true)
  fallback.started()
  fallback.pictured()
  t.equal(told[0]?.why, 'hung')
})

t.test('three breaks in good streams within ten minutes are enough', async (t) => {
  const { fallback, told } = watched()
  const breakAt = (minutes: number) => {
    t.equal(fallback.started(), 'vaapi', `at minute ${minutes}`)
    fallback.pictured()
    t.equal(fallback.ended(end('ended'), minutes * 60_000), false)
  }
  for (const minutes of [0, 4, 10.1]) breakAt(minutes)
  t.same(told, [], 'the first is too long ago')
  breakAt(13)
  t.match(told, [{ why: 'it broke off 3 times within 10 minutes: it was ended' }])
  t.equal(fallback.started(), 'software')
  t.match(fallback.view, { asked: 'vaapi', used: 'software' })
})

t.test('a good stream that falls silent: only a complaining decoder is suspect', async (t) => {
  const { fallback, told } = watched()
  const silent = (complaintsSincePicture: number) => {
    fallback.started()
    fallback.pictured()
    fallback.ended(end(null, { complaintsSincePicture }), 0)
  }
  for (let n = 0; n < 9; n += 1) silent(n)
  t.same(told, [], 'a camera that was cut off')
  for (let n = 0; n < 3; n += 1) silent(10 + n)
  t.equal(told.length, 1)
})

t.test('whatever happens: software stays software, and is told once', async () => {
  const fault = fc.constantFrom<Fault | null>(
    null,
    'decoder',
    'unreachable',
    'not-a-video',
    'ended',
    'refused',
  )
  const run = fc.record({ fault, pictures: fc.nat(2), isBroken: fc.boolean(), complaints: fc.nat(20) })
  const runs = fc.array(run, { maxLength: 40 })
  fc.assert(
    fc.property(runs, fc.constantFrom('vaapi', 'software'), (all, asked) => {
      const { fallback, told } = watched(asked)
      let before: string | undefined
      let wasAtOnce = false
      for (const [n, { fault, pictures, isBroken, complaints }] of all.entries()) {
        const hadFallen = fallback.view.why !== null
        const used = fallback.started()
        if ((asked === 'software' || hadFallen) && used !== 'software') return false
        // Two runs in software follow each other only where it is for good.
        if (!hadFallen && asked !== 'software' && used === 'software' && !wasAtOnce) return false
        for (let k = 0; k < pictures; k += 1) fallback.pictured()
        wasAtOnce = fallback.ended(end(fault, { isBroken, complaintsSincePicture: complaints }), n * 1_000)
        if (wasAtOnce && (pictures > 0 || used === 'software')) return false
        if (before !== undefined && fallback.view.why !== before) return false
        before = fallback.view.why ?? undefined
      }
      return told.length === (fallback.view.why === null ? 0 : 1)
    }),
  )
})
