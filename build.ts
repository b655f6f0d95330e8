/**
 * Makes `dist/`: the program as it is installed, started once to see that it runs. Run by `npm run build`.
 *
 *   node build.ts [--out FOLDER] [--deb amd64|arm64]...
 *
 * With `--deb` also a Debian package beside it, for each platform that is named.
 *
 * The folder must lie inside the checkout: the bundle finds its native packages and the model weights in node_modules.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import type { Metafile } from 'esbuild'
import { externals, makeProgram } from './scripts/build/program.ts'
import { makeDeb } from './scripts/deb/make.ts'
import type { WebFile } from './web/bundle.ts'
import { languages } from './web/words/languages.ts'

const root = fileURLToPath(new URL('.', import.meta.url))
const { version, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** Phones in a barn have a weak signal: the scripts of all pages in one language, packed. */
const mostScriptBytes = 20_000
/** A bound that catches a package bundled by mistake (a bundler, a model); today's size is 6.3 MB. */
const mostProgramBytes = 7_000_000
const smokeMs = 60_000

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

function checkTypes(): void {
  for (const project of ['.', 'web/client']) {
    const { status } = spawnSync('tsc', ['-p', project], { cwd: root, stdio: 'inherit' })
    if (status !== 0) throw new Error(`tsc -p ${project} failed`)
  }
}

/** Whoever bundles a package must carry its licence along. */
function writeLicences(out: string, { inputs }: Metafile): string[] {
  const folders = Object.keys(inputs).map(
    (file) => file.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0] ?? '',
  )
  const packages = [...new Set(folders)].filter((folder) => folder !== '').sort()
  const texts = packages.map((folder) => {
    const about = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
    const file = readdirSync(join(root, folder)).find((one) => /^licen[cs]e/i.test(one))
    const text = file === undefined ? '' : readFileSync(join(root, folder, file), 'utf8').trim()
    return `${about.name} ${about.version} (${about.license})\n\n${text}\n`
  })
  writeFileSync(join(out, 'LICENSES.txt'), texts.join(`\n${'-'.repeat(80)}\n\n`))
  return packages.map((folder) => folder.slice(folder.lastIndexOf('node_modules/') + 13))
}

function git(...args: string[]): string | null {
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' })
  return status === 0 ? stdout.trim() : null
}

/** What this build was made from. Nothing of the moment, so that the same sources give the same files. */
function writeBuildInfo(out: string): void {
  const commit = git('rev-parse', 'HEAD')
  const changed = commit === null ? null : git('status', '--porcelain', '--untracked-files=no') !== ''
  const info = { version, commit, changed, node: process.versions.node }
  writeFileSync(join(out, 'build.json'), `${JSON.stringify(info)}\n`)
}

/** Scripts that speak are made once a language: what the longest takes, with those that do not. */
function packedBytes(web: readonly WebFile[]): number {
  const ofLanguage = (tag: string) =>
    web
      .filter(({ name }) => name.endsWith(`-${tag}.js`) || /^[a-z]+\.js$/.test(name))
      .reduce((sum, { body }) => sum + gzipSync(body).length, 0)
  return Math.max(...Object.keys(languages).map(ofLanguage))
}

function checkSizes(out: string, web: readonly WebFile[], bundled: readonly string[]): void {
  const packed = packedBytes(web)
  const files = readdirSync(out).filter((file) => file.endsWith('.js'))
  const program = files.reduce((sum, file) => sum + readFileSync(join(out, file)).length, 0)
  say(`page scripts: ${packed} bytes packed (at most ${mostScriptBytes})`)
  say(`program: ${program} bytes in ${files.length} files, ${bundled.length} packages in it`)
  if (packed > mostScriptBytes) throw new Error('the page scripts are over their budget')
  if (program > mostProgramBytes) throw new Error(`the program is over ${mostProgramBytes} bytes`)
  const dev = bundled.filter((one) => one === 'esbuild' || one === 'typescript')
  if (dev.length > 0) throw new Error(`${dev.join(', ')} got into the program`)
  const missing = externals.filter(
    (one) => one in dependencies && !existsSync(join(root, 'node_modules', one)),
  )
  if (missing.length > 0) throw new Error(`${missing.join(', ')} missing in node_modules`)
}

