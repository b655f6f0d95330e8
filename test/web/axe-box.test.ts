/** The pages of whoever keeps the box by the rules of WCAG 2.2 AA, all that can be opened opened. */
import t from 'tap'
import { failed } from '../../daemon/cameras/trial.ts'
import { severities } from '../../daemon/presence-types.ts'
import type { SyncView } from '../../daemon/sync-types.ts'
import type { StreamId } from '../../daemon/types.ts'
import { cameraView, systemView } from '../http/fake-box.ts'
import { goodTrial } from '../http/fake-desk.ts'
import { noBrowser, startBrowser } from '../support/browser.ts'
import { everyLook } from './axe.ts'
import { drawPicture, serveBarn } from './barn.ts'

const unfold = "for (const one of document.querySelectorAll('details')) one.open = true"
t.setTimeout(300_000)

/** A central database that is out of the way, and BarnHand's two parts with faults of their own. */
const sync: SyncView = {
  ...{ state: 'waiting', sinceMs: 0, waiting: 12_345, held: 2, told: 98_765, heard: 12, sentBytes: 5e6 },
  fault: {
    code: 'SYNC_CERTIFICATE',
    detail: 'certificate has expired, and by whom it was signed nobody knows',
  },
  ...{ inStepMs: Date.UTC(2026, 10, 2), clockAheadMs: -1250 },
  server: { version: '15.18', hasVectors: true, hasHypertables: true },
  barnhand: {
    fault: { code: 'BARNHAND_MISMATCH', detail: 'horses.feature_vector has 512 numbers, barnbox’s have 768' },
    ...{ rows: 12, unplaced: 3, deleted: 1 },
    redis: {
      ...{ state: 'waiting', written: 7000, dropped: 12 },
      fault: { code: 'REDIS_UNREACHABLE', detail: 'connect ECONNREFUSED 10.0.0.7:6379' },
    },
  },
}

/** A camera that is being added; answers the page of its try. */
async function begun(url: string): Promise<string> {
  const body = new URLSearchParams({ address: 'rtsp://10.0.0.5/main', username: 'joe', password: 'sesame' })
  const answer = await fetch(`${url}/add-camera`, { method: 'POST', body, redirect: 'manual' })
  return answer.headers.get('location') ?? ''
}

t.test('pages of the box', { skip: noBrowser }, async (t) => {
  await using barn = await serveBarn()
  await using browser = await startBrowser()
  const { box } = barn
  box.cameras = [cameraView('yard', 'live', { name: 'Yard' }), cameraView('gate', 'down')]
  box.quality = { label: 'poor', reasons: ['breaks', 'few'], breaks: 4, come: 0.5, dropped: 0 }
  box.checks = { registry: 'ok', cameras: 'no camera gives pictures' }
  box.system = systemView({ sync })
  const jpeg = await drawPicture(3)
  box.cameraTests.picture = () => jpeg
  box.log = ['{"msg":"a line"}']
  box.deps.tokens.add({ name: 'Home Assistant', role: 'viewer', hash: new Uint8Array(32) }, Date.now())
  box.cameraDesk.trial = failed(
    'password',
    'CAMERA_REFUSED',
    'the camera refused the user name or password (401)',
  )
  await box.cameraDesk.add({ name: 'Gate', url: 'rtsp://10.0.0.5/main', username: 'joe', password: 'sesame' })
  const set = ['/cameras/gate/settings', '/cameras/yard/settings', '/add-camera', await begun(barn.url)]
  box.cameraDesk.trial = { ...goodTrial, picture: await drawPicture(1), keyframeSeconds: 10 }
  set.push(await begun(barn.url))
  const north = { streamId: 'yard' as StreamId, stallId: null, horseId: null, part: null }
  for (const severity of severities)
    box.registry.alerts.raise(
      {
        kind: 'person_at_night',
        severity,
        ...north,
        part: severity,
        detail: null,
        picture: await drawPicture(2),
      },
      ['mqtt'],
      Date.now(),
    )
  for (const path of [
    '/alerts',
    '/alerts/settings',
    '/cameras',
    '/cameras/yard/test',
    '/system',
    '/users',
    '/me',
    '/setup',
    '/api',
    ...set,
  ]) {
    const page = await browser.newPage()
    page.on('console', (line) => line.type() === 'error' && t.fail(`${path}: ${line.text()}`))
    await page.goto(barn.url + path)
    await page.evaluate(unfold)
    await everyLook(t, page, path)
    await page.close()
  }
})
