/**
 * The image in QEMU, from the first start to power cuts in the midst of an update. As root, with what scripts/image needs, and
 * qemu-system-x86, ovmf, minisign and openssh-client. With --accel kvm all but the first start are many times faster, where /dev/kvm is whole.
 *
 *   scripts/on-node node scripts/campaigns/image.ts [--cuts 20] [--seed SEED] [--accel kvm] [--package FILE.deb] [--images FOLDER]
 *
 * With --images the images are kept there, and taken from there the next time. Exits with 1 at the first thing that does not hold.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startRtspCamera } from '../demonstration/rtsp.ts'
import { panFootage } from '../footage.ts'
import { createRandom } from '../simulator/random.ts'
import { cutAgainAndAgain } from './image/cuts.ts'
import { endMachines } from './image/machine.ts'
import { createMust } from './image/must.ts'
import { firstStart, otherBox, stopped, updates } from './image/steps.ts'
import { makeVersions } from './image/versions.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { values } = parseArgs({
  options: {
    cuts: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    accel: { type: 'string', default: 'tcg' },
    package: { type: 'string', default: join(root, 'dist-deb/barnbox_0.1.0_amd64.deb') },
    images: { type: 'string' },
  },
})
const work = mkdtempSync(join(tmpdir(), 'barnbox-image-'))
const ending = new AbortController()
process.on('exit', () => {
  endMachines()
  rmSync(work, { recursive: true, force: true })
})
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => process.exit(1))

const must = createMust()
try {
  const versions = makeVersions(values.images ?? join(work, 'images'), values.package)
  await using camera = await startRtspCamera({ '/stall': await panFootage(ending.signal) })
  const disk = join(work, 'box.img')
  const accel: 'kvm' | 'tcg' = values.accel === 'kvm' ? 'kvm' : 'tcg'
  const bench = { work, versions, must, disk, accel, camera: `rtsp://10.0.2.2:${camera.port}/stall` }
  execFileSync('cp', ['--sparse=always', versions.image, disk])
  // A disk that is larger than the image, as every one is.
  execFileSync('truncate', ['-s', '6G', disk])
  const { token, mine } = await firstStart(bench)
  await otherBox(bench, mine)
  await stopped({ ...bench, token })
  const updateMs = await updates({ ...bench, token })
  const random = createRandom('image', values.seed)
  await cutAgainAndAgain({ ...bench, token }, { cuts: Number(values.cuts), random, updateMs })
  must.tell()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  must.tell(1)
  process.exitCode = 1
} finally {
  endMachines()
}
process.exit()
