/**
 * docs/cases.md and the tests name the same cases and lessons.
 */
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (file: string) => readFileSync(`${root}/${file}`, 'utf8')

const label = '(?:regression \\d+|L\\d+)'
/** A test's name that begins with labels. */
const named = new RegExp(`\\.test\\(\\s*['"\`](${label}(?:, ${label})*): `, 'g')
const row = new RegExp(`^\\| (${label}) \\| [^|]+ \\| ([^|]+) \\|$`, 'gm')

/** The labels of a test file's names. */
const labelsOf = (source: string) => [...source.matchAll(named)].flatMap(([, all = '']) => all.split(', '))

const rows = [...read('docs/cases.md').matchAll(row)].map(([, name = '', where = '']) => ({ name, where }))

t.test('L24: every case and every lesson has its test', async (t) => {
  const numbered = (word: string, most: number) => Array.from({ length: most }, (_, n) => `${word}${n + 1}`)
  t.same(
    rows.map(({ name }) => name),
    [...numbered('regression ', 13), ...numbered('L', 28)],
  )
  const files = globSync('test/**/*.test.ts', { cwd: root }).sort()
  const found = files.flatMap((file) =>
    [...new Set(labelsOf(read(file)))].map((name) => `${name} in ${file}`),
  )
  const told = rows.flatMap(({ name, where }) =>
    [...where.matchAll(/`([^`]+)`/g)].map(([, file]) => `${name} in ${file}`),
  )
  t.same(told.sort(), found.sort())
  for (const { name, where } of rows) t.ok(where.startsWith('`test/'), `${name}: ${where}`)
})

t.test('labels are read as they stand: one, several, on a line of their own', async (t) => {
  // Not written as a call: this file is read too.
  const source = ["('L2: x', f)", "(\n  'regression 1, L7: y',\n f)", "('no L3: z', f)", '(`L4 x`)']
  t.same(labelsOf(source.map((one) => `t.test${one}`).join('\n')), ['L2', 'regression 1', 'L7'])
})
