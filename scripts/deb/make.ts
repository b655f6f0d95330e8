/**
 * A Debian package of the built program: its own Node.js and the natives of one platform. The same sources give the same bytes. Needs
 * dpkg-deb, and for the other platform npm and its registry.
 */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import {
  asInstalled,
  conffiles,
  control,
  firstConfig,
  launcher,
  postinst,
  postrm,
  preinst,
  prerm,
} from './control.ts'
import {
  type Architecture,
  elfMachines,
  installers,
  isForeign,
  isOfUse,
  npmNames,
  tooNew,
} from './natives.ts'

export interface DebWish {
  readonly root: string
  /** The built program. */
  readonly dist: string
  readonly architecture: Architecture
  readonly version: string
  /** The packages that the program does not hold itself. */
  readonly externals: readonly string[]
  /** Seconds of the commit: the age of every file. */
  readonly epoch: number
  readonly into: string
  /** As dpkg-deb knows it; `none` for whoever only looks into it. */
  readonly compression?: 'xz' | 'none'
}

/** Answers the package's file. Throws where anything of another platform, or of another licence than told, got in. */
export function makeDeb(wish: DebWish): string {
  const { root, dist, architecture, version, epoch, into, compression = 'xz' } = wish
  const modules = modulesFor(root, architecture)
  const tree = join(root, `node_modules/.cache/barnbox-deb/${architecture}/tree`)
  rmSync(tree, { recursive: true, force: true })
  const program = join(tree, 'usr/lib/barnbox')
  cpSync(dist, program, { recursive: true, filter: (file) => !file.endsWith('.deb') })
  const node = join(modules, `node-linux-${npmNames[architecture]}`)
  put(tree, 'usr/lib/barnbox/bin/node', readFileSync(join(node, 'bin/node')), 0o755)
  const packages = copyPackages(modules, join(program, 'node_modules'), wish)
  writeLicences(program, modules, packages, node)
  putFiles(tree, root, architecture)
  check(tree, architecture)
  putControl(tree, { version, architecture, installedKb: kbOf(tree) })
  setTimes(tree, epoch)
  mkdirSync(into, { recursive: true })
  const file = join(into, `barnbox_${version}_${architecture}.deb`)
  // One thread: what several make depends on how many there are.
  run(
    'dpkg-deb',
    ['--root-owner-group', `-Z${compression}`, '-z3', '--threads-max=1', '--build', tree, file],
    {
      SOURCE_DATE_EPOCH: String(epoch),
    },
  )
  return file
}

function run(command: string, args: readonly string[], env: Record<string, string> = {}, cwd?: string): void {
  const { status, error } = spawnSync(command, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...env },
    cwd,
  })
  if (error || status !== 0)
    throw new Error(`${command} ${args[0]} failed${error ? `: ${error.message}` : ''}`)
}

/** The checkout's own packages, or those of the other platform by the same lockfile. */
function modulesFor(root: string, architecture: Architecture): string {
  const npm = npmNames[architecture]
  if (existsSync(join(root, 'node_modules', `node-linux-${npm}`))) return join(root, 'node_modules')
  const stage = join(root, `node_modules/.cache/barnbox-deb/${architecture}/npm`)
  mkdirSync(stage, { recursive: true })
  for (const file of ['package.json', 'package-lock.json', '.npmrc'])
    copyFileSync(join(root, file), join(stage, file))
  run('npm', ['ci', '--omit=dev', '--os=linux', `--cpu=${npm}`, '--libc=glibc', '--no-bin-links'], {}, stage)
  return join(stage, 'node_modules')
}

/** The packages and what they need in turn, without what is for other platforms. Answers their names. */
function copyPackages(modules: string, to: string, { externals, architecture }: DebWish): string[] {
  const names = new Set<string>()
  const take = (name: string) => {
    const file = join(modules, name, 'package.json')
    if (names.has(name) || installers.has(name) || isForeign(name, architecture) || !existsSync(file)) return
    names.add(name)
    const { dependencies = {}, optionalDependencies = {} } = JSON.parse(readFileSync(file, 'utf8'))
    for (const one of Object.keys({ ...dependencies, ...optionalDependencies })) take(one)
  }
  externals.forEach(take)
  for (const name of names)
    for (const path of filesOf(join(modules, name)))
      if (!path.startsWith('node_modules/') && isOfUse(name, path, architecture))
        put(to, join(name, path), readFileSync(join(modules, name, path)))
  return [...names].sort()
}

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()

function put(tree: string, path: string, content: string | Uint8Array, mode = 0o644): void {
  const file = join(tree, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content)
  chmodSync(file, mode)
}

/** After the licences of what is bundled: those of what lies beside it, and of Node.js. */
function writeLicences(program: string, modules: string, packages: readonly string[], node: string): void {
  const told = packages.map((name) => {
    const folder = join(modules, name)
    const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const texts = readdirSync(folder)
      .filter((file) => /^(?:licen[cs]e|notice|third)/i.test(file))
      .map((file) => readFileSync(join(folder, file), 'utf8').trim())
    return `${name} ${version} (${license})\n\n${texts.join('\n\n')}\n`
  })
  const own = `Node.js (MIT and others)\n\n${readFileSync(join(node, 'LICENSE'), 'utf8')}`
  const line = `\n${'-'.repeat(80)}\n\n`
  const file = join(program, 'LICENSES.txt')
  writeFileSync(file, [readFileSync(file, 'utf8'), ...told, own].join(line))
}

