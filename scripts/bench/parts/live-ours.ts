/**
 * A process with nothing in it but the daemon's live video of one camera and its web server. Forked with the camera's
 * address; answers the port.
 */
import { findFfmpeg } from '../../../daemon/cameras/ffmpeg.ts'
import { createLiveView } from '../../../daemon/cameras/live.ts'
import { cameraSchema } from '../../../daemon/config/schema.ts'
import { loadAssets } from '../../../daemon/http/assets.ts'
import { startHttp } from '../../../daemon/http/server.ts'
import { systemClock } from '../../../daemon/lib/clock.ts'
import { silentLog } from '../../../daemon/lib/log.ts'
import { fakeBox } from '../../../test/http/fake-box.ts'

const [url = ''] = process.argv.slice(2)
const { signal } = new AbortController()
const camera = cameraSchema.parse({ id: 'yard', url })
const box = fakeBox()
const ffmpeg = await findFfmpeg({}, AbortSignal.timeout(10_000))
box.live = createLiveView(camera, { ffmpeg, password: undefined, clock: systemClock, log: silentLog }, signal)
const at = { host: '127.0.0.1', port: 0, token_file: undefined }
const { port } = await startHttp(at, box.deps, signal, await loadAssets())
process.once('disconnect', () => process.exit())
process.send?.(port)