/** The port that the daemon says it serves on. */
async function servedPort(daemon: ChildProcess): Promise<number> {
  if (!daemon.stdout) throw new Error('no output')
  for await (const line of createInterface({ input: daemon.stdout })) {
    const { msg, port } = JSON.parse(line)
    if (msg === 'barnbox runs') {
      daemon.stdout.resume()
      return port
    }
  }
  throw new Error('the bundle ended before it served')
}

/** The page with its files, the figures, and the models: converted by the bundle's worker into a fresh state folder. */
async function checkAnswers(url: string): Promise<void> {
  const ask = async (path: string) => (await fetch(`${url}${path}`)).text()
  const health = JSON.parse(await ask('/healthz'))
  if (health.status !== 'ok') throw new Error(`/healthz: ${JSON.stringify(health)}`)
  const { checks } = JSON.parse(await ask('/readyz'))
  if (checks.models !== 'ok' || checks.registry !== 'ok')
    throw new Error(`/readyz: ${JSON.stringify(checks)}`)
  const figures = await ask('/metrics')
  if (!figures.includes('barnbox_vision_workers_running 1')) throw new Error(`/metrics: ${figures}`)
  const script = (await ask('/')).match(/\/assets\/now-[a-z]+-[0-9a-f]+\.js/)?.[0]
  if (script === undefined || !(await fetch(`${url}${script}`)).ok) throw new Error('the page has no script')
}

/** Starts the bundle elsewhere than in the checkout, with a camera that nobody answers for, and stops it. */
async function smokeStart(out: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'barnbox-smoke-'))
  const config = join(folder, 'barnbox.yaml')
  // A stand-in, so that a machine that only builds needs no ffmpeg; the real one is the system tests' matter.
  const ffmpeg = join(folder, 'ffmpeg')
  writeFileSync(ffmpeg, '#!/bin/sh\necho "ffmpeg version 7.0"\n', { mode: 0o755 })
  // Port 9 (discard) of this machine: refused at once.
  const cameras = [{ id: 'nobody', url: 'rtsp://127.0.0.1:9/none' }]
  writeFileSync(config, JSON.stringify({ cameras, http: { port: 0 }, ffmpeg: { path: ffmpeg } }))
  const daemon = spawn(process.execPath, [join(out, 'main.js'), 'run', '--config', config], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, BARNBOX_STATE_DIR: join(folder, 'state') },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve) => daemon.once('close', (code) => resolve(code)))
  const late = setTimeout(() => daemon.kill('SIGKILL'), smokeMs)
  try {
    await checkAnswers(`http://127.0.0.1:${await servedPort(daemon)}`)
    daemon.kill('SIGTERM')
    const code = await ended
    if (code !== 0) throw new Error(`the bundle ended with ${code} after SIGTERM`)
  } finally {
    clearTimeout(late)
    daemon.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: 'dist' },
      deb: { type: 'string', multiple: true, default: [] },
    },
  })
  const out = join(root, values.out)
  if (relative(root, out).startsWith('..')) throw new Error('--out must be inside the checkout')
  checkTypes()
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  const { metafile, web } = await makeProgram(out)
  const bundled = writeLicences(out, metafile)
  writeBuildInfo(out)
  checkSizes(out, web, bundled)
  await smokeStart(out)
  say(`built ${version} into ${values.out}`)
  const epoch = Number(git('log', '-1', '--format=%ct') ?? 0)
  for (const architecture of values.deb) {
    if (architecture !== 'amd64' && architecture !== 'arm64')
      throw new Error(`--deb ${architecture}: amd64 or arm64`)
    const wish = { root, dist: out, architecture, version, epoch, into: `${out}-deb` } as const
    say(
      `packed ${relative(root, makeDeb({ ...wish, externals: externals.filter((one) => one in dependencies) }))}`,
    )
  }
}

await main()
