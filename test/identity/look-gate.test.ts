import t from 'tap'
import { type Candidate, isDoubtful, type LookNeed, worthALook } from '../../daemon/identity/look-gate.ts'
import type { Box } from '../../daemon/types.ts'

const width = 1280
const now = 100_000
const inside: Box = [300, 200, 600, 420]
const cut: Box = [0, 200, 300, 420]

function candidate(box: Box, need: LookNeed = 'undecided', more: Partial<Candidate> = {}): Candidate {
  return { box, need, lastLookMs: null, stillMs: 10_000, ...more }
}

const ask = (one: Candidate, others: readonly Box[] = [one.box]) => worthALook(one, others, width, now)

t.test('a whole animal, large enough and apart from others, is evidence', async (t) => {
  t.equal(ask(candidate(inside)), 'evidence')
  t.equal(ask(candidate(inside), [inside, [800, 200, 1100, 420]]), 'evidence')
  t.equal(ask(candidate([300, 0, 600, 720])), 'evidence', 'cut above or below it still shows who it is')
})

t.test('too small, or mixed with another: no look', async (t) => {
  t.equal(ask(candidate([300, 200, 379, 420])), null)
  t.equal(ask(candidate([300, 200, 600, 279])), null)
  t.equal(ask(candidate(inside), [inside, [350, 200, 650, 420]]), null)
  t.equal(ask(candidate(inside, 'urgent'), [inside, [350, 200, 650, 420]]), null, 'not even in need')
})

t.test('of two that overlap, the one in front shows who it is, and teaches nothing', async (t) => {
  const front: Box = [350, 250, 650, 480]
  const behind: Box = [320, 200, 620, 420]
  const among = (one: Candidate, ...more: Box[]) => ask(one, [front, behind, ...more])
  t.equal(among(candidate(front)), 'glimpse')
  t.equal(among(candidate(behind)), null)
  t.equal(among(candidate(front, 'undecided', { lastLookMs: now - 200 })), null, 'no sooner than others')
  t.equal(among(candidate(front), [360, 260, 660, 475]), null, 'in front of all, or of none')
  for (const need of ['decided', 'urgent'] as const) {
    t.equal(among(candidate(front, need)), 'test', need)
    t.equal(among(candidate(front, need, { lastLookMs: now - 1400 })), null, `${need}, not again at once`)
  }
  t.equal(among(candidate(front, 'moved')), null, 'it stays in doubt')
  const [cutFront, cutBehind]: Box[] = [
    [0, 250, 300, 480],
    [0, 200, 270, 420],
  ]
  t.equal(ask(candidate(cutFront as Box), [cutFront as Box, cutBehind as Box]), null)
  t.equal(
    ask(candidate(cutFront as Box, 'decided'), [cutFront as Box, cutBehind as Box]),
    'test',
    'as any that is cut',
  )
})

t.test('how soon again depends on the need', async (t) => {
  const after = (need: LookNeed, ms: number) => ask(candidate(inside, need, { lastLookMs: now - ms }))
  t.equal(after('undecided', 200), null)
  t.equal(after('undecided', 400), 'evidence')
  t.equal(after('decided', 1400), null)
  t.equal(after('decided', 1600), 'evidence')
  for (const need of ['moved', 'urgent'] as const) t.equal(after(need, 1), 'evidence', need)
})

t.test(
  'a box cut at the side founds nobody and teaches nothing; standing still it may be tested',
  async (t) => {
    for (const box of [cut, [980, 200, 1280, 420] as const]) {
      t.equal(ask(candidate(box)), null)
      t.equal(ask(candidate(box, 'decided')), 'test')
      t.equal(ask(candidate(box, 'decided', { stillMs: 500 })), null, 'not while it moves')
      t.equal(ask(candidate(box, 'urgent', { lastLookMs: now - 500 })), null, 'nor again at once')
    }
  },
)

t.test('one that has moved off, or moves at the side, may be another by now', async (t) => {
  t.notOk(isDoubtful(candidate(inside, 'decided'), width))
  t.ok(isDoubtful(candidate(inside, 'moved'), width))
  t.ok(isDoubtful(candidate(cut, 'decided', { stillMs: 500 }), width))
  t.notOk(isDoubtful(candidate(cut, 'decided'), width))
  t.notOk(
    isDoubtful(candidate(cut, 'undecided', { stillMs: 0 }), width),
    'one without a horse has none to lose',
  )
})
