/** What the doctor makes of the disk's figures, and where it finds them. (That it is asked for: cli.test.ts.) */
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Problem, Warning } from '../../daemon/commands/doctor-check.ts'
import {
  askHealth,
  judgeDisk,
  measureDisk,
  numberBelow,
  readSmart,
  wholeDisk,
  wornTenths,
} from '../../daemon/commands/doctor-disk.ts'
import { openSmallDisk, type SmallDisk } from '../faults/small-disk.ts'

const gb = 1e9
const disk = { freeBytes: 20 * gb, bytes: 60 * gb, mbPerSecond: 60, fsyncMs: 12 }
const health = { errors: 0, wornPercent: 20, isFailing: null, hint: null }
/** Of figures and health in one. */
const judge = (more: object = {}) => judgeDisk({ ...disk, ...more }, { ...health, ...more })

t.test('a disk: worst first', async (t) => {
  t.match(judge(), /20\.0 of 60 GB free, 60 MB\/s, 12 ms .* 20 % of its life/)
  t.match(judge({ errors: null, wornPercent: null }), /until a small write is kept$/)
  t.match(judge({ isFailing: false, hint: null }), /20 % of its life used, the disk says that it is well$/)
  t.match(judge({ wornPercent: null, hint: 'not known: install it' }), /is kept, not known: install it$/)
  const bad = (more: object, kind: typeof Problem, words: RegExp) => {
    let thrown: unknown
    try {
      judge(more)
    } catch (error) {
      thrown = error
    }
    t.type(thrown, kind, words.source)
    t.match(thrown, { message: words })
  }
  bad({ errors: 3, freeBytes: 0 }, Problem, /counted 3 errors.*replace the disk/)
  bad({ isFailing: true, freeBytes: 0 }, Problem, /says that it will fail.*replace it now/)
  bad({ wornPercent: 100 }, Problem, /worn out/)
  bad({ freeBytes: 0.4 * gb }, Problem, /make room/)
  bad({ wornPercent: 80 }, Warning, /80 % of the disk's life/)
  bad({ fsyncMs: 900 }, Warning, /slow, or busy, or dying/)
  bad({ mbPerSecond: 1 }, Warning, /slow/)
})

t.test('this disk is measured, and nothing is left on it', async (t) => {
  const folder = t.testdir()
  const figures = measureDisk(folder)
  t.ok(figures.mbPerSecond > 0 && figures.fsyncMs >= 0 && figures.freeBytes > 0, JSON.stringify(figures))
  t.same((await import('node:fs')).readdirSync(folder), [])
  t.throws(() => measureDisk('/nowhere/at/all'), { code: 'ENOENT' })
})

t.test('what eMMC says of its life', async (t) => {
  t.equal(wornTenths('0x01 0x01'), 0)
  t.equal(wornTenths('0x03 0x0a'), 9)
  t.equal(wornTenths('0x0b 0x01'), 10)
  t.equal(wornTenths('0x00 0x00'), null, 'it does not say')
  t.equal(wornTenths('nonsense'), null)
})

t.test('the disk below an overlay, as on the appliance: that of its upper layer', async (t) => {
  const root = '21 1 8:2 / / ro,relatime - squashfs /dev/sda2 ro'
  const state = '30 21 8:4 / /run/barnbox-state rw,noatime shared:9 - ext4 /dev/sda4 rw'
  const overlay = (at: string, upper: string) =>
    `31 21 0:42 / ${at} rw,relatime shared:2 - overlay overlay rw,lowerdir=/root${at},upperdir=${upper},workdir=/run/x/work`
  const image = [
    root,
    state,
    overlay('/etc', '/run/barnbox-state/etc'),
    overlay('/var', '/run/barnbox-state/var'),
  ]
  const of = (lines: readonly string[], folder: string) => numberBelow(lines.join('\n'), folder)
  t.equal(of(image, '/var/lib/barnbox'), '8:4')
  t.equal(of(image, '/variety'), '8:2', 'a name that begins alike lies elsewhere')
  t.equal(of(image, '/run/barnbox-state'), '8:4')
  const disk = '40 21 8:17 / /mnt/my\\040disk rw - ext4 /dev/sdb1 rw'
  t.equal(of([...image, disk], '/mnt/my disk/state'), '8:17')
  t.equal(of([root, disk, overlay('/var', '/mnt/my\\040disk/upper')], '/var/lib'), '8:17')
  t.equal(of([state, disk.replace('/mnt/my\\040disk', '/run/barnbox-state')], '/run/barnbox-state'), '8:17')
  // In a container the layers lie where it cannot see.
  t.equal(
    of(['1 0 0:50 / / rw - overlay overlay rw,lowerdir=/a,upperdir=/var/lib/docker/x'], '/state'),
    undefined,
  )
  t.equal(of([root, overlay('/var', '/var/upper')], '/var/lib'), undefined)
  t.equal(of([], '/'), undefined)
})

t.test('which disk a partition is of', async (t) => {
  const names = { sda: 'sda', sda4: 'sda', nvme0n1p2: 'nvme0n1', nvme1n1: 'nvme1n1' }
  for (const [device, disk] of Object.entries(names)) t.equal(wholeDisk(device), disk)
  for (const device of ['vda1', 'loop0', 'dm-0', 'mmcblk0p1', undefined])
    t.equal(wholeDisk(device), undefined)
})

t.test('what smartctl says: NVMe, SATA, one that will fail, and nothing', async (t) => {
  const nvme = {
    smart_status: { passed: true, nvme: { value: 0 } },
    nvme_smart_health_information_log: { critical_warning: 0, available_spare: 100, percentage_used: 83 },
  }
  t.same(readSmart(JSON.stringify(nvme)), { wornPercent: 83, isFailing: false, hint: null })
  const sata = (name: string, value: number, passed = true) =>
    JSON.stringify({
      smart_status: { passed },
      ata_smart_attributes: {
        revision: 1,
        table: [
          { id: 9, name: 'Power_On_Hours', value: 99, worst: 99, thresh: 0 },
          { id: 233, name, value, worst: value, thresh: 0 },
        ],
      },
    })
  t.same(readSmart(sata('Media_Wearout_Indicator', 97)), { wornPercent: 3, isFailing: false, hint: null })
  t.same(readSmart(sata('Wear_Leveling_Count', 1)), { wornPercent: 99, isFailing: false, hint: null })
  t.same(readSmart(sata('Raw_Read_Error_Rate', 40, false)), {
    wornPercent: null,
    isFailing: true,
    hint: null,
  })
  const newer = { endurance_used: { current_percent: 7 } }
  t.same(readSmart(JSON.stringify(newer)), { wornPercent: 7, isFailing: null, hint: null })
  const denied = {
    smartctl: {
      messages: [{ string: 'Smartctl open device: /dev/sda failed: Permission denied', severity: 'error' }],
      exit_status: 2,
    },
  }
  for (const text of [JSON.stringify(denied), '', 'null', '[]', '{"smart_status": {"passed": "yes"}}'])
    t.match(readSmart(text), { wornPercent: null, isFailing: null, hint: /not known/ })
})

t.test('this disk is asked, whatever it is', async (t) => {
  const health = await askHealth(t.testdir(), new AbortController().signal)
  t.equal(health.isFailing === true, false)
  t.ok(health.errors === null || health.errors >= 0)
})

const small = openSmallDisk(16)
if (typeof small === 'object') t.teardown(() => small[Symbol.dispose]())
const skip = typeof small === 'string' && small

t.test('a real overlay over a real disk: its errors are counted', { skip }, async (t) => {
  const { path } = small as SmallDisk
  const { signal } = new AbortController()
  t.match(await askHealth(path, signal), { errors: 0 }, 'ext4 says so')
  const [upper, work] = [join(path, 'upper'), join(path, 'work')]
  for (const one of [upper, work]) mkdirSync(one)
  const folder = t.testdir({ lower: {}, at: {} })
  const [lower, at] = [join(folder, 'lower'), join(folder, 'at')]
  const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`
  execFileSync('mount', ['-t', 'overlay', '-o', options, 'overlay', at], { stdio: 'pipe' })
  try {
    t.match(await askHealth(at, signal), { errors: 0 })
  } finally {
    execFileSync('umount', [at])
  }
})
