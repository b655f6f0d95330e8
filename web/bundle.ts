/**
 * Makes the files that browsers load: scripts bundled and made small, style made small, icon as it is.
 */
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build, type Plugin, stop } from 'esbuild'
import sharp from 'sharp'
import { type Language, languages } from './words/languages.ts'

export interface WebFile {
  readonly name: string
  readonly file: string
  readonly type: string
  readonly body: Uint8Array
}

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
}

function webFile(name: string, body: Uint8Array): WebFile {
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 10)
  const [stem = '', extension = ''] = name.split('.')
  return { name, file: `${stem}-${hash}.${extension}`, type: TYPES[extension] ?? 'text/plain', body }
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

const spoken = /\/spoken\.ts$/
/** What only pages say. */
const pagesOnly = /\/words\/record\/\w+\.ts$/

/** Puts the catalogue of a language in the place of `words/spoken.ts`, without what scripts do not say. */
function inLanguage(language: Language): Plugin {
  return {
    name: 'language',
    setup(bundler) {
      bundler.onLoad({ filter: spoken }, () => {
        const contents = `export { ${language} as words } from './${language}.ts'`
        return { contents, loader: 'ts', resolveDir: here('words') }
      })
      bundler.onLoad({ filter: pagesOnly }, () => ({ contents: 'export const record = {}', loader: 'ts' }))
    },
  }
}

type Bundled = { readonly name: string; readonly body: Uint8Array }

async function bundle(
  entries: readonly string[],
  more: Pick<BuildOptions, 'plugins' | 'splitting' | 'chunkNames'> = {},
): Promise<Bundled[]> {
  const result = await build({
    entryPoints: entries.map(here),
    bundle: true,
    minify: true,
    format: 'esm',
    // Phones and tablets that stay in barns get old.
    target: ['chrome88', 'safari15', 'firefox89'],
    write: false,
    outdir: 'out',
    logLevel: 'silent',
    ...more,
  })
  return result.outputFiles.map((one) => ({
    name: one.path.split('/').at(-1) ?? '',
    body: one.contents,
  }))
}

/** Of the icon. */
const GROUND = '#2f5d50'

/** Scripts that pages load. */
const scripts = ['now', 'stream', 'record'] as const
/** Scripts that say nothing by themselves: their words come with the page. */
const silent = ['stalls', 'testing', 'restoring', 'shell', 'offline', 'worker'] as const

/**
 * A page loads its script in its own language: `now-de.js`. What several have in common is a part of its own, fetched once; others
 * name it, so that it keeps the name, with a hash, that the bundler gives it.
 */
async function bundleScripts(language: Language): Promise<WebFile[]> {
  const parts = { splitting: true, chunkNames: `part-[hash]-${language}` }
  const files = await bundle(
    scripts.map((name) => `client/${name}.ts`),
    { plugins: [inLanguage(language)], ...parts },
  )
  return files.map(({ name, body }) =>
    name.startsWith('part-')
      ? { name, file: name, type: TYPES['js'] ?? '', body }
      : webFile(name.replace('.', `-${language}.`), body),
  )
}

async function bundleSilent(): Promise<WebFile[]> {
  const files = await bundle(['style.css', ...silent.map((name) => `client/${name}.ts`)])
  return files.map(({ name, body }) => webFile(name, body))
}

/** The drawing within, small enough for whatever shape a phone cuts it to, on all of the ground. */
const SAFE = 0.72

async function drawIcons(): Promise<WebFile[]> {
  const drawing = await readFile(here('icon.svg'))
  const png = (side: number) => sharp(drawing, { density: 72 * 8 }).resize(side, side)
  const inner = await png(Math.round(512 * SAFE))
    .png()
    .toBuffer()
  const ground = { width: 512, height: 512, channels: 4, background: GROUND } as const
  const maskable = await sharp({ create: ground })
    .composite([{ input: inner }])
    .png()
    .toBuffer()
  return [
    webFile('icon.svg', drawing),
    webFile('icon-192.png', await png(192).png().toBuffer()),
    webFile('icon-512.png', await png(512).png().toBuffer()),
    webFile('maskable-512.png', maskable),
  ]
}

/** In memory: the same for development and for the build, which writes them out with a manifest. */
export async function bundleWeb(): Promise<readonly WebFile[]> {
  const all = [bundleSilent(), ...(Object.keys(languages) as Language[]).map(bundleScripts)]
  const files = (await Promise.all(all)).flat()
  // The bundler is a process of its own, and the daemon runs on without it.
  await stop()
  return [...files, ...(await drawIcons())]
}

/** Writes what `bundleWeb` makes into a folder, with the list by which the daemon finds it. */
export async function writeWeb(folder: string): Promise<readonly WebFile[]> {
  const files = await bundleWeb()
  await mkdir(folder, { recursive: true })
  for (const { file, body } of files) await writeFile(join(folder, file), body)
  const list = files.map(({ name, file, type }) => ({ name, file, type }))
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(list))
  return files
}
