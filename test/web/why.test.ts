/**
 * Why a horse is thought to be there, in a real browser: its pictures are shown, and fit on a telephone.
 */
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import t from 'tap'
import { mintId } from '../../daemon/lib/ids.ts'
import type { SightingId, TrackletId } from '../../daemon/types.ts'
import { streamId } from '../http/fake-box.ts'
import { axis } from '../identity/vectors.ts'
import { kind } from '../pipeline/yard.ts'
import { noBrowser, startBrowser } from '../support/browser.ts'
import { drawPicture, serveBarn } from './barn.ts'

const now = Date.now() - 300_000
const yard = streamId('yard')
const pictures = join(tmpdir(), 'barnbox-screenshots')

const cut = async (left: number, width: number, height: number) =>
  sharp(await drawPicture(1))
    .extract({ left, top: 300, width, height })
    .jpeg()
    .toBuffer()

t.test('the look that was judged, and the nearest', { skip: noBrowser, timeout: 60_000 }, async (t) => {
  const barn = await serveBarn()
  t.teardown(() => barn[Symbol.asyncDispose]())
  const { registry } = barn.box
  const looks = registry.openLooks(kind)
  const names = ['Thunder', 'Storm of the Long Valley by the River']
  const [a, b] = names.map((name) => {
    const { id } = registry.horses.create({ streamId: yard, seenMs: now, confidence: 0.5 })
    barn.box.put(registry.horses.updateHorseDetails(id, { name }, { actor: null, nowMs: now }))
    return id
  })
  if (!a || !b) throw new Error('two horses were expected')
  const crops = [await cut(150, 350, 250), await cut(680, 320, 300), await cut(200, 150, 300)] as const
  const near = (horseId: typeof a, at: number, similarity: number) => {
    const jpeg = crops[at] as Uint8Array
    const look = { horseId, vector: axis(at), jpeg, quality: 1, takenMs: now - at * 86_400_000 }
    return { id: looks.add(yard, look), horseId, similarity }
  }
  const nearest = [near(a, 0, 0.93), near(a, 2, 0.81), { ...near(a, 2, 0.8), id: 999 }]
  const likely = { best: { horseId: a, probability: 0.93 }, second: { horseId: b, probability: 0.21 } }
  const reasons = { looks: 12, ...likely, nearest, ofSecond: near(b, 1, 0.4) }
  const look = { vector: axis(0), crop: crops[0], sharpness: 1 }
  const ids = { id: mintId<SightingId>(), trackletId: mintId<TrackletId>(), streamId: yard, horseId: a }
  const decided = { score: 0.93, secondScore: 0.21, threshold: 0.73, margin: 2, model: kind.id }
  const seen = { fromMs: now, toMs: now + 1000, detections: 5, addedDetections: 5 }
  const judged = [{ kind, look, takenMs: now, reasons }]
  registry.sightings.save([{ ...ids, ...seen, decision: { kind: 'matched', ...decided }, judged }])

  await mkdir(pictures, { recursive: true })
  const browser = await startBrowser()
  t.teardown(() => browser.close())
  for (const width of [320, 390, 1280]) {
    const page = await browser.newPage({ viewport: { width, height: 844 } })
    page.on('pageerror', (error) => t.fail(`script: ${error.message}`))
    page.on('console', (line) => {
      if (line.type() === 'error') t.fail(`console: ${line.text()}`)
    })
    await page.goto(`${barn.url}/horses/${a}`)
    await page.locator('.reasons').scrollIntoViewIfNeeded()
    t.match(
      await page.locator('.reasons p').textContent(),
      /0\.93 probable; next is Storm of .*, 0\.21; 12 looks/,
    )
    t.equal(await page.locator('.reasons figure').count(), 5)
    t.match(await page.locator('.reasons .next').textContent(), /Storm of[\s\S]*0\.40 alike/)
    const shown = await page.locator('.reasons img').all()
    t.equal(shown.length, 4, 'one is not kept any more')
    for (const picture of shown) await picture.evaluate('(one) => one.decode()')
    const wide = (await page.evaluate('document.documentElement.scrollWidth')) as number
    t.ok(wide <= width, `${wide} of ${width} pixels`)
    const box = await page.locator('.reasons figure').first().boundingBox()
    t.ok(box && box.width >= 110, 'large enough to tell a horse')
    await page.screenshot({ path: join(pictures, `why-${width}.png`), fullPage: true })
    await page.close()
  }
})
