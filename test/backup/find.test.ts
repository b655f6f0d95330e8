/** Which backups are found on strange disks, and how one is copied from there. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { copyBackup, findBackups } from '../../daemon/backup/find.ts'
import { makeBackup, readBackup } from '../../daemon/backup/folder.ts'

const nowMs = Date.UTC(2026, 10, 28, 2)
const dayMs = 86_400_000

function newFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'barnbox-find-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const backup = (into: string, atMs = nowMs) =>
  makeBackup(
    into,
    atMs,
    { version: 'test', box: 'north' },
    [{ name: 'barnbox.yaml', text: '{}' }],
    (file) => {
      writeFileSync(file, 'not looked into here')
      return { version: 1, counts: { horses: 3 } }
    },
  )

t.test('found as deep as people put them, the newest first; links are not followed', async (t) => {
  const [disk, elsewhere] = [newFolder(t), newFolder(t)]
  const deep = (...names: string[]) => {
    const folder = join(disk, ...names)
    mkdirSync(folder, { recursive: true })
    return folder
  }
  const old = await backup(deep('usb', 'barn', 'backups'))
  const newest = await backup(deep('backup'), nowMs + dayMs)
  renameSync(await backup(deep('mine'), nowMs - dayMs), join(disk, 'mine/a copy of it'))
  await backup(deep('a', 'b', 'c', 'd', 'e', 'f'), nowMs + 2 * dayMs)
  await backup(deep('.hidden'))
  symlinkSync(await backup(elsewhere), join(disk, 'link'))
  symlinkSync(disk, join(disk, 'round'))
  writeFileSync(join(deep('none'), 'manifest.json'), '{"format": 1}')
  const { backups, barred } = await findBackups([disk, disk, join(disk, 'nowhere')])
  t.same(
    backups.map(({ folder }) => folder),
    [newest, old, join(disk, 'mine/a copy of it')],
  )
  t.match(backups[0], { manifest: { box: 'north', counts: { horses: 3 } }, bytes: 22 })
  t.same(barred, [])
})

t.test('a folder that may not be looked into is named', { skip: process.getuid?.() === 0 }, async (t) => {
  const disk = newFolder(t)
  mkdirSync(join(disk, 'locked'))
  chmodSync(join(disk, 'locked'), 0)
  t.same((await findBackups([disk])).barred, [join(disk, 'locked')])
})

t.test('what is copied is what the manifest names, and no link and no pipe', async (t) => {
  const [disk, into] = [newFolder(t), newFolder(t)]
  const made = await backup(disk)
  await copyBackup(made, into)
  t.same(await readBackup(into), await readBackup(made))

  const spoilt: Record<string, (file: string) => void> = {
    'a link': (file) => symlinkSync('/etc/hostname', file),
    'a pipe': (file) => execFileSync('mkfifo', [file]),
    nothing: () => {},
  }
  for (const [what, spoil] of Object.entries(spoilt)) {
    const folder = await backup(newFolder(t))
    rmSync(join(folder, 'barnbox.yaml'))
    spoil(join(folder, 'barnbox.yaml'))
    await t.rejects(copyBackup(folder, newFolder(t)), { code: 'BACKUP_REFUSED' }, what)
  }
  await t.rejects(copyBackup(join(disk, 'nowhere'), newFolder(t)), { code: 'BACKUP_REFUSED' })
})
