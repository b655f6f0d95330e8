/**
 * Loaded before each test file of a run: sources come without their types, and tap in one file, as `ready.ts` has made them in the folder
 * that the query names. Whatever is not there comes as it does without. No TypeScript, which it is there to save.
 */
import { existsSync, readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const ready = new URL(import.meta.url).searchParams.get('in')
const root = new URL('../../', import.meta.url)
const rootFolder = fileURLToPath(root)
const tap = pathToFileURL(join(ready, 'tap.mjs')).href

function stripped(url) {
  if (!url.startsWith(root.href) || !url.endsWith('.ts')) return
  const file = join(ready, fileURLToPath(url).slice(rootFolder.length))
  return existsSync(file) ? readFileSync(file) : undefined
}

registerHooks({
  resolve: (name, context, next) =>
    name === 'tap' ? { url: tap, format: 'module', shortCircuit: true } : next(name, context),
  load(url, context, next) {
    const source = stripped(url)
    return source === undefined ? next(url, context) : { format: 'module', source, shortCircuit: true }
  },
})
