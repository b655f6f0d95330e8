/**
 * Three images of one Debian: the first, a later one, and a still later one whose program spoils the registry and dies. Made once and kept.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))

export interface Versions {
  /** To be written onto a disk. */
  readonly image: string
  /** Updates, signed. */
  readonly later: string
  readonly bad: string
  readonly sshKey: string
  readonly imageVersion: { readonly first: string; readonly later: string; readonly bad: string }
}

/** On a busy machine an emulated timer is late, and Linux would take it for a broken one; and devices are there only after minutes. */
const kernel = 'no_timer_check systemd.default_device_timeout_sec=900'

const run = (command: string, ...args: string[]) =>
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] })

const spoil = `if (process.argv[2] === 'run') {
  const { default: Database } = await import('better-sqlite3')
  new Database('/var/lib/barnbox/barnbox.db').pragma('user_version = 9999')
  process.exit(1)
}
`

export function makeVersions(folder: string, deb: string): Versions {
  mkdirSync(folder, { recursive: true })
  const [sshKey, key] = [join(folder, 'ssh'), join(folder, 'maker')]
  if (!existsSync(sshKey)) run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', sshKey)
  if (!existsSync(key)) run('minisign', '-GW', '-p', `${key}.pub`, '-s', key)
  const make = (name: string, of: string) => {
    const to = join(folder, name)
    if (globSync(join(to, '*.root')).length === 0) {
      rmSync(to, { recursive: true, force: true })
      const given = ['--kernel', kernel, '--key', `${key}.pub`, '--ssh', `${sshKey}.pub`]
      given.push('--base', join(folder, 'base.tar'))
      run(join(root, 'scripts/image'), '--from', 'A Barn, 1 Stable Road', ...given, to, of)
    }
    const [file] = globSync(join(to, '*.root'))
    if (file === undefined) throw new Error(`there is no system in ${to}`)
    if (!existsSync(`${file}.minisig`)) run('minisign', '-SH', '-s', key, '-m', file, '-t', name)
    return file
  }
  const first = make('first', deb)
  const later = make('later', deb)
  const spoilt = join(folder, 'spoilt.deb')
  if (!existsSync(spoilt)) makeSpoilt(deb, spoilt)
  const bad = make('bad', spoilt)
  const versionOf = (file: string) => file.replace(/^.*barnbox_(.*)_amd64\.root$/, '$1')
  const imageVersion = { first: versionOf(first), later: versionOf(later), bad: versionOf(bad) }
  return { image: first.replace(/root$/, 'img'), later, bad, sshKey, imageVersion }
}

function makeSpoilt(deb: string, to: string): void {
  const tree = `${to}.tree`
  rmSync(tree, { recursive: true, force: true })
  run('dpkg-deb', '-R', deb, tree)
  const program = join(tree, 'usr/lib/barnbox/main.js')
  writeFileSync(program, `${spoil}${readFileSync(program, 'utf8')}`)
  run('dpkg-deb', '--root-owner-group', '-Znone', '--build', tree, to)
  rmSync(tree, { recursive: true })
}
