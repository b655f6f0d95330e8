/**
 * What every test file would do for itself, done once for a run of many: types are stripped of the sources, as Node does it, and tap's two
 * hundred modules become one.
 */
import { globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { bundledForNode } from '../build/program.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Answers the arguments for Node with which test files use it. */
export async function makeReady(folder: string): Promise<string[]> {
  for (const file of globSync('{daemon,models,scripts,test,web}/**/*.ts', { cwd: root })) {
    const to = join(folder, file)
    mkdirSync(dirname(to), { recursive: true })
    // Every character stays in its place: what fails is told with its line.
    writeFileSync(to, stripTypeScriptTypes(readFileSync(join(root, file), 'utf8')))
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const tap = join(root, 'node_modules/tap/dist/esm/index.js')
  await build({ ...bundledForNode, entryPoints: [tap], outfile: join(folder, 'tap.mjs') })
  const hooks = new URL('hooks.mjs', import.meta.url)
  hooks.searchParams.set('in', folder)
  return ['--import', hooks.href]
}
