/**
 * A box without cameras is set up in a real browser: a real RTSP camera is added by its address and by ONVIF, a wrong
 * password is said in words, and what was removed is gone.
 */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { type Box, startBox } from '../../scripts/demonstration/box.ts'
import { noBrowser, startBrowser } from '../support/browser.ts'
import { startOnvif } from '../support/onvif.ts'
import { makeClip, noRtsp, startRtspCamera } from '../support/rtsp.ts'
import { cameraOf, stateFolder, untilCamera } from './harness.ts'

const skip = noBrowser || (await noRtsp())
if (skip) {
  t.plan(0, skip)
  process.exit()
}
t.setTimeout(240_000)

const PASSWORD = 'hay & oats'

/** A page on a phone; what it complains of or asks elsewhere fails the test. */
async function visitor(t: Test, browser: Browser, { url }: Box): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 360, height: 740 } })
  page.on('console', (line) => {
    // A machine that is busy with other tests may not look at a camera within the two seconds that a picture is waited for.
    const isLate = line.text().includes('503') && line.location().url.endsWith('/picture.jpg')
    const isBad = line.type() === 'error' || line.type() === 'warning'
    if (isBad && !isLate) t.fail(`console: ${line.text()} ${line.location().url}`)
  })
  page.on('pageerror', (error) => t.fail(`script: ${error.message}`))
  page.on('request', (request) => {
    const isOwn = [url, `blob:${url}`, url.replace('http', 'ws')].some((own) => request.url().startsWith(own))
    if (!isOwn) t.fail(`asked another host: ${request.url()}`)
  })
  return page
}

async function fill(page: Page, fields: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(fields))
    await page.fill(
      `form[action^="/add-camera"] >> visible=true >> input[name=${name}] >> visible=true`,
      value,
    )
}

t.test('from no camera to live ones, and back', async (t) => {
  await using rtsp = await startRtspCamera(
    { '/main': await makeClip({ width: 640, height: 360 }), '/sub': await makeClip() },
    { user: 'joe', password: PASSWORD },
  )
  await using device = await startOnvif({
    ...{ user: 'joe', password: PASSWORD },
    streams: [
      { name: 'main', uri: rtsp.url('/main'), width: 640, height: 360 },
      { name: 'sub', uri: rtsp.url('/sub'), width: 320, height: 180 },
    ],
  })
  const stateDir = await stateFolder(t)
  const config = { http: { port: 0 } }
  await using browser = await startBrowser()
  {
    await using box = await startBox({ config, stateDir })
    const page = await visitor(t, browser, box)
    await page.goto(`${box.url}/cameras`)
    await page.click('a[href="/add-camera"]')

    await fill(page, { address: rtsp.url('/main'), username: 'joe', password: 'wrong' })
    await page.keyboard.press('Enter')
    await page.locator('.problem', { hasText: 'refuses the user name or password' }).waitFor()
    await fill(page, { password: PASSWORD })
    await page.keyboard.press('Enter')
    const picture = page.locator('img.tried')
    await picture.waitFor()
    t.equal(
      await page.evaluate(
        "document.querySelector('img.tried').decode().then(() => document.querySelector('img.tried').naturalWidth)",
      ),
      640,
    )
    t.match(await page.textContent('main'), /H\.264[\s\S]*640 × 360/)
    t.notMatch(await page.content(), /hay &(amp;)? oats/)
    await page.fill('input[name=name]', 'South gate')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/cameras/south-gate/test')
    await untilCamera(box, 'south-gate', 'live', 30_000)
    await page.goto(box.url)
    await page.locator('.tile[data-camera="south-gate"][data-state="live"]').waitFor()

    await page.goto(`${box.url}/add-camera`)
    await fill(page, { address: `127.0.0.1:${device.port}`, username: 'joe', password: PASSWORD })
    await page.keyboard.press('Enter')
    await page.selectOption('select[name=detect]', { label: 'sub, H264, 320 × 180, 25 pictures a second' })
    await page.click('form[action$="/choose"] button')
    await page.locator('img.tried').waitFor()
    await page.fill('input[name=name]', 'Aisle')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/cameras/aisle/test')
    await untilCamera(box, 'aisle', 'live', 30_000)
    // A page that is open would complain of the box that goes.
    await page.close()
    t.equal(await box.end('SIGTERM'), 0)
    t.notMatch(JSON.stringify(box.log), PASSWORD)
  }
  const file = join(stateDir, 'cameras.json')
  t.equal((await stat(file)).mode & 0o777, 0o600)
  t.match(JSON.parse(await readFile(file, 'utf8')), {
    cameras: [{ id: 'south-gate' }, { id: 'aisle', detect_url: rtsp.url('/sub') }],
  })

  await using box = await startBox({ config, stateDir })
  const page = await visitor(t, browser, box)
  await untilCamera(box, 'aisle', 'live', 30_000)
  await untilCamera(box, 'south-gate', 'live', 30_000)
  const before = (await cameraOf(box, 'aisle')).frames_decoded
  const now = await visitor(t, browser, box)
  await now.goto(box.url)
  await now.locator('.now[data-live="true"]').waitFor()
  await page.goto(`${box.url}/cameras/south-gate/settings`)
  t.notMatch(await page.content(), /hay &(amp;)? oats/)
  await page.click('details:has(form[action$="/remove"]) summary')
  await page.click('form[action$="/remove"] button')
  await page.waitForURL('**/cameras')
  t.equal(await page.locator('#camera-south-gate').count(), 0)
  await now.locator('.tile[data-camera="south-gate"]').waitFor({ state: 'detached' })
  t.match(await cameraOf(box, 'aisle'), { state: 'live' }, 'the other goes on')
  t.ok((await cameraOf(box, 'aisle')).frames_decoded >= before)
  await browser.close()
  t.equal(await box.end('SIGTERM'), 0)
})
