/**
 * Style, scripts and icons under names that hold their content's hash, so that browsers keep them for good. A built
 * barnbox finds them ready beside the program; from source they are bundled once, in memory.
 */
import { readFile } from 'node:fs/promises'
import { Hono } from 'hono'
import { BarnboxError } from '../lib/errors.ts'

export interface Asset {
  /** As pages ask for it: `now-en.js`. */
  readonly name: string
  /** With the hash: `now-en-1a2b3c4d.js`. */
  readonly file: string
  readonly type: string
  readonly body: Uint8Array
}

export interface Assets {
  /** The address of an asset by its plain name. */
  url(name: string): string
  get(file: string): Asset | undefined
}

export function assetsFrom(list: readonly Asset[]): Assets {
  const byFile = new Map(list.map((asset) => [asset.file, asset]))
  const byName = new Map(list.map((asset) => [asset.name, asset]))
  return {
    url(name) {
      const asset = byName.get(name)
      if (asset === undefined) throw new BarnboxError('INTERNAL', `no asset ${name}`)
      return `/assets/${asset.file}`
    },
    get: (file) => byFile.get(file),
  }
}

async function readBuilt(folder: URL): Promise<readonly Asset[] | undefined> {
  let manifest: string
  try {
    manifest = await readFile(new URL('manifest.json', folder), 'utf8')
  } catch {
    return undefined
  }
  const entries = JSON.parse(manifest) as readonly Omit<Asset, 'body'>[]
  return Promise.all(
    entries.map(async (entry) => ({ ...entry, body: await readFile(new URL(entry.file, folder)) })),
  )
}

/** `build.ts` writes `web/` beside the bundled program; in the source tree there is none beside this file. */
export async function loadAssets(folder = new URL('web/', import.meta.url)): Promise<Assets> {
  const built = await readBuilt(folder)
  if (built !== undefined) return assetsFrom(built)
  // A computed address keeps the bundler, which the built program does not have, out of the bundle.
  const bundler = new URL('../../web/bundle.ts', import.meta.url).href
  const { bundleWeb } = (await import(bundler)) as { bundleWeb: () => Promise<readonly Asset[]> }
  return assetsFrom(await bundleWeb())
}

/** Open to all: the log-in page needs its style, and there is nothing in them that the sources do not tell. */
export function serveAssets(assets: Assets): Hono {
  return new Hono().get('/assets/:file', (c) => {
    const asset = assets.get(c.req.param('file'))
    if (asset === undefined) return c.notFound()
    c.header('Cache-Control', 'public, max-age=31536000, immutable')
    return c.body(new Uint8Array(asset.body), 200, { 'Content-Type': asset.type })
  })
}
