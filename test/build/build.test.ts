/**
 * The build as `npm run build` does it, and the built program outside the checkout's working directory.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { createOnnxGraph } from '../../models/convert/onnx-writer.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Ignored by git, lint and types, and below the node_modules that the bundle needs. */
const place = 'node_modules/.cache/barnbox-build'
const out = join(root, place)

interface End {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

function start(cwd: string, args: readonly string[], stateDir = ''): Promise<End> {
  // tap gives its module loader to every child through NODE_OPTIONS: it is not for the program under test.
  const command = ['-u', 'NODE_OPTIONS', `BARNBOX_STATE_DIR=${stateDir}`, process.execPath, ...args]
  return new Promise((resolve) => {
    execFile('env', command, { cwd }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr })
    })
  })
}

t.test('builds, keeps its budgets and starts', async (t) => {
  const { code, stdout, stderr } = await start(root, ['build.ts', '--out', place])
  t.equal(code, 0, stderr)
  t.match(stdout, /page scripts: \d+ bytes packed/)
  t.match(stdout, /built \d+\.\d+\.\d+/)
  for (const file of [
    'vision-worker.js',
    'copy-worker.js',
    'migrations/0001-registry.sql',
    'web/manifest.json',
    'LICENSE',
  ])
    t.ok(existsSync(join(out, file)), file)
  t.match(readFileSync(join(out, 'LICENSES.txt'), 'utf8'), /^hono \d+\.\d+\.\d+ \(MIT\)$/m)
  t.match(JSON.parse(readFileSync(join(out, 'build.json'), 'utf8')), { version: String, node: String })
})

t.test('the built program works from anywhere', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'barnbox-built-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const program = join(out, 'main.js')
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  t.equal((await start(folder, [program, '--version'])).stdout, `${version}\n`)

  const absent = await start(folder, [program, 'check-config', '--config', 'absent.yaml'])
  t.equal(absent.code, 78)
  t.match(absent.stderr, /CONFIG_MISSING/)

  const picture = join(root, 'docs/now.png')
  const seen = await start(folder, [program, 'detect', picture], join(folder, 'state'))
  t.equal(seen.code, 0, seen.stderr)
  t.match(JSON.parse(seen.stdout), { file: picture, width: Number, detections: Array })

  // It is tried as a detector, refused, and tried as an embedder: nothing is left of the first trial.
  const onnx = createOnnxGraph('constant')
  onnx.input('pixels', 'uint8', ['n', 32, 32, 3])
  onnx.output('embedding', onnx.floats([1, 0], [1, 2]), 'float32', [1, 2])
  const embedder = join(folder, 'own.onnx')
  writeFileSync(embedder, onnx.encode({}))
  const taken = await start(folder, [program, 'models', 'import', embedder, '--as', 'own'], folder)
  t.match(taken, { code: 0, stdout: /^own is installed/ }, taken.stderr)
})

t.test('builds nowhere but inside the checkout', async (t) => {
  const { code, stderr } = await start(root, ['build.ts', '--out', '../elsewhere'])
  t.not(code, 0)
  t.match(stderr, /inside the checkout/)
})
