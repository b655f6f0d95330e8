/**
 * scripts/build-onnxruntime-jetson, as far as it can be known without a Jetson: what it would do, what it refuses, and
 * that it puts what was built where the runtime is looked for. git and onnxruntime's own build are stood in for.
 */
import { execFile } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'

const root = fileURLToPath(new URL('../..', import.meta.url))
const script = path.join(root, 'scripts/build-onnxruntime-jetson')
const newFolder = () => realpathSync(mkdtempSync(path.join(tmpdir(), 'barnbox-jetson-')))
const { dependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
const version: string = dependencies['onnxruntime-node']

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

async function start(
  file: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Ended> {
  const options = { env: { ...process.env, ...env, NODE_OPTIONS: '' } }
  try {
    return { code: 0, ...(await promisify(execFile)(file, args, options)) }
  } catch (thrown) {
    return thrown as Ended
  }
}

t.test('help, and what cannot be meant', async (t) => {
  t.match(await start(script, ['--help']), { code: 0, stdout: /^usage: .*UNTESTED/s, stderr: '' })
  for (const args of [['--job'], ['--jobs'], ['--jobs', '0'], ['--jobs', 'many'], ['--work'], ['x']]) {
    t.match(
      await start(script, args),
      { code: 2, stdout: '', stderr: /\(--help says more\)\n$/ },
      args.join(' '),
    )
  }
})

t.test('a dry run prints what would be done, of the pinned version, and does nothing', async (t) => {
  const work = path.join(newFolder(), 'work')
  const { code, stdout, stderr } = await start(script, ['--dry-run', '--jobs', '3', '--work', work])
  t.equal(code, 0)
  t.match(stderr, /a dry run: nothing was done\n$/)
  const lines = stdout.trimEnd().split('\n')
  const source = `${work}/onnxruntime-${version}`
  t.ok(lines.some((line) => line.startsWith('git clone') && line.includes(`--branch v${version} `)))
  const build = lines.find((line) => line.includes(`${source}/build.sh`)) ?? ''
  for (const option of [
    '--parallel 3',
    '--build_shared_lib',
    '--build_nodejs',
    '--use_cuda',
    '--use_tensorrt',
    'CMAKE_CUDA_ARCHITECTURES=87',
  ]) {
    t.ok(build.includes(` ${option} `), option)
  }
  const target = `${realpathSync(root)}/node_modules/onnxruntime-node/bin/napi-v6/linux/arm64`
  for (const name of [
    'libonnxruntime.so.1',
    'libonnxruntime_providers_cuda.so',
    'onnxruntime_binding.node',
  ]) {
    t.ok(
      lines.some((line) => line.startsWith(`mv ${target}/${name}.new ${target}/${name}`)),
      name,
    )
  }
  t.throws(() => readdirSync(work), { code: 'ENOENT' })
})

/** A program on PATH that does what is told in sh. */
function program(folder: string, name: string, text: string): void {
  writeFileSync(path.join(folder, name), `#!/bin/sh\n${text}\n`)
  chmodSync(path.join(folder, name), 0o755)
}

/** A checkout of its own on what looks like a Jetson. */
function jetson() {
  const [checkout, sysroot, bin] = [newFolder(), newFolder(), newFolder()]
  const package_ = path.join(checkout, 'node_modules/onnxruntime-node')
  const target = path.join(package_, 'bin/napi-v6/linux/arm64')
  for (const folder of [path.join(checkout, 'scripts'), target]) mkdirSync(folder, { recursive: true })
  for (const folder of ['etc', 'usr/include', 'usr/local/cuda/bin'])
    mkdirSync(path.join(sysroot, folder), { recursive: true })
  const copy = path.join(checkout, 'scripts/build-onnxruntime-jetson')
  copyFileSync(script, copy)
  program(path.join(checkout, 'scripts'), 'on-node', 'exec "$@"')
  writeFileSync(path.join(checkout, 'package.json'), '{\n  "onnxruntime-node": "1.30.0",\n}')
  writeFileSync(path.join(package_, 'package.json'), '{\n  "version": "1.30.0"\n}')
  writeFileSync(path.join(target, 'libonnxruntime.so.1'), 'of npm')
  writeFileSync(path.join(sysroot, 'etc/nv_tegra_release'), '# R36 (release), REVISION: 4.3\n')
  for (const header of ['cudnn.h', 'NvInfer.h', 'NvOnnxParser.h'])
    writeFileSync(path.join(sysroot, 'usr/include', header), '')
  program(path.join(sysroot, 'usr/local/cuda/bin'), 'nvcc', '')
  program(bin, 'uname', 'echo aarch64')
  program(bin, 'cmake', 'echo cmake version 3.31.2')
  program(bin, 'df', 'printf "Avail\\n  90G\\n"')
  program(bin, 'node', `printf '%s\\n' "$3" >>${bin}/looked`)
  for (const name of ['g++', 'make', 'npm']) program(bin, name, '')
  // The clone holds a build that writes what onnxruntime's own does.
  program(
    bin,
    'git',
    `for last; do :; done; echo "$@" >>${bin}/cloned; mkdir -p "$last/.git"; cp ${bin}/build "$last/build.sh"`,
  )
  program(
    bin,
    'build',
    `cd "$(dirname "$0")" && mkdir -p build/Linux/Release js/node/bin/napi-v6/linux/arm64
    for name in shared cuda tensorrt; do echo "$name" >build/Linux/Release/libonnxruntime_providers_$name.so; done
    echo built >build/Linux/Release/libonnxruntime.so.1.30.0
    ln -s libonnxruntime.so.1.30.0 build/Linux/Release/libonnxruntime.so.1
    echo binding >js/node/bin/napi-v6/linux/arm64/onnxruntime_binding.node`,
  )
  const work = newFolder()
  const env = { PATH: `${bin}:${process.env['PATH']}`, SYSROOT: sysroot }
  const run = () => start(copy, ['--work', work], env)
  return { run, bin, sysroot, target, work, package_ }
}

t.test('on a Jetson it builds once, installs each time, and keeps what npm brought', async (t) => {
  const { run, bin, target, package_ } = jetson()
  for (const round of [1, 2]) {
    const { code, stderr } = await run()
    t.equal(code, 0, stderr)
    t.match(stderr, /installed; see what runs where: .*bin\/barnbox doctor/)
    t.same(readdirSync(target).sort(), [
      'libonnxruntime.so.1',
      'libonnxruntime_providers_cuda.so',
      'libonnxruntime_providers_shared.so',
      'libonnxruntime_providers_tensorrt.so',
      'onnxruntime_binding.node',
    ])
    t.equal(readFileSync(path.join(target, 'libonnxruntime.so.1'), 'utf8'), 'built\n')
    t.equal(readFileSync(path.join(`${target}.cpu`, 'libonnxruntime.so.1'), 'utf8'), 'of npm')
    t.equal(
      readFileSync(path.join(bin, 'cloned'), 'utf8').split('\n').length,
      2,
      `cloned once by round ${round}`,
    )
    // As `npm ci` leaves it.
    writeFileSync(path.join(target, 'libonnxruntime.so.1'), 'of npm')
  }
  t.match(readFileSync(path.join(bin, 'looked'), 'utf8'), `${package_}\n`)
})

t.test('what is missing is said, and nothing is begun', async (t) => {
  const missing: readonly (readonly [(box: ReturnType<typeof jetson>) => void, RegExp])[] = [
    [({ bin }) => program(bin, 'uname', 'echo x86_64'), /this is x86_64/],
    [({ sysroot }) => rmSync(path.join(sysroot, 'etc/nv_tegra_release')), /this is no Jetson/],
    [
      ({ sysroot }) => writeFileSync(path.join(sysroot, 'etc/nv_tegra_release'), '# R35 (release)\n'),
      /L4T 35 is too old/,
    ],
    [({ sysroot }) => rmSync(path.join(sysroot, 'usr/local/cuda/bin/nvcc')), /nvcc is missing/],
    [({ sysroot }) => rmSync(path.join(sysroot, 'usr/include/NvInfer.h')), /NvInfer\.h is missing/],
    [({ bin }) => program(bin, 'cmake', 'echo cmake version 3.22.1'), /CMake 3\.22\.1 is too old/],
    [({ bin }) => program(bin, 'df', 'printf "Avail\\n  9G\\n"'), /has 9 GB free, 25 are needed/],
    [
      ({ package_ }) => writeFileSync(path.join(package_, 'package.json'), '{"version": "1.29.0"}'),
      /is not 1\.30\.0: run 'npm ci'/,
    ],
  ]
  for (const [spoil, said] of missing) {
    const box = jetson()
    spoil(box)
    t.match(await box.run(), { code: 1, stdout: '', stderr: said })
    t.same(readdirSync(box.work), [])
  }
})

t.test('a build that ends without its libraries installs nothing', async (t) => {
  const { run, bin, target } = jetson()
  program(bin, 'build', 'exit 0')
  t.match(await run(), { code: 1, stderr: /ended without its libraries/ })
  t.same(readdirSync(target), ['libonnxruntime.so.1'])
})
