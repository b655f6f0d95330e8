/**
 * docs/errors.md and the code name the same faults.
 */
import { readFileSync } from 'node:fs'
import { Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import t from 'tap'
import { problem } from '../../daemon/http/errors.ts'
import { ERROR_KINDS } from '../../daemon/lib/errors.ts'

const document = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')

/** The rows of a section's table that begin with a code. */
function rowsOf(heading: string): string[][] {
  const section = document.split(/^## /m).find((text) => text.startsWith(heading)) ?? ''
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| |\|$/g, '').trim()))
}

const codeOf = (cell: string | undefined) => cell?.replaceAll('`', '') ?? ''

t.test('every code has a row with its kind, meaning, cause and cure', async (t) => {
  const rows = rowsOf('Codes\n')
  const documented = Object.fromEntries(rows.map(([code, kind]) => [codeOf(code), kind]))
  t.same(documented, ERROR_KINDS)
  t.equal(rows.length, Object.keys(ERROR_KINDS).length, 'no row stands twice')
  for (const row of rows) {
    t.equal(row.length, 5, `${row[0]}`)
    for (const cell of row.slice(2)) t.match(cell, /\.$/, `${row[0]}: whole sentences`)
  }
})

t.test('every code that only HTTP gives has a row with its status', async (t) => {
  const app = new Hono()
  app.get('/:status', (c) => problem(c, Number(c.req.param('status')) as ContentfulStatusCode, 'x'))
  const given: Record<string, string> = {}
  for (let status = 400; status < 600; status++) {
    const { code } = (await (await app.request(`/${status}`)).json()) as { code: string }
    if (!(code in ERROR_KINDS)) given[code] = String(status)
  }
  const rows = rowsOf('Codes of HTTP')
  t.same(Object.fromEntries(rows.map(([code, status]) => [codeOf(code), status])), given)
})
