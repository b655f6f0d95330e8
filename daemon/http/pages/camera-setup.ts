/**
 * The pages that set cameras up: `/add-camera`, step by step, and `/cameras/ID/settings`. Plain forms; what is being set up
 * waits in a draft.
 */
import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { emptySource, type SetupProblem, type SourceFields } from '../../../web/pages/camera-forms.ts'
import {
  type AddCameraView,
  addCameraPage,
  cameraSettingsPage,
  triedCameraPage,
} from '../../../web/pages/camera-setup.ts'
import type { CameraDesk, CameraSettings, SourceEdit } from '../../camera-types.ts'
import { BarnboxError } from '../../lib/errors.ts'
import type { StreamId } from '../../types.ts'
import type { Assets } from '../assets.ts'
import { meantBy } from '../camera-address.ts'
import { cameraChange, deviceQuery, draftParams, editOf, newCamera, sourceForm } from '../camera-checks.ts'
import { parse, streamParams } from '../checks.ts'
import type { HttpDeps } from '../deps.ts'
import { statusOf } from '../errors.ts'
import { readForm } from '../form.ts'
import { takesPath } from '../takes.ts'
import { frameOf } from './board.ts'
import { createDrafts, type Draft, type Drafts } from './camera-drafts.ts'
import { cameraTestPages } from './camera-test.ts'

export function cameraSetupPages(deps: HttpDeps, assets: Assets): Hono {
  const app = new Hono()
  const drafts = createDrafts(deps.clock.monoMs)
  app.route('/', firstSteps(deps, assets, drafts))
  app.route('/', triedSteps(deps, assets, drafts))
  app.route('/', settingsForms(deps, assets))
  app.route('/', cameraTestPages(deps, assets))
  return app
}

type Form = ReturnType<typeof sourceForm.parse>

function firstSteps({ cameraDesk: desk }: HttpDeps, assets: Assets, drafts: Drafts): Hono {
  const app = new Hono()
  const page = (c: Context, more: Partial<AddCameraView> = {}, status: ContentfulStatusCode = 200) => {
    const view = {
      ...frameOf(c, assets),
      here: '/cameras',
      devices: null,
      source: emptySource,
      problem: null,
    }
    return c.html(addCameraPage({ ...view, ...more }), status)
  }
  app.get('/add-camera', (c) => page(c))
  app.post('/add-camera/look', async (c) => {
    try {
      return page(c, { devices: await desk.discover() })
    } catch (error) {
      return page(c, { problem: problemOf(error) }, statusFor(error))
    }
  })
  app.post('/add-camera', async (c) => {
    const form = sourceForm.parse(await readForm(c))
    try {
      const draft = await begin(desk, form)
      return c.redirect(`/add-camera/${drafts.add(draft)}`, 303)
    } catch (error) {
      const problem = problemOf(error)
      const status = statusFor(error)
      const before = form.of === null ? undefined : desk.get(form.of as StreamId)
      const source = { ...fieldsOfForm(form), hasPassword: before?.hasPassword ?? false }
      if (!before) return page(c, { source, problem }, status)
      const view = { ...frameOf(c, assets), here: '/cameras', camera: before, source, problem }
      return c.html(cameraSettingsPage(view), status)
    }
  })
  return app
}

/** Asks a device for its streams, or tries the stream that was typed. */
async function begin(desk: CameraDesk, form: Form): Promise<Draft> {
  const meant = meantBy(form.address)
  const of = form.of as StreamId | null
  const { username, password } = form
  if (meant.kind === 'device') {
    const query = parse(deviceQuery, { host: meant.host, port: meant.port, username, password })
    const streams = await desk.streamsOf(query)
    // A camera that has a password keeps it where none was typed.
    const kept = of !== null && password === null ? undefined : password
    return { of, source: { username, password: kept, transport: form.transport }, streams, trial: null }
  }
  const source = sourceOf(form, of)
  return { of, source, streams: null, trial: await desk.test(source, of ?? undefined) }
}

