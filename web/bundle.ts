/**
 * Makes the files that browsers load: scripts bundled and made small, style made small, icon as it is.
 */
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, stop } from 'esbuild'

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
}

function webFile(name: string, body: Uint8Array): WebFile {
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 10)
  const [stem = '', extension = ''] = name.split('.')
  return { name, file: `${stem}-${hash}.${extension}`, type: TYPES[extension] ?? 'text/plain', body }
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** In memory: the same for development and for the build, which writes them out with a manifest. */
export async function bundleWeb(): Promise<readonly WebFile[]> {
  const result = await build({
    entryPoints: [here('client/now.ts'), here('client/stream.ts'), here('style.css')],
    bundle: true,
    minify: true,
    format: 'esm',
    // Phones and tablets that stay in barns get old.
    target: ['chrome88', 'safari15', 'firefox89'],
    write: false,
    outdir: 'out',
    logLevel: 'silent',
  })
  // The bundler is a process of its own, and the daemon runs on without it.
  await stop()
  const files = result.outputFiles.map((one) => webFile(one.path.split('/').at(-1) ?? '', one.contents))
  return [...files, webFile('icon.svg', await readFile(here('icon.svg')))]
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
