/** A new box for a broken one, in Chromium and by keys alone: from the PIN to the old box's horses, at the daemon as it is installed. */
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Page } from 'playwright-core'
import t from 'tap'
import { pack } from '../../daemon/backup/archive.ts'
import { listBackups, readBackup } from '../../daemon/backup/folder.ts'
import { backUp } from '../../daemon/commands/backup.ts'
import { loadConfig } from '../../daemon/config/load.ts'
import { hashPassword } from '../../daemon/http/auth/password.ts'
import { systemClock } from '../../daemon/lib/clock.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { openRegistry, registryFile } from '../../daemon/registry/registry.ts'
import type { StreamId } from '../../daemon/types.ts'
import { startBox } from '../../scripts/demonstration/box.ts'
import { JPEG } from '../http/fake-box.ts'
import { noBrowser, startBrowser } from '../support/browser.ts'
import { freePort } from '../support/ports.ts'
import { everyLook } from '../web/axe.ts'
import { stateFolder } from './harness.ts'

if (noBrowser) {
  t.plan(0, noBrowser)
  process.exit()
}
t.setTimeout(240_000)
const password = 'hay and carrots'

/** The old box's backup, as it was saved from its page. */
async function savedBackup(folder: string): Promise<string> {
  const [file, stateDir, disk] = [join(folder, 'old.yaml'), join(folder, 'old'), join(folder, 'disk')]
  const cameras = [{ id: 'yard', name: 'Yard', url: 'rtsp://127.0.0.1:9/none' }]
  writeFileSync(file, JSON.stringify({ cameras, backup: { folder: disk } }))
  mkdirSync(stateDir)
  {
    using registry = openRegistry(registryFile(stateDir), silentLog)
    const nowMs = Date.now()
    const avatar = { jpeg: JPEG, score: 1 }
    const seen = { streamId: 'yard' as StreamId, seenMs: nowMs, confidence: 1, avatar }
    const { id } = registry.horses.create(seen)
    registry.horses.updateHorseDetails(id, { name: 'Thunder' }, { actor: 'Anna', nowMs })
    registry.users.add({ name: 'Anna', role: 'admin', passwordHash: await hashPassword(password) }, nowMs)
  }
  const place = { stateDir, loaded: loadConfig(file, {}, stateDir), version: 'test', say: () => {} }
  await backUp({ ...place, utcMs: systemClock.utcMs }, new AbortController().signal)
  const name = listBackups(disk)[0]?.name ?? ''
  const saved = join(folder, 'barnbox.tar')
  const { chunks } = pack(join(disk, name), await readBackup(join(disk, name)), name)
  await pipeline(chunks, createWriteStream(saved))
  return saved
}

/** Goes on by the tab key alone. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let at = 0; at < 40; at++) {
    if (await page.locator(`${selector}:focus`).count()) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`no way to ${selector}`)
}

const press = async (page: Page, selector: string, key = 'Enter') => {
  await tabTo(page, selector)
  await page.keyboard.press(key)
}

t.test('a new box becomes the old one, by keys alone', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'barnbox-restore-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const saved = await savedBackup(folder)
  const stateDir = await stateFolder(t)
  const config = {
    http: { host: '0.0.0.0', port: await freePort() },
    vision: { detector: '/nowhere/none.onnx' },
  }
  await using box = await startBox({ config, stateDir })
  await using browser = await startBrowser()
  const page = await browser.newPage()
  page.on('console', (line) => {
    // That the box is away for a moment is what the page waits for.
    if (line.type() === 'error' && !line.text().includes('ERR_')) t.fail(`console: ${line.text()}`)
  })
  page.on('pageerror', (error) => t.fail(`script: ${error.message}`))

  await page.goto(box.url)
  await press(page, 'a[href="/setup/restore"]')
  await page.waitForURL('**/setup/restore')
  await everyLook(t, page, 'the PIN')
  await page.keyboard.type(readFileSync(join(stateDir, 'setup-pin'), 'utf8').trim())
  await page.keyboard.press('Enter')
  // Whole: `**/restore` is also the page with the PIN, which is still there.
  await page.waitForURL(`${box.url}/restore`)
  await everyLook(t, page, 'the choice')

  await tabTo(page, 'input[type=file]')
  const chosen = page.waitForEvent('filechooser')
  await page.keyboard.press('Enter')
  await (await chosen).setFiles(saved)
  await press(page, 'form[action="/restore/file"] button')
  await page.locator('.brings', { hasText: 'Thunder' }).waitFor()
  t.match(await page.locator('.brings').textContent(), /Thunder.*Anna.*Yard/s)
  await everyLook(t, page, 'what will come')

  await press(page, 'input[name=sure]', 'Space')
  await press(page, 'form[action="/restore/confirm"] button')
  await page.locator('[data-back]').waitFor()
  await page.waitForURL('**/login', { timeout: 60_000 })
  await tabTo(page, 'input[name=name]')
  await page.keyboard.type('Anna')
  await tabTo(page, 'input[name=password]')
  await page.keyboard.type(password)
  await page.keyboard.press('Enter')
  await page.locator('.card', { hasText: 'Thunder' }).waitFor()
  t.equal(new URL(page.url()).pathname, '/')
})
