/**
 * `/restore`: a new box for a broken one. For an admin, and for whoever has shown the PIN of the set-up; plain forms, one thing at a time.
 */
import { type Context, Hono } from 'hono'
import { type RestoreView, restorePage, restoringPage } from '../../../web/pages/restore.ts'
import { BarnboxError } from '../../lib/errors.ts'
import type { RestoreDesk } from '../../restore-types.ts'
import type { Assets } from '../assets.ts'
import { RESTORE } from '../auth/access.ts'
import type { HttpDeps } from '../deps.ts'
import { statusOf } from '../errors.ts'
import { readForm } from '../form.ts'
import { bareFrame } from '../language.ts'
import { hostOf } from '../origin.ts'
import { takeFile } from '../upload.ts'
import { frameOf } from './board.ts'

const UPLOAD = `${RESTORE}/file`

export const isBackupUpload = (c: Context) => c.req.method === 'POST' && c.req.path === UPLOAD

export function restorePages(deps: HttpDeps, assets: Assets): Hono {
  const app = new Hono()
  const { restores } = deps
  const mustHave = (): RestoreDesk => {
    if (restores) return restores
    throw new BarnboxError('NOT_FOUND', 'No backup can be restored here.')
  }
  /** Whoever sets the box up has no menu: it would lead nowhere. */
  const frame = (c: Context) =>
    c.get('caller').by === 'pin' ? bareFrame(c, assets) : { ...frameOf(c, assets), here: '/system' }
  const page = async (c: Context, problem: string | null = null) => {
    const desk = mustHave()
    const { hasHorses, isBusy, staged, fault, mostBytes } = desk
    const isAsking = !hasHorses && !isBusy && staged === null
    const offered = isAsking ? await desk.offered() : { backups: [], barred: [] }
    const view: RestoreView = {
      ...{ ...frame(c), ...offered, hasHorses, isBusy, staged, mostBytes },
      nowMs: deps.clock.utcMs(),
      problem: problem ?? fault,
    }
    return restorePage(view)
  }
  /** What is refused is said on the page. */
  const answered = async (c: Context, work: (desk: RestoreDesk) => Promise<void> | void) => {
    const desk = mustHave()
    try {
      await work(desk)
    } catch (error) {
      const isTold = error instanceof BarnboxError && error.kind !== 'bug'
      if (!isTold) throw error
      return c.html(await page(c, error.message), statusOf(error))
    }
    return c.redirect(RESTORE, 303)
  }
  app.get(RESTORE, async (c) => c.html(await page(c)))
  app.post(UPLOAD, (c) => answered(c, (desk) => takeFile(c, desk.takeArchive)))
  app.post(`${RESTORE}/offered`, async (c) => {
    const { backup } = await readForm(c)
    return answered(c, (desk) => desk.takeOffered(String(backup)))
  })
  app.post(`${RESTORE}/discard`, (c) => answered(c, (desk) => desk.discard()))
  app.post(`${RESTORE}/confirm`, async (c) => {
    const { sure } = await readForm(c)
    const desk = mustHave()
    if (sure !== 'yes') return c.redirect(RESTORE, 303)
    const { staged } = desk
    const answer = await answered(c, () => desk.confirm(c.get('caller').name))
    if (answer.status !== 303 || staged === null) return answer
    // It is served at the same address; encrypted or not is as on the old box.
    const isSame = staged.isSecure === (deps.tls !== undefined)
    const back = isSame ? '/login' : `${staged.isSecure ? 'https' : 'http'}://${hostOf(c)}/login`
    return c.html(restoringPage({ ...bareFrame(c, assets), script: assets.url('restoring.js') }, back))
  })
  return app
}
