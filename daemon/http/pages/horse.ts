/**
 * The page of a horse, and the forms on it.
 */
import { type Context, Hono } from 'hono'
import type { FactsView, Typed } from '../../../web/pages/facts.ts'
import { horsePage } from '../../../web/pages/horse.ts'
import { BarnboxError } from '../../lib/errors.ts'
import type { Horse } from '../../types.ts'
import { byOf } from '../api/corrections.ts'
import type { Assets } from '../assets.ts'
import { withDone } from '../back.ts'
import { horseDetails, horseForm, horseParams, officialForm, pageQuery, parse, splitForm } from '../checks.ts'
import type { HttpDeps } from '../deps.ts'
import type { Hub } from '../events/hub.ts'
import { readForm } from '../form.ts'
import { spokenTo } from '../language.ts'
import { changeHorse, findHorse } from '../look-up.ts'
import { refusedFor } from '../refused.ts'
import { takesPath, takesQuery } from '../takes.ts'
import { type Asked, horseView } from './horse-view.ts'

export function horsePages(deps: HttpDeps, assets: Assets, hub: Hub): Hono {
  const app = new Hono()
  const ofHorse = takesPath(horseParams)
  const page = (c: Context, horse: Horse, asked: Asked) => {
    return horsePage(horseView(c, deps, { assets, hub }, horse, asked))
  }
  app.get('/horses/:horseId', ofHorse, takesQuery(pageQuery), (c) => {
    return c.html(page(c, findHorse(deps, c.req.valid('param').horseId), c.req.valid('query')))
  })
  app.post('/horses/:horseId', ofHorse, async (c) => {
    const horse = findHorse(deps, c.req.valid('param').horseId)
    const form = await readForm(c)
    try {
      const { details, revision } = parse(horseDetails, parse(horseForm, form))
      changeHorse(deps, horse.id, details, { ...byOf(c, deps), revision })
    } catch (error) {
      // What was typed is not lost: the page comes back with it.
      if (!(error instanceof BarnboxError) || error.kind !== 'input') throw error
      const isStale = error.code === 'STALE'
      const problem = isStale ? spokenTo(c).words.record.facts.stale : refusedFor(c, error, labelsOf(c))
      const tried: FactsView['tried'] = { typed: typedIn(form, horse), problem, isStale }
      return c.html(page(c, findHorse(deps, horse.id), { tried }), isStale ? 409 : 400)
    }
    return c.redirect(`/horses/${horse.id}?done=saved`, 303)
  })
  app.post('/horses/:horseId/official', ofHorse, async (c) => {
    const { official, revision } = parse(officialForm, await readForm(c))
    const edit = { ...byOf(c, deps), revision }
    const horse = deps.horses.setOfficial(c.req.valid('param').horseId, official === 'yes', edit)
    deps.facts.publish('horse-changed', { horse, change: 'details' })
    return c.redirect(`/horses/${horse.id}?done=saved`, 303)
  })
  app.post('/horses/:horseId/split', ofHorse, async (c) => {
    const { sighting: ids, name } = parse(splitForm, await readForm(c))
    const { correction } = deps.corrections.split(c.req.valid('param').horseId, ids, byOf(c, deps))
    const fresh = correction.otherId
    if (name !== null && fresh !== null) changeHorse(deps, fresh, { name }, byOf(c, deps))
    return c.redirect(withDone(`/horses/${fresh ?? c.req.valid('param').horseId}`, correction.id), 303)
  })
  app.post('/horses/:horseId/delete', ofHorse, (c) => {
    const { correction } = deps.corrections.remove(c.req.valid('param').horseId, byOf(c, deps))
    return c.redirect(withDone('/corrections', correction.id), 303)
  })
  return app
}

/** The coat is `color` where programs say it. */
function labelsOf(c: Context): Readonly<Record<string, string>> {
  const { edit, record } = spokenTo(c).words
  const { breed, age, coat: color, markings, gender } = record.facts
  return { name: edit.name, notes: edit.notes, breed, age, color, markings, gender }
}

/** What a person typed; a field that the form had not is as it was. */
function typedIn(form: Readonly<Record<string, unknown>>, horse: Horse): Typed {
  const of = (name: keyof Typed) => {
    const text = form[name]
    return typeof text === 'string' ? text : String(horse[name] ?? '')
  }
  return {
    ...{ name: of('name'), notes: of('notes'), breed: of('breed'), age: of('age') },
    ...{ coat: of('coat'), markings: of('markings'), gender: of('gender') },
  }
}
