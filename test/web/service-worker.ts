/**
 * A change of the language in a browser that keeps the shell: another service worker takes the place of the one before.
 */
import type { Page } from 'playwright-core'
import { until } from '../support/until.ts'

/** Shows Now in another language, and waits for the worker of that language. */
export async function changeLanguage(page: Page, barnUrl: string, language: string): Promise<void> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('ServiceWorker.enable')
  await page.goto(`${barnUrl}/language/${language}`)
  await until(async () => {
    const [active, waiting] = await page.evaluate<string[]>(`navigator.serviceWorker.getRegistration().then(
      (found) => [found?.active, found?.waiting].map((worker) => worker?.scriptURL ?? ''))`)
    // Chromium waits for the worker before to rest. With developer's tools, as here, one in some dozens never does and answers no
    // page either; without them, as measured, it goes with the next page.
    if (waiting) await devtools.send('ServiceWorker.stopAllWorkers')
    return active?.includes(`lang=${language}&`) === true
  }, `a worker in ${language}`)
  await devtools.detach()
}
