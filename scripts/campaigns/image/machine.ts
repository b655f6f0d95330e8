/**
 * A machine of QEMU that begins from a disk file, on a disk that forgets what it was not told to flush (disk.ts). With its screen on a serial
 * line, and two ways in: the page and SSH.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../../../test/support/ports.ts'
import type { Random } from '../../simulator/random.ts'
import { Disk, serveDisk } from './disk.ts'

const run = promisify(execFile)
const firmware = '/usr/share/OVMF'

const offMs = 900_000
/** What is asked of a machine and takes longer is asked in the background. */
const lineMs = 900_000

export interface Wish {
  readonly disk: string
  readonly accel: 'kvm' | 'tcg'
  readonly work: string
  /** Of whoever may log in. */
  readonly sshKey: string
}

export interface Machine {
  readonly url: string
  /** What the screen has shown. */
  screen(): string
  /** Runs a line of shell as root; answers what it said. Throws where it fails. */
  root(line: string): Promise<string>
  /** A file, or a folder with all that is in it. */
  copy(file: string, to: string): Promise<void>
  /** The power goes. Answers how many sectors the disk has lost. */
  cut(random: Random): Promise<number>
  /** As by its button; waits until it is off. */
  off(): Promise<void>
}

export async function startMachine({ disk: file, accel, work, sshKey }: Wish): Promise<Machine> {
  const folder = mkdtempSync(join(work, 'machine-'))
  const [socket, variables, serial] = ['disk', 'variables.fd', 'serial'].map((one) => join(folder, one))
  copyFileSync(join(firmware, 'OVMF_VARS_4M.fd'), variables as string)
  const disk = new Disk(file)
  const server = await serveDisk(disk, socket as string)
  const [page, ssh] = [await freePort(), await freePort()]
  const net = `user,id=net,hostfwd=tcp:127.0.0.1:${page}-:8480,hostfwd=tcp:127.0.0.1:${ssh}-:22`
  const args = [
    ...['-machine', 'q35', '-smp', '2', '-m', '2560'],
    ...(accel === 'kvm'
      ? ['-accel', 'kvm', '-cpu', 'host']
      : ['-accel', 'tcg,thread=multi,tb-size=1024', '-cpu', 'max']),
    // A screen would be painted by software: what it shows comes by the serial line too.
    ...['-display', 'none', '-vga', 'none', '-monitor', 'none', '-serial', `file:${serial}`],
    ...['-drive', `if=pflash,format=raw,readonly=on,file=${firmware}/OVMF_CODE_4M.fd`],
    ...['-drive', `if=pflash,format=raw,file=${variables}`],
    ...['-drive', `if=virtio,format=raw,discard=ignore,file=nbd+unix:///?socket=${socket}`],
    ...['-netdev', net, '-device', 'virtio-net-pci,netdev=net', '-device', 'virtio-rng-pci'],
  ]
  const child = spawn('nice', ['-n', '19', 'qemu-system-x86_64', ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  alive.add(child)
  let hasEnded = false
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  void ended.then(() => {
    hasEnded = true
    alive.delete(child)
  })
  const close = async () => {
    await ended
    server.close()
    disk.close()
  }
  const way = ['-i', sshKey, '-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null']
  way.push('-o', 'LogLevel=ERROR', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=60')
  // One log-in for all that is asked: each takes seconds there. It ends with the machine, and where a start anew has cut it off.
  way.push('-o', 'ControlMaster=auto', '-o', `ControlPath=${join(folder, 'ssh')}`, '-o', 'ControlPersist=yes')
  way.push('-o', 'ServerAliveInterval=10', '-o', 'ServerAliveCountMax=6')
  const into = [...way, '-p', String(ssh), 'root@127.0.0.1']
  const root = async (line: string) => {
    if (hasEnded) throw new Error('the machine has ended')
    const { stdout } = await run('ssh', [...into, line], { timeout: lineMs })
    return stdout.trim()
  }
  return {
    url: `http://127.0.0.1:${page}`,
    screen: () => (existsSync(serial as string) ? readFileSync(serial as string, 'latin1') : ''),
    root,
    async copy(from, to) {
      await run('scp', [...way, '-r', '-P', String(ssh), from, `root@127.0.0.1:${to}`])
    },
    async cut(random) {
      child.kill('SIGKILL')
      const lost = disk.cut(random)
      await close()
      return lost
    },
    async off() {
      await root('systemctl poweroff').catch(() => {})
      const late = setTimeout(() => child.kill('SIGKILL'), offMs)
      await ended
      clearTimeout(late)
      if (child.signalCode !== null) throw new Error('it does not go off')
      disk.flush()
      await close()
    },
  }
}

const alive = new Set<ChildProcess>()
/** No machine outlives the campaign. */
export function endMachines(): void {
  for (const child of alive) child.kill('SIGKILL')
}
