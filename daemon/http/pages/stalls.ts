/**
 * The page on which stalls are drawn, and its forms.
 */
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { type Drawing, type StallsView, stallsPage } from '../../../web/pages/stalls.ts'
import { boxWords } from '../../../web/words/box.ts'
import { BarnboxError } from '../../lib/errors.ts'
import type { CameraView, HorseId, Stall } from '../../types.ts'
import { byOf } from '../api/corrections.ts'
import { findStall, knownAt } from '../api/stalls.ts'
import type { Assets } from '../assets.ts'
import { isAtLeast } from '../auth/rights.ts'
import { parse, streamParams } from '../checks.ts'
import type { HttpDeps } from '../deps.ts'
import { statusOf } from '../errors.ts'
import { readForm } from '../form.ts'
import { spokenTo } from '../language.ts'
import { findCamera, findHorse } from '../look-up.ts'
import { refusedFor } from '../refused.ts'
import { newStall, stallForm, stallParams } from '../stall-checks.ts'
import { takesPath, takesQuery } from '../takes.ts'
import { frameOf } from './board.ts'
import { faceOf, facesAt } from './same.ts'

/** What is none is left out: a page is not refused for a word in its address. */
const asked = z.object({
  edit: z
    .union([z.literal('new'), stallParams.shape.stallId])
    .optional()
    .catch(undefined),
  done: z.enum(['saved', 'deleted']).optional().catch(undefined),
  stall: stallParams.shape.stallId.optional().catch(undefined),
})
type Asked = z.infer<typeof asked>

const blank: Drawing = {
  ...{ id: null, revision: 0, name: '', kind: 'stall', corners: '[]', expected: [], problem: null },
}

const drawingOf = ({ id, revision, name, kind, corners, expected }: Stall): Drawing => ({
  ...{ id, revision, name, kind, corners: JSON.stringify(corners), expected, problem: null },
})

function drawingFor({ stalls }: HttpDeps, { edit }: Asked): Drawing | null {
  if (edit === undefined) return null
  const stall = edit === 'new' ? undefined : stalls.get(edit)
  return stall ? drawingOf(stall) : blank
}

function pageOf(
  c: Context,
  deps: HttpDeps,
  assets: Assets,
  camera: CameraView,
  asked: Asked,
  drawing: Drawing | null,
) {
  const { id, name, state, framesAnalysed } = camera
  const mayDraw = isAtLeast(c.get('caller').role, 'caretaker')
  const face = (horse: HorseId) => faceOf(findHorse(deps, horse), id, deps)
  const view: StallsView = {
    ...{ ...frameOf(c, assets), script: assets.url('stalls.js') },
    // A browser complains of a picture that is not there.
    camera: { id, name, hasPicture: state === 'live' && framesAnalysed > 0 },
    stalls: deps.stalls.ofStream(id).map((stall) => ({ ...stall, expected: stall.expected.map(face) })),
    horses: facesAt(deps, id, ''),
    drawing: mayDraw ? drawing : null,
    done: asked.done ?? null,
    deleted: asked.stall ?? null,
    mayDraw,
  }
  return stallsPage(view)
}

/** Why it was not stored, in the language of whoever drew it. */
function problemOf(c: Context, error: BarnboxError): string {
  const { stalls: words } = boxWords(spokenTo(c))
  if (error.code === 'STALE') return words.stale
  if (error.code === 'NAME_TAKEN') return words.taken
  const { name, kind, outline: corners, expected } = words
  return refusedFor(c, error, { name, kind, corners, expected })
}

export function stallPages(deps: HttpDeps, assets: Assets): Hono {
  const app = new Hono()
  const ofStream = takesPath(streamParams)
  const ofStall = takesPath(stallParams)
  const listed = (stream: string, more = '') => `/streams/${stream}/stalls${more}`

  /** Stores what the form says, or shows it again with what was drawn and why it was not taken. */
  async function store(c: Context, camera: CameraView, before: Stall | null): Promise<Response> {
    const { revision, ...typed } = parse(stallForm, await readForm(c))
    try {
      const drawn = parse(newStall, typed)
      const expected = knownAt(deps, camera.id, drawn.expected)
      const by = byOf(c, deps)
      if (before) deps.stalls.change(before.id, { ...drawn, expected }, { ...by, revision })
      else deps.stalls.add({ ...drawn, expected, streamId: camera.id }, by)
    } catch (error) {
      if (!(error instanceof BarnboxError) || error.kind !== 'input') throw error
      const again: Drawing = {
        id: before?.id ?? null,
        revision: (error.code === 'STALE' ? before?.revision : revision) ?? 0,
        name: typed.name,
        kind: typed.kind === 'zone' ? 'zone' : 'stall',
        corners: JSON.stringify(typed.corners),
        expected: typed.expected,
        problem: problemOf(c, error),
      }
      return c.html(pageOf(c, deps, assets, camera, {}, again), statusOf(error))
    }
    return c.redirect(listed(camera.id, '?done=saved'), 303)
  }

  app.get('/streams/:id/stalls', ofStream, takesQuery(asked), (c) => {
    const camera = findCamera(deps, c.req.valid('param').id)
    const query = c.req.valid('query')
    return c.html(pageOf(c, deps, assets, camera, query, drawingFor(deps, query)))
  })
  app.post('/streams/:id/stalls', ofStream, (c) => store(c, findCamera(deps, c.req.valid('param').id), null))
  app.post('/stalls/:stallId', ofStall, (c) => {
    const stall = findStall(deps, c.req.valid('param').stallId)
    return store(c, findCamera(deps, stall.streamId), stall)
  })
  app.post('/stalls/:stallId/delete', ofStall, (c) => {
    const { id, streamId } = findStall(deps, c.req.valid('param').stallId)
    deps.stalls.remove(id, byOf(c, deps))
    return c.redirect(listed(streamId, `?done=deleted&stall=${id}`), 303)
  })
  app.post('/stalls/:stallId/restore', ofStall, (c) => {
    const { streamId } = deps.stalls.restore(c.req.valid('param').stallId, byOf(c, deps))
    return c.redirect(listed(streamId), 303)
  })
  return app
}
