/**
 * What makes the pages an app that can be installed: the manifest, the service worker, and the page that it keeps for the time
 * when the box is away. Open to all: nothing in them is of the barn.
 */
import { createHash } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { offlinePage } from '../../web/pages/offline.ts'
import { boxLanguages } from '../../web/words/box.ts'
import { isLanguage, languages } from '../../web/words/languages.ts'
import type { Assets } from './assets.ts'
import { bareFrame } from './language.ts'

/** As the style has them: what stands around the page in its own colours. */
const GROUND = '#f4f2ee'

const iconOf = (assets: Assets, name: string, sizes: string, purpose: 'any' | 'maskable') => {
  const type = name.endsWith('.svg') ? 'image/svg+xml' : 'image/png'
  return { src: assets.url(name), sizes, type, purpose }
}

function manifestOf(assets: Assets, tag: keyof typeof languages) {
  const { product } = languages[tag]
  return {
    id: '/',
    name: product,
    short_name: product,
    description: boxLanguages[tag].app.about,
    lang: tag,
    dir: 'ltr',
    start_url: '/',
    scope: '/',
    display: 'standalone',
    background_color: GROUND,
    theme_color: GROUND,
    icons: [
      iconOf(assets, 'icon.svg', 'any', 'any'),
      iconOf(assets, 'icon-192.png', '192x192', 'any'),
      iconOf(assets, 'icon-512.png', '512x512', 'any'),
      iconOf(assets, 'maskable-512.png', '512x512', 'maskable'),
    ],
  }
}

/** The worker with the list of what it keeps; whatever of it changes makes another worker. */
function workerOf(assets: Assets): string {
  const files = ['style.css', 'offline.js', 'icon.svg'].map((name) => assets.url(name))
  const script = new TextDecoder().decode(assets.get(assets.url('worker.js').slice('/assets/'.length))?.body)
  const pages = JSON.stringify(Object.values(boxLanguages).map(({ app }) => app))
  const hash = createHash('sha256')
    .update([...files, pages, script].join('\n'))
    .digest('hex')
    .slice(0, 12)
  return `const SHELL = ${JSON.stringify({ version: `shell-${hash}`, files, icon: assets.url('icon-192.png') })};\n${script}`
}

export function shell(assets: Assets): Hono {
  const app = new Hono()
  let worker: string | undefined
  const inLanguage = (c: Context) => {
    const tag = c.req.param('tag')
    return isLanguage(tag) ? tag : undefined
  }
  app.get('/manifest/:tag', (c) => {
    const tag = inLanguage(c)
    if (tag === undefined) return c.notFound()
    return c.body(JSON.stringify(manifestOf(assets, tag)), 200, {
      'Content-Type': 'application/manifest+json',
    })
  })
  app.get('/offline/:tag', (c) => {
    const tag = inLanguage(c)
    if (tag === undefined) return c.notFound()
    const frame = { ...bareFrame(c, assets), words: languages[tag] }
    return c.html(offlinePage(frame, assets.url('offline.js')))
  })
  app.get('/service-worker.js', (c) => {
    worker ??= workerOf(assets)
    return c.body(worker, 200, { 'Content-Type': 'text/javascript; charset=utf-8' })
  })
  return app
}
