/** The runtime of the models tells nobody of what it does: it keeps no device id, and nothing to send. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import t from 'tap'
import { barnbox } from '../commands/cli.ts'

t.test('a picture is looked at, and the home folder stays empty', async (t) => {
  const folder = t.testdir({ home: {}, state: {} })
  const picture = join(folder, 'grey.png')
  await sharp({ create: { width: 320, height: 240, channels: 3, background: '#777' } })
    .png()
    .toFile(picture)
  const home = join(folder, 'home')
  const env = { HOME: home, XDG_CACHE_HOME: home, BARNBOX_STATE_DIR: join(folder, 'state') }
  t.match(await barnbox(['detect', picture], env), { code: 0, stdout: /"boxes"|\[\]|grey\.png/ })
  t.same(readdirSync(home), [])
})
