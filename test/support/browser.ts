/**
 * The real browser that tests look with. Nothing of it is left when it is disposed of.
 */
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Why there is no browser to test with, or false. */
export const noBrowser: string | false = PLACES.some((path) => existsSync(path))
  ? false
  : 'no Chromium installed (apt-get install chromium)'

export async function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: PLACES.find((path) => existsSync(path)) ?? '',
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
