/**
 * So much of Home Assistant's templates (Jinja) as the box's use: `{{ A if B else C }}` of `value`, `value_json` and their keys.
 */

/** What a template makes of a payload, as text; null and what is not there are `None` and nothing. */
export function render(template: string, payload: string): string {
  return template.replace(/\{\{(.*?)\}\}/g, (_all, expression: string) =>
    textOf(evaluate(expression.trim(), payload)),
  )
}

function textOf(value: unknown): string {
  if (value === null) return 'None'
  if (value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function evaluate(expression: string, payload: string): unknown {
  const choice = /^(.+?) if (.+?) else (.+)$/.exec(expression)
  if (choice) {
    const [, then = '', condition = '', otherwise = ''] = choice
    return evaluate(isSo(evaluate(condition, payload)) ? then : otherwise, payload)
  }
  const test = /^(.+) is none$/.exec(expression)
  if (test) return evaluate(test[1] ?? '', payload) === null
  const equal = /^(.+) == (.+)$/.exec(expression)
  if (equal) return evaluate(equal[1] ?? '', payload) === evaluate(equal[2] ?? '', payload)
  const product = /^(.+) \* (\d+)$/.exec(expression)
  if (product) return Number(evaluate(product[1] ?? '', payload)) * Number(product[2])
  const text = /^'([^']*)'$/.exec(expression)
  if (text) return text[1]
  if (expression === 'value') return payload
  const got = /^(.+)\.get\('([\w-]+)'\)$/.exec(expression)
  if (got) return Object(evaluate(got[1] ?? '', payload))[got[2] ?? ''] ?? null
  const path = /^value_json((?:\.\w+)+)$/.exec(expression)
  if (!path) throw new Error(`not understood: ${expression}`)
  let at: unknown = JSON.parse(payload)
  for (const key of (path[1] ?? '').split('.').slice(1)) at = Object(at)[key]
  return at
}

/** Jinja's truth: an empty list is none. */
const isSo = (value: unknown) => (Array.isArray(value) ? value.length > 0 : Boolean(value))
