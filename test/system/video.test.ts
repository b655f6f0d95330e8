/** Footage of real horses, three rounds of it: seen in nearly every frame, and never more ids than horses. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { sharedFolder } from '../models/shared.ts'
import { noSystem, runCheck } from './harness.ts'

const video = join(sharedFolder, 'data', 'video', 'paddock-two-horses.mp4')
const skip = existsSync(video) ? await noSystem() : `no test data in ${sharedFolder}`

t.setTimeout(180_000)

t.test('two horses in a paddock', { skip }, async (t) => {
  const { code, figures, said } = await runCheck(['--video', video])
  t.comment(JSON.stringify(figures))
  if (said !== '') t.comment(said)
  t.equal(code, 0, said)
  t.equal(figures.ok, true)
  t.ok(figures.share_with_horse >= 0.95, `a horse in ${figures.share_with_horse} of the frames`)
  t.ok(figures.ids_created >= 1 && figures.ids_created <= 2, `${figures.ids_created} ids were created`)
})
