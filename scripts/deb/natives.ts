/**
 * Which files of the npm packages go into a package for one platform. Pure.
 */

export type Architecture = 'amd64' | 'arm64'

/** As npm and its packages call it. */
export const npmNames: Readonly<Record<Architecture, 'x64' | 'arm64'>> = { amd64: 'x64', arm64: 'arm64' }

/** ELF's number of the machine. */
export const elfMachines: Readonly<Record<Architecture, number>> = { amd64: 62, arm64: 183 }

/** What only builds or installs, and what only people read. */
const useless =
  /(?:^|\/)(?:deps|src|test|tests|docs|script|scripts|\.github|include)\/|\.(?:map|md|markdown|d\.ts|d\.mts|d\.cts|gyp|tsx?|c|cc|h)$/
const licence = /(?:^|\/)(?:licen[cs]e|notice|third.?party)[^/]*$/i

/** Whether a file of a package, by its path within it, is of use on that platform. */
export function isOfUse(name: string, path: string, architecture: Architecture): boolean {
  const npm = npmNames[architecture]
  if (licence.test(path)) return true
  switch (name) {
    case 'better-sqlite3':
      return path.startsWith('prebuilds/') ? path === `prebuilds/linux-${npm}.node` : !useless.test(path)
    case 'onnxruntime-node':
      if (path.startsWith('bin/'))
        return new RegExp(`^bin/napi-v\\d+/linux/${npm}/(?!.*providers)`).test(path)
      return !useless.test(path)
    case '@vladmandic/human':
      // Only the weights; the program stands there because packages are found by it.
      return /^(?:package\.json|models\/centernet\.(?:json|bin)|dist\/human\.node\.js)$/.test(path)
    default:
      return !useless.test(path)
  }
}

/** Packages that others want for their own installation only. */
export const installers: ReadonlySet<string> = new Set([
  'adm-zip',
  'global-agent',
  'node-addon-api',
  'sqlite-vss',
])

/** Whether a package of this name is for another platform. */
export function isForeign(name: string, architecture: Architecture): boolean {
  const platform =
    /-(linux|linuxmusl|darwin|win32|windows|freebsd|android|webcontainers)-(x64|arm64|arm|ia32|ppc64|riscv64|s390x|wasm32)$/.exec(
      name,
    )
  return platform !== null && !(platform[1] === 'linux' && platform[2] === npmNames[architecture])
}

/** What the package asks Debian for. Of libstdc++ it is the name of its interface that libraries ask for: 3.4.29 came with GCC 11. */
export const promised = { GLIBC: [2, 34], GLIBCXX: [3, 4, 29] } as const
export const libraries = 'libc6 (>= 2.34), libstdc++6 (>= 11)'

/** The version that a program or library asks for above what is promised; null when it will start everywhere that the package installs. */
export function tooNew(binary: string): string | null {
  for (const [, library = '', version = ''] of binary.matchAll(/\b(GLIBC|GLIBCXX)_(\d+(?:\.\d+)+)\0/g)) {
    const most = promised[library as keyof typeof promised]
    const parts = version.split('.').map(Number)
    const unlike = most.findIndex((number, i) => (parts[i] ?? 0) !== number)
    if (unlike !== -1 && (parts[unlike] ?? 0) > (most[unlike] ?? 0)) return `${library}_${version}`
  }
  return null
}
