/** The catalogues: all languages say the same things, each in its own words. */
import t from 'tap'
import { clock } from '../../web/time.ts'
import { boxLanguages } from '../../web/words/box.ts'
import { cameraLanguages } from '../../web/words/camera.ts'
import { cameraTestLanguages } from '../../web/words/camera-test.ts'
import { isLanguage, type Language, languageFor, languages } from '../../web/words/languages.ts'

type Leaf = string | ((...given: never[]) => string)

/** What is said, by its place in the catalogue; functions with something for each of their arguments. */
function leaves(part: object, at = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, value] of Object.entries(part) as [string, Leaf | object][]) {
    const here = at === '' ? key : `${at}.${key}`
    if (typeof value === 'object') for (const [place, text] of leaves(value, here)) found.set(place, text)
    else found.set(here, typeof value === 'string' ? value : value(...(['7', '8', '9'] as never[])))
  }
  return found
}

/** All catalogues of a language. */
const all = (tag: Language) =>
  leaves({
    ...{ ...languages[tag], box: boxLanguages[tag], camera: cameraLanguages[tag] },
    cameraTest: cameraTestLanguages[tag],
  })

const english = all('en')
/** What may be the same in English and in another language. */
const alike = new Set([
  'product',
  'language',
  'edit.notes',
  'login.name',
  'edit.name',
  'menu',
  'person',
  'state.live',
  'record.elsewhere.no',
  'box.setup.pin',
  'box.people.name',
  'box.system.machine',
  'camera.codec',
  'camera.seconds',
  'camera.id',
  'camera.rename',
  'record.elsewhere.no',
])

for (const [tag, words] of Object.entries(languages)) {
  t.test(`${tag}: nothing is left out, and nothing left in English`, (t) => {
    const said = all(tag as Language)
    t.same([...said.keys()].sort(), [...english.keys()].sort())
    const measured = (text = '') => (text.match(/\{\w+\}/g) ?? []).sort()
    for (const [place, text] of said) t.same(measured(text), measured(english.get(place)), place)
    t.equal(words.language, tag)
    for (const [place, text] of said) {
      t.ok(text.trim() !== '' && !text.includes('undefined'), place)
      if (tag === 'en' || alike.has(place) || place.startsWith('time.')) continue
      t.not(text, english.get(place), place)
      for (const given of ['7', '8', '9'])
        t.equal(text.includes(given), english.get(place)?.includes(given), `${place}: ${given}`)
    }
    t.end()
  })
}

t.test('counts and days', (t) => {
  for (const { sightings, time, why } of Object.values(languages)) {
    t.equal(new Set([sightings(0), sightings(1), sightings(2)]).size, 3)
    t.match(sightings(12_345), /12.?345/)
    t.not(time.days(1).replace('1', '2'), time.days(2))
    t.not(why.looks(1).replace('1', '2'), why.looks(2))
  }
  t.end()
})

t.test('the language that a browser asks for first, of those that there are', (t) => {
  const wishes: [string, Language][] = [
    ['', 'en'],
    ['de', 'de'],
    ['de-AT,de;q=0.9,en;q=0.8', 'de'],
    ['nl,fr;q=0.5,es;q=0.7', 'es'],
    ['nl;q=1, FR-ca ; q=0.3', 'fr'],
    ['de;q=0, en;q=0.1', 'en'],
    ['nl, sv', 'en'],
    ['*', 'en'],
    [`${'x,'.repeat(500)}de`, 'en'],
    ['de;q=2', 'de'],
    ['__proto__, constructor', 'en'],
  ]
  for (const [said, language] of wishes) t.equal(languageFor(said), language, said.slice(0, 40))
  t.equal(isLanguage('toString'), false)
  t.end()
})

t.test('a time is told in the zone of the box', (t) => {
  const at = Date.UTC(2026, 10, 2, 3, 12)
  const told = (language: Language, zone: string, nowMs: number) =>
    clock({ words: languages[language], zone }, at, nowMs)
  t.equal(told('en', 'UTC', at), '03:12')
  t.equal(told('de', 'Europe/Berlin', at), '04:12')
  t.equal(told('en', 'Europe/Berlin', at + 86_400_000), '2 Nov, 04:12')
  t.match(told('de', 'UTC', at + 86_400_000), /^2\. Nov\.?, 03:12$/)
  t.match(told('fr', 'UTC', at + 86_400_000), /^2 nov\.?, 03:12$/)
  t.match(told('es', 'America/New_York', at + 86_400_000), /^1 nov\.?, 22:12$/)
  t.end()
})
