/**
 * What people set right, on pages: the line after a correction, lists, and undo.
 */
import { type Context, Hono } from 'hono'
import { type Done, type Linked, type Said, saidPage } from '../../../web/pages/said.ts'
import type { Correction, CorrectionId, HorseId } from '../../types.ts'
import { byOf } from '../api/corrections.ts'
import type { Assets } from '../assets.ts'
import { isAtLeast } from '../auth/rights.ts'
import { backTo, pageOf, withDone } from '../back.ts'
import { correctionParams, horseParams, pageQuery } from '../checks.ts'
import type { HttpDeps } from '../deps.ts'
import { takesPath, takesQuery } from '../takes.ts'
import { frameOf } from './board.ts'

/** Corrections on one page. */
const most = 50

/** A horse as it is or was called, with its page where it has one. */
export function linked(deps: Pick<HttpDeps, 'horses'>, id: HorseId): Linked {
  const { number = null, name = null } = deps.horses.called(id) ?? {}
  return { number, name, id: deps.horses.get(id)?.id ?? null }
}

export function saidOf(deps: Pick<HttpDeps, 'horses'>, one: Correction): Said {
  const { id, kind, atMs, actor, undoneMs, horseId, otherId } = one
  const [from, to] = [horseId && linked(deps, horseId), otherId && linked(deps, otherId)]
  return { id, kind, atMs, actor, undoneMs, from, to }
}

/** What the address says was done a moment ago. */
export function doneOf(deps: HttpDeps, done: CorrectionId | 'saved' | undefined): Done {
  if (done === undefined) return null
  if (done === 'saved') return 'saved'
  const correction = deps.corrections.get(done)
  return correction ? saidOf(deps, correction) : null
}

export function saidPages(deps: HttpDeps, assets: Assets): Hono {
  const app = new Hono()
  app.get('/corrections', takesQuery(pageQuery), (c) => {
    const { done, before } = c.req.valid('query')
    const found = deps.corrections.list(most + 1, undefined, before)
    const shown = found.slice(0, most)
    const page = {
      ...frameOf(c, assets),
      nowMs: deps.clock.utcMs(),
      mayCorrect: isAtLeast(c.get('caller').role, 'caretaker'),
      done: doneOf(deps, done),
      corrections: shown.map((one) => saidOf(deps, one)),
      older: found.length > most ? `/corrections?before=${shown.at(-1)?.atMs}` : null,
    }
    return c.html(saidPage(page))
  })
  app.post('/corrections/:correctionId/undo', takesPath(correctionParams), (c) => {
    const { correction } = deps.corrections.undo(c.req.valid('param').correctionId, byOf(c, deps))
    const { id, kind, horseId } = correction
    const isBack = kind === 'delete' && horseId !== null
    return c.redirect(isBack ? withDone(`/horses/${horseId}`, id) : backFrom(c, deps, correction), 303)
  })
  return app
}

/** The page again on which it was said or undone; where that was of a horse that is gone by it, the page of the other one, or of all that was said. */
export function backFrom(
  c: Context,
  deps: Pick<HttpDeps, 'horses'>,
  { id, horseId, otherId }: Correction,
): string {
  const [, here] = /^\/horses\/([^/?]+)/.exec(pageOf(c.req.header('referer'))) ?? []
  const params = horseParams.safeParse({ horseId: here })
  if (!params.success || deps.horses.get(params.data.horseId)) return backTo(c, id)
  const [there] = [horseId, otherId].flatMap((one) => (one === null ? [] : (deps.horses.get(one) ?? [])))
  return withDone(there ? `/horses/${there.id}` : '/corrections', id)
}