/** What was typed, with the password in its own field before one in the address; none is as it was, without a user none. */
function sourceOf(form: Form, of: StreamId | null, before?: SourceEdit): SourceEdit {
  const meant = meantBy(form.address)
  const told = meant.kind === 'stream' ? meant : { url: form.address, username: null, password: null }
  const detect = form.detect === '' ? null : meantBy(form.detect)
  const username = form.username ?? told.username
  const kept = before ? before.password : of === null ? null : undefined
  return {
    url: told.url,
    detectUrl: detect && (detect.kind === 'stream' ? detect.url : form.detect),
    username,
    password: form.password ?? told.password ?? (username === null ? null : kept),
    transport: form.transport,
  }
}

function triedSteps({ cameraDesk: desk }: HttpDeps, assets: Assets, drafts: Drafts): Hono {
  const app = new Hono()
  const ofDraft = takesPath(draftParams)
  const page = (c: Context, id: string, draft: Draft, problem: SetupProblem | null = null) => {
    const settings = draft.of === null ? undefined : desk.get(draft.of)
    const view = { ...frameOf(c, assets), here: '/cameras', draft: id, problem }
    const of = settings?.name ?? draft.of
    const { streams, trial } = draft
    return triedCameraPage({ ...view, of, name: '', source: fieldsOf(draft, settings), streams, trial })
  }
  /** Does a step of a draft; who comes too late begins again. */
  const step = (work: (c: Context, id: string, draft: Draft) => Promise<Response>) => async (c: Context) => {
    const id = c.req.param('draft') ?? ''
    const draft = drafts.get(id)
    if (!draft) return c.redirect('/add-camera', 303)
    try {
      return await work(c, id, draft)
    } catch (error) {
      return c.html(page(c, id, draft, problemOf(error)), statusFor(error))
    }
  }
  const tried = async (c: Context, id: string, draft: Draft, source: SourceEdit) => {
    const trial = await desk.test(source, draft.of ?? undefined)
    drafts.put(id, { ...draft, source, trial })
    return c.redirect(`/add-camera/${id}`, 303)
  }
  app.get(
    '/add-camera/:draft',
    ofDraft,
    step(async (c, id, draft) => c.html(page(c, id, draft))),
  )
  app.get('/add-camera/:draft/picture.jpg', ofDraft, (c) => {
    const picture = drafts.get(c.req.valid('param').draft)?.trial?.main.picture
    if (!picture) throw new BarnboxError('NOT_FOUND', 'There is no such picture.')
    return c.body(new Uint8Array(picture), 200, { 'Content-Type': 'image/jpeg' })
  })
  app.post(
    '/add-camera/:draft/choose',
    ofDraft,
    step(async (c, id, draft) => {
      const form = await readForm(c)
      const [main, detect] = ['main', 'detect'].map(
        (field) => draft.streams?.[Number(form[field] || Number.NaN)],
      )
      return tried(c, id, draft, { ...draft.source, url: main?.url ?? '', detectUrl: detect?.url ?? null })
    }),
  )
  app.post(
    '/add-camera/:draft/test',
    ofDraft,
    step(async (c, id, draft) =>
      tried(c, id, draft, sourceOf(sourceForm.parse(await readForm(c)), draft.of, draft.source)),
    ),
  )
  app.post(
    '/add-camera/:draft/save',
    ofDraft,
    step(async (c, id, { of, source }) => {
      const { name } = await readForm(c)
      const { id: saved } =
        of === null
          ? await desk.add({
              ...source,
              ...parse(newCamera.pick({ url: true, name: true }), { url: source.url, name }),
            })
          : await desk.change(of, source)
      drafts.remove(id)
      // A new one is tested next.
      return c.redirect(of === null ? `/cameras/${saved}/test` : `/cameras#camera-${saved}`, 303)
    }),
  )
  return app
}

