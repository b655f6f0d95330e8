/**
 * A strict reader of Prometheus's text format (version 0.0.4): what it does not understand, or what a scraper might take
 * amiss, it throws.
 */

export interface Series {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Exposition {
  readonly types: ReadonlyMap<string, string>
  readonly series: readonly Series[]
  /** The value of the one series with these labels, and no others. */
  value(name: string, labels?: Readonly<Record<string, string>>): number
}

const NAME = '[a-zA-Z_][a-zA-Z0-9_]*'
const HEAD = new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`)
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`, 's')
const LABEL = new RegExp(`^(${NAME})="((?:[^"\\\\\\n]|\\\\["\\\\n])*)"(,|$)`)
const NUMBER = /^(?:[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[+-]Inf|NaN)$/

function labelsOf(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {}
  for (let rest = text; rest !== ''; ) {
    const found = LABEL.exec(rest)
    const [whole = '', name = '', value = ''] = found ?? []
    if (!found || name in labels) throw new Error(`labels: ${line}`)
    labels[name] = value.replace(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter))
    rest = rest.slice(whole.length)
  }
  return labels
}

const idOf = (name: string, labels: Readonly<Record<string, string>>) =>
  JSON.stringify([name, Object.entries(labels).sort()])

export function parseExposition(text: string): Exposition {
  if (!text.endsWith('\n')) throw new Error('the last line has no end')
  const types = new Map<string, string>()
  const helped = new Set<string>()
  const known = new Map<string, Series>()
  let family = ''
  for (const line of text.slice(0, -1).split('\n')) {
    if (line === '') continue
    const head = HEAD.exec(line)
    if (head) {
      const [, word, name = '', rest = ''] = head
      const isNew = word === 'HELP' ? !helped.has(name) && !types.has(name) : !types.has(name)
      if (!isNew) throw new Error(`twice, or too late: ${line}`)
      if (word === 'HELP') helped.add(name)
      else if (['counter', 'gauge'].includes(rest)) types.set(name, rest)
      else throw new Error(`type: ${line}`)
      family = name
      continue
    }
    const [, name = '', labels = '', number = ''] = SAMPLE.exec(line) ?? []
    if (name === '' || name !== family || !types.has(name) || !helped.has(name))
      throw new Error(`a sample outside its family: ${line}`)
    if (!NUMBER.test(number)) throw new Error(`number: ${line}`)
    const series = { name, labels: labelsOf(labels, line), value: Number(number) }
    const id = idOf(name, series.labels)
    if (known.has(id)) throw new Error(`twice: ${line}`)
    known.set(id, series)
  }
  for (const [name, type] of types) {
    if ((type === 'counter') !== name.endsWith('_total')) throw new Error(`${name} is a ${type}`)
  }
  return {
    types,
    series: [...known.values()],
    value(name, labels = {}) {
      const found = known.get(idOf(name, labels))
      if (!found) throw new Error(`no ${name} ${JSON.stringify(labels)}`)
      return found.value
    },
  }
}

/** The counters that have gone back, or away, from one scrape to the next. */
export function wentBack(before: Exposition, after: Exposition): string[] {
  const now = new Map(after.series.map(({ name, labels, value }) => [idOf(name, labels), value]))
  return before.series
    .filter(({ name }) => before.types.get(name) === 'counter')
    .filter(({ name, labels, value }) => !((now.get(idOf(name, labels)) ?? -1) >= value))
    .map(({ name, labels }) => `${name} ${JSON.stringify(labels)}`)
}
