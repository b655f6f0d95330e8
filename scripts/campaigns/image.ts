/**
 * The image in QEMU, from the first start to power cuts in the midst of an update. As root, with what scripts/image needs, and
 * qemu-system-x86, ovmf, minisign and openssh-client. With --accel kvm all but the first start are many times faster, where /dev/kvm is whole.
 *
 *   scripts/on-node node scripts/campaigns/image.ts [--cuts 20] [--seed SEED] [--accel kvm] [--models built-in]
 *     [--package FILE.deb] [--images FOLDER] [--part start|other|updates|cuts]...
 *
 * With --images the images are kept there, and the box that was set up; they are taken from there the next time, also for some parts alone.
 * The models are small ones, for a processor that is emulated takes minutes for a picture with the built-in ones.
 * Exits with 1 at the first thing that does not hold.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { swayClip } from '../../test/system/harness.ts'
import { startRtspCamera } from '../demonstration/rtsp.ts'
import { createRandom } from '../simulator/random.ts'
import { cutAgainAndAgain } from './image/cuts.ts'
import { endMachines } from './image/machine.ts'
import { createMust } from './image/must.ts'
import { firstStart, otherBox, updates } from './image/steps.ts'
import { makeVersions } from './image/versions.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const parts = ['start', 'other', 'updates', 'cuts']
const { values } = parseArgs({
  options: {
    cuts: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    accel: { type: 'string', default: 'tcg' },
    models: { type: 'string', default: 'small' },
    package: { type: 'string', default: join(root, 'dist-deb/barnbox_0.1.0_amd64.deb') },
    images: { type: 'string' },
    part: { type: 'string', multiple: true, default: parts },
  },
})
const work = mkdtempSync(join(tmpdir(), 'barnbox-image-'))
process.on('exit', () => {
  endMachines()
  rmSync(work, { recursive: true, force: true })
})
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => process.exit(1))

/** As many pictures as a small box takes, and no more: to decode others is work for nothing. */
function fewPictures(clip: string): string {
  const file = join(work, 'stall.mp4')
  const encoded = ['-c:v', 'libx264', '-preset', 'fast', '-bf', '0', '-g', '2', '-pix_fmt', 'yuv420p']
  execFileSync('ffmpeg', ['-loglevel', 'error', '-i', clip, '-r', '2', ...encoded, file])
  return file
}

/** What is known of a box that was set up, and how long it takes to update it. */
interface Kept {
  /** The camera's: it stands in the box's config. */
  readonly port: number
  readonly token: string
  readonly mine: readonly string[]
  readonly updateMs?: number
}

const must = createMust()
try {
  const folder = values.images ?? join(work, 'images')
  mkdirSync(folder, { recursive: true })
  const versions = makeVersions(folder, values.package)
  const [disk, about] = [join(folder, 'box.img'), join(folder, 'box.json')]
  const isKept = existsSync(about) && !values.part.includes('start')
  let kept: Kept | undefined = isKept ? JSON.parse(readFileSync(about, 'utf8')) : undefined
  const clip = fewPictures(await swayClip())
  await using camera = await startRtspCamera({ '/stall': clip }, kept ? { port: kept.port } : {})
  const { port } = camera
  const accel: 'kvm' | 'tcg' = values.accel === 'kvm' ? 'kvm' : 'tcg'
  const models: 'small' | 'built-in' = values.models === 'built-in' ? 'built-in' : 'small'
  const bench = { work, versions, must, disk, accel, models, camera: `rtsp://10.0.2.2:${port}/stall` }
  const keep = (all: Kept) => {
    writeFileSync(about, JSON.stringify(all))
    return all
  }
  if (!kept) {
    execFileSync('cp', ['--sparse=always', versions.image, disk])
    // A disk that is larger than the image, as every one is.
    execFileSync('truncate', ['-s', '6G', disk])
    kept = keep({ port, ...(await firstStart(bench)) })
  }
  const { token, mine } = kept
  if (values.part.includes('other')) await otherBox(bench, mine)
  if (values.part.includes('updates')) kept = keep({ ...kept, updateMs: await updates({ ...bench, token }) })
  if (values.part.includes('cuts')) {
    const { cuts, seed } = values
    const random = createRandom('image', seed)
    const { updateMs = 600_000 } = kept
    await cutAgainAndAgain({ ...bench, token }, { cuts: Number(cuts), random, updateMs })
  }
  must.tell()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  must.tell(1)
  process.exitCode = 1
} finally {
  endMachines()
}
process.exit()