function putFiles(tree: string, root: string, architecture: Architecture): void {
  const read = (path: string) => readFileSync(join(root, path), 'utf8')
  put(tree, 'usr/bin/barnbox', launcher, 0o755)
  put(tree, 'etc/barnbox/barnbox.yaml', firstConfig)
  put(tree, 'usr/share/doc/barnbox/barnbox.example.yaml', read('config/barnbox.example.yaml'))
  for (const unit of readdirSync(join(root, 'systemd'))) {
    const text = asInstalled(read(`systemd/${unit}`))
    if (/\.(service|timer)$/.test(unit)) put(tree, `usr/lib/systemd/system/${unit}`, text)
  }
  if (architecture === 'arm64')
    put(tree, 'usr/lib/systemd/system/barnbox.service.d/50-jetson.conf', read('systemd/jetson.conf'))
  put(tree, 'usr/sbin/barnbox-update', read('scripts/deb/update.sh'), 0o755)
  put(tree, 'usr/lib/barnbox/trial.sh', read('scripts/deb/trial.sh'))
  put(tree, 'usr/lib/systemd/system/barnbox-update.service', read('scripts/deb/update.service'))
  put(tree, 'usr/lib/systemd/system/barnbox-update.timer', read('scripts/deb/update.timer'))
  put(
    tree,
    'usr/lib/systemd/system/barnbox-update-nightly.service',
    read('scripts/deb/update-nightly.service'),
  )
  put(tree, 'usr/lib/sysusers.d/barnbox.conf', read('systemd/barnbox.sysusers.conf'))
  put(tree, 'usr/lib/tmpfiles.d/barnbox.conf', read('systemd/barnbox.tmpfiles.conf'))
  put(tree, 'usr/lib/systemd/journald.conf.d/50-barnbox.conf', read('systemd/barnbox.journald.conf'))
  put(tree, 'etc/avahi/services/barnbox.service', read('systemd/barnbox.avahi.xml'))
  put(tree, 'usr/share/doc/barnbox/copyright', copyright(read('LICENSE')))
  for (const page of ['operations.md', 'errors.md', 'api.md', 'user-guide.md', 'gpu.md'])
    put(tree, `usr/share/doc/barnbox/${page}`, read(`docs/${page}`))
}

const copyright = (licence: string) =>
  `barnbox is under the Apache License 2.0, which follows. What it brings along, and under which licences, stands in
/usr/lib/barnbox/LICENSES.txt; libvips among it is under the LGPL 3 (/usr/share/common-licenses/LGPL-3), as a library of its
own that may be exchanged; its sources: https://github.com/lovell/sharp-libvips. ffmpeg is not part of this package.

${licence}`

/** Every program and library is of this platform; none of NVIDIA's and no ffmpeg is among them. */
function check(tree: string, architecture: Architecture): void {
  for (const path of filesOf(tree)) {
    const machine = elfMachine(join(tree, path))
    if (machine !== null && machine !== elfMachines[architecture])
      throw new Error(`${path} is for another machine`)
    const newer = machine === null ? null : tooNew(readFileSync(join(tree, path), 'latin1'))
    if (newer !== null) throw new Error(`${path} needs ${newer}, which the package does not ask for`)
    if (/cuda|cudnn|tensorrt|nvinfer|nvidia/i.test(path) && machine !== null)
      throw new Error(`${path} must not be given on`)
    if (/(?:^|\/)(?:ffmpeg|ffprobe|lib(?:av|sw)\w+\.so.*)$/.test(path))
      throw new Error(`${path} must not be given on`)
  }
}

/** Null of what is no program and no library. */
function elfMachine(file: string): number | null {
  const head = Buffer.alloc(20)
  const fd = openSync(file, 'r')
  readSync(fd, head)
  return head.subarray(0, 4).equals(Buffer.from('\x7fELF', 'latin1')) ? head.readUInt16LE(18) : null
}

function kbOf(tree: string): number {
  return filesOf(tree).reduce((sum, path) => sum + Math.ceil(statSync(join(tree, path)).size / 1024), 0)
}

function putControl(tree: string, about: Parameters<typeof control>[0]): void {
  const scripts = { preinst, postinst, prerm, postrm }
  put(tree, 'DEBIAN/control', control(about))
  put(tree, 'DEBIAN/conffiles', conffiles)
  for (const [name, text] of Object.entries(scripts)) put(tree, `DEBIAN/${name}`, text, 0o755)
}

/** Of each file and folder, whatever the umask was. */
function setTimes(tree: string, epoch: number): void {
  const entries = readdirSync(tree, { recursive: true, withFileTypes: true })
  for (const entry of entries) {
    const file = join(entry.parentPath, entry.name)
    const isProgram = entry.isDirectory() || (statSync(file).mode & 0o100) !== 0
    chmodSync(file, isProgram ? 0o755 : 0o644)
    lutimesSync(file, epoch, epoch)
  }
  chmodSync(tree, 0o755)
  lutimesSync(tree, epoch, epoch)
}
