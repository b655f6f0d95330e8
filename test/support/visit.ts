/**
 * A page as a person opens it, which must neither complain nor ask another host for anything: either fails the test.
 */
import type { Browser, Page } from 'playwright-core'
import type { Test } from 'tap'

export const BIG = { width: 1280, height: 800 }
export const PHONE = { width: 360, height: 740 }

/** Opens a page of the box, as a browser that was never there before. */
export async function visit(t: Test, browser: Browser, url: string, viewport = BIG): Promise<Page> {
  const page = await browser.newPage({ viewport })
  t.teardown(() => page.close())
  holdToTheRules(t, page, new URL(url).host)
  await page.goto(url)
  return page
}

/** Fails the test at the first complaint, and at the first word to another host. */
function holdToTheRules(t: Test, page: Page, host: string): void {
  page.on('console', (line) => {
    if (line.type() === 'error' || line.type() === 'warning')
      t.fail(`console: ${line.text()} ${line.location().url}`)
  })
  page.on('pageerror', (error) => t.fail(`script: ${error.message}`))
  page.on('request', (request) => {
    const asked = new URL(request.url().replace(/^blob:/, ''))
    if (asked.host !== host && asked.protocol !== 'data:') t.fail(`asked another host: ${request.url()}`)
  })
  page.on('websocket', (socket) => {
    if (new URL(socket.url()).host !== host) t.fail(`asked another host: ${socket.url()}`)
  })
}
