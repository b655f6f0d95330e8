/**
 * The real browser that tests look with. Nothing of it is left when it is disposed of.
 */
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const WHOLE = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
/** The same engine and codecs without windows and notifications: it takes half the time. */
const LIGHT = ['/usr/bin/chromium-headless-shell', ...WHOLE]

const firstOf = (places: readonly string[]) => places.find((path) => existsSync(path))

/** Why there is no browser to test with, or false. */
export const noBrowser: string | false = firstOf(WHOLE)
  ? false
  : 'no Chromium installed (apt-get install chromium)'

/** `whole` is the browser as people have it. */
export async function startBrowser(kind: 'light' | 'whole' = 'light'): Promise<Browser> {
  return chromium.launch({
    executablePath: firstOf(kind === 'light' ? LIGHT : WHOLE) ?? '',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
