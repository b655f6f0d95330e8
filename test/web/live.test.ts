/**
 * The live picture where the camera's own video cannot be played: analysed pictures stand in, with boxes and names.
 */
import type { Browser } from 'playwright-core'
import t, { type Test } from 'tap'
import type { LiveView } from '../../daemon/live-types.ts'
import { horse, horseId } from '../http/fake-box.ts'
import { noBrowser, startBrowser } from '../support/browser.ts'
import { visit } from '../support/visit.ts'
import { seen, serveBarn } from './barn.ts'

const skip = noBrowser
t.setTimeout(120_000)

let browser: Browser
if (noBrowser === false) {
  browser = await startBrowser()
  t.teardown(() => browser.close())
}

interface Heard {
  cannot(): void
  playing(isPlaying: boolean): void
}
// By a computed address: browsers' types are the scripts' alone.
const { play } = (await import(new URL('../../web/client/player.ts', import.meta.url).href)) as {
  play(video: EventTarget, camera: string, heard: Heard): { stop(): void }
}

/** A camera whose video is of some kind, and begins with some bytes. */
function liveOf(mime: string, init = new Uint8Array([7])) {
  let joined = 0
  const view: LiveView = {
    viewers: 0,
    join(viewer) {
      joined++
      viewer.start({ mime, init })
      return () => {}
    },
    async [Symbol.asyncDispose]() {},
  }
  return { view, joined: () => joined }
}

async function show(t: Test, live: LiveView) {
  const barn = await serveBarn()
  t.teardown(() => barn[Symbol.asyncDispose]())
  barn.box.live = live
  barn.box.put(horse(1, { name: 'Thunder', lastSeenMs: Date.now() }))
  await barn.show([seen([150, 280, 480, 560], horseId(1))])
  const page = await visit(t, browser, `${barn.url}/streams/yard`)
  await page.locator('.tile[data-shows="pictures"][data-seq="1"] img.picture').waitFor()
  await page.locator('.overlay .label text', { hasText: 'Thunder' }).waitFor()
  t.equal(await page.locator('video').isVisible(), false)
  await barn.show([seen([690, 340, 1000, 610], horseId(1))])
  await page.locator('.tile[data-seq="2"] img.picture').waitFor()
}

t.test('a kind of video that the browser does not play is shown as pictures', { skip }, async (t) => {
  const live = liveOf('video/mp4; codecs="hvc1.1.6.L93.B0"')
  await show(t, live.view)
  t.equal(live.joined(), 1, 'and not asked for again')
})

t.test('video that breaks the player twice is shown as pictures', { skip }, async (t) => {
  // No time, and a box `moov` with nonsense in it.
  const broken = Buffer.from('0000000000000000000000106d6f6f760707070707070707', 'hex')
  const live = liveOf('video/mp4; codecs="avc1.42C01E"', new Uint8Array(broken))
  await show(t, live.view)
  t.equal(live.joined(), 2)
})

t.test('a player that was stopped says nothing any more, whatever its line still brings', async (t) => {
  const lines: Line[] = []
  class Line {
    binaryType = ''
    onmessage?: (event: object) => void
    onclose?: () => void
    constructor() {
      lines.push(this)
    }
    close() {}
  }
  const before = { WebSocket: globalThis.WebSocket }
  Object.assign(globalThis, { WebSocket: Line, location: new URL('http://box/streams/yard') })
  t.teardown(() => Object.assign(globalThis, before, { location: undefined }))
  const video = Object.assign(new EventTarget(), { removeAttribute() {}, load() {} })
  const heard: boolean[] = []
  const cannot = () => t.fail('nobody asked')
  const player = play(video, 'yard', {
    cannot,
    playing: (now) => void heard.push(now),
  })
  player.stop()
  t.same(heard, [false])
  lines[0]?.onmessage?.({ data: '{"mime":"video/mp4"}' })
  lines[0]?.onclose?.()
  t.same(heard, [false])
})
