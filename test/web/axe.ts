/**
 * What axe-core finds on a page: the rules of WCAG 2.2 AA, as far as a program can tell.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { BIG, PHONE } from '../support/visit.ts'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
/** Those that look at colours. */
const colors = ['color-contrast', 'link-in-text-block']

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
}

/** What axe finds on the page as it stands. */
export async function violations(page: Page, runOnly: readonly string[] = rules): Promise<string[]> {
  // It is large: once a page is enough.
  if (!(await page.evaluate<boolean>("'axe' in window"))) await page.evaluate(source)
  const found = await page.evaluate<Violation[]>(
    `axe.run(document, { runOnly: ${JSON.stringify(runOnly)} }).then(({ violations }) => violations)`,
  )
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)}: ${failureSummary}`),
  )
}

/**
 * Holds a page as it stands to the rules, at the size of a phone and of a desk, light and dark; in the dark only colours are
 * others. Nothing may stick out.
 */
export async function everyLook(
  t: Test,
  page: Page,
  name: string,
  looked: (width: number, colorScheme: 'light' | 'dark') => Promise<unknown> = async () => {},
): Promise<void> {
  for (const size of [PHONE, BIG]) {
    await page.setViewportSize(size)
    for (const [colorScheme, asked] of [
      ['light', rules],
      ['dark', colors],
    ] as const) {
      await page.emulateMedia({ colorScheme })
      t.same(await violations(page, asked), [], `${name}: ${colorScheme} at ${size.width}`)
      await looked(size.width, colorScheme)
    }
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth')
    t.ok(wide <= size.width, `${name}: nothing sticks out: ${wide} of ${size.width}`)
  }
}
