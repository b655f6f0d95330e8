import t from 'tap'
import { createPulse } from '../../daemon/commands/run.ts'

function pulse() {
  let nowMs = 1000
  const isWell = createPulse(60_000, { monoMs: () => nowMs })
  return {
    at(seconds: number, progress: number, idle = false) {
      nowMs = 1000 + seconds * 1000
      return isWell({ progress, idle })
    },
  }
}

t.test('L22: frames that are analysed keep it alive, and their absence does not', async (t) => {
  const one = pulse()
  t.ok(one.at(0, 0))
  t.ok(one.at(15, 40))
  t.ok(one.at(30, 40), 'one quiet moment is no fault')
  t.ok(one.at(70, 40))
  t.notOk(one.at(75, 40), 'a minute without a frame is')
  t.ok(one.at(90, 41))
})

t.test('a barn without a live camera is idle, and has its time when one comes', async (t) => {
  const one = pulse()
  for (let seconds = 0; seconds <= 600; seconds += 15) t.ok(one.at(seconds, 5, true))
  t.ok(one.at(615, 5), 'live, nothing analysed yet')
  t.ok(one.at(655, 5))
  t.notOk(one.at(660, 5))
})