function settingsForms({ cameraDesk: desk }: HttpDeps, assets: Assets): Hono {
  const app = new Hono()
  const ofCamera = takesPath(streamParams)
  const settingsOf = (id: StreamId) => {
    const settings = desk.get(id)
    if (!settings) throw new BarnboxError('NOT_FOUND', `There is no camera ${id}.`)
    return settings
  }
  const page = (c: Context, camera: CameraSettings, problem: SetupProblem | null = null) =>
    cameraSettingsPage({
      ...{ ...frameOf(c, assets), here: '/cameras', camera, problem },
      source: fieldsOf({ of: camera.id, source: {} }, camera),
    })
  const step = (work: (id: StreamId, form: Awaited<ReturnType<typeof readForm>>) => Promise<unknown>) => {
    return async (c: Context) => {
      const settings = settingsOf(c.req.param('id') as StreamId)
      try {
        await work(settings.id, await readForm(c))
        return c.redirect('/cameras', 303)
      } catch (error) {
        return c.html(page(c, settings, problemOf(error)), statusFor(error))
      }
    }
  }
  app.get('/cameras/:id/settings', ofCamera, (c) => c.html(page(c, settingsOf(c.req.valid('param').id))))
  app.post(
    '/cameras/:id/settings',
    ofCamera,
    step((id, { name }) => desk.change(id, editOf(parse(cameraChange, { name })))),
  )
  app.post(
    '/cameras/:id/pause',
    ofCamera,
    step((id, { paused }) => desk.change(id, { enabled: paused !== 'yes' })),
  )
  app.post(
    '/cameras/:id/remove',
    ofCamera,
    step((id) => desk.remove(id)),
  )
  return app
}

function fieldsOf(
  { of, source }: Pick<Draft, 'of' | 'source'>,
  before: CameraSettings | undefined,
): SourceFields {
  const { url, detectUrl, username, password, transport } = source
  const stays = of !== null && password === undefined
  return {
    address: url ?? before?.url ?? '',
    detectAddress: (detectUrl === undefined ? before?.detectUrl : detectUrl) ?? '',
    username: (username === undefined ? before?.username : username) ?? '',
    hasPassword: stays ? (before?.hasPassword ?? false) : typeof password === 'string',
    transport: transport ?? before?.transport ?? 'tcp',
  }
}

/** As it was typed, but for a password that stood in the address. */
function fieldsOfForm({ address, detect, username, transport }: Form): SourceFields {
  const meant = meantBy(address)
  const shown = meant.kind === 'stream' ? meant.url : address
  const user = username ?? (meant.kind === 'stream' ? meant.username : null)
  const detectMeant = meantBy(detect)
  const detectAddress = detectMeant.kind === 'stream' ? detectMeant.url : detect
  return { address: shown, detectAddress, username: user ?? '', hasPassword: false, transport }
}

const codes: Readonly<Record<string, SetupProblem['key']>> = {
  CAMERA_BUSY: 'busy',
  ONVIF_REFUSED: 'refused',
  ONVIF_FAILED: 'onvif',
  STATE_DIR: 'disk',
}
const fields: readonly [start: RegExp, key: SetupProblem['key']][] = [
  [/^(url|detect_url|host|port)\b/, 'address'],
  [/^password: give it again/, 'passwordAgain'],
  [/^name\b/, 'name'],
  [/^(username|password)\b/, 'user'],
  [/^There are \d+ cameras/, 'tooMany'],
]

/** What is wrong in words of the page; whatever is nobody's fault who sits there is thrown on. */
function problemOf(error: unknown): SetupProblem {
  if (!(error instanceof BarnboxError) || (error.kind !== 'input' && error.code !== 'STATE_DIR')) throw error
  const key = codes[error.code] ?? fields.find(([start]) => start.test(error.message))?.[1]
  return key ? { key } : { key: 'other', words: error.message }
}

const statusFor = (error: unknown) => statusOf(error as BarnboxError)
