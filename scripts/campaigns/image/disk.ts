/**
 * A disk with a cache of its own that does not outlive a power cut, served to QEMU by NBD. What the guest had told the disk to flush is there
 * after a cut; of what it had only written since, each sector is there or not, as chance has it, whatever the order.
 *
 * QEMU's own files would keep all of it: the machine below does not lose its power.
 */
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import type { Random } from '../../simulator/random.ts'

const sectorBytes = 512
/** Real disks write their cache out by and by: the oldest go when there are more. */
const mostSectors = 65_536

export class Disk {
  readonly #fd: number
  readonly bytes: number
  /** Written and not flushed, the oldest first. */
  readonly #pending = new Map<number, Buffer>()

  constructor(file: string) {
    this.#fd = openSync(file, 'r+')
    this.bytes = fstatSync(this.#fd).size
  }

  get unflushed(): number {
    return this.#pending.size
  }

  read(offset: number, length: number): Buffer {
    const data = Buffer.alloc(length)
    readSync(this.#fd, data, 0, length, offset)
    if (this.#pending.size === 0) return data
    for (let at = 0; at < length; at += sectorBytes)
      this.#pending.get((offset + at) / sectorBytes)?.copy(data, at)
    return data
  }

  write(offset: number, data: Buffer): void {
    for (let at = 0; at < data.length; at += sectorBytes) {
      const sector = (offset + at) / sectorBytes
      this.#pending.delete(sector)
      this.#pending.set(sector, Buffer.from(data.subarray(at, at + sectorBytes)))
    }
    for (const sector of this.#pending.keys()) {
      if (this.#pending.size <= mostSectors) break
      this.#store(sector)
    }
  }

  flush(): void {
    for (const sector of this.#pending.keys()) this.#store(sector)
  }

  /** The power goes. Answers how many sectors were lost. */
  cut(random: Random): number {
    const share = random.uniform()
    let lost = 0
    for (const sector of this.#pending.keys()) {
      if (random.chance(share)) this.#store(sector)
      else lost++
    }
    this.#pending.clear()
    return lost
  }

  close(): void {
    closeSync(this.#fd)
  }

  #store(sector: number): void {
    const data = this.#pending.get(sector)
    if (data) writeSync(this.#fd, data, 0, data.length, sector * sectorBytes)
    this.#pending.delete(sector)
  }
}

const greeting = Buffer.from('NBDMAGICIHAVEOPT')
const replyMagic = 0x3e889045565a9n
const [optAbort, optInfo, optGo] = [2, 6, 7]
const [ack, info, unsupported] = [1, 3, 0x8000_0001]
/** It has flags, and it flushes. */
const exportFlags = 0b101
const [cmdRead, cmdWrite, cmdDisconnect, cmdFlush] = [0, 1, 2, 3]
const invalid = 22

/** Serves the disk on a socket of the file system until it is closed. The protocol's fixed newstyle, and no more than QEMU asks for. */
export async function serveDisk(disk: Disk, path: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    void converse(disk, socket).catch(() => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  return server
}

async function converse(disk: Disk, socket: Socket): Promise<void> {
  const take = reader(socket)
  socket.write(Buffer.concat([greeting, words([0b11, 2])]))
  await take(4)
  if (await agree(disk, socket, take)) await transmit(disk, socket, take)
  socket.end()
}

type Take = (bytes: number) => Promise<Buffer>

/** So many bytes of what comes; throws at the end. */
function reader(socket: Socket): Take {
  const chunks = socket[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)
  return async (bytes) => {
    const parts = [rest]
    for (let have = rest.length; have < bytes; ) {
      const { value, done } = await chunks.next()
      if (done) throw new Error('the other side has gone')
      parts.push(value)
      have += value.length
    }
    const all = Buffer.concat(parts)
    rest = all.subarray(bytes)
    return all.subarray(0, bytes)
  }
}

/** Numbers of so many bytes each, one after the other. */
function words(...numbers: readonly (readonly [value: number | bigint, bytes: number])[]): Buffer {
  return Buffer.concat(
    numbers.map(([value, bytes]) => {
      const word = Buffer.alloc(8)
      word.writeBigUInt64BE(BigInt(value))
      return word.subarray(8 - bytes)
    }),
  )
}

/** The options, until the disk is agreed upon. */
async function agree(disk: Disk, socket: Socket, take: Take): Promise<boolean> {
  for (;;) {
    const head = await take(16)
    const option = head.readUInt32BE(8)
    await take(head.readUInt32BE(12))
    const reply = (type: number, data: Buffer = Buffer.alloc(0)) =>
      socket.write(Buffer.concat([words([replyMagic, 8], [option, 4], [type, 4], [data.length, 4]), data]))
    if (option === optAbort) {
      reply(ack)
      return false
    }
    if (option !== optGo && option !== optInfo) {
      reply(unsupported)
      continue
    }
    reply(info, words([0, 2], [disk.bytes, 8], [exportFlags, 2]))
    reply(ack)
    if (option === optGo) return true
  }
}

async function transmit(disk: Disk, socket: Socket, take: Take): Promise<void> {
  for (;;) {
    const head = await take(28)
    const command = head.readUInt16BE(6)
    const [offset, length] = [Number(head.readBigUInt64BE(16)), head.readUInt32BE(24)]
    const reply = (error: number, data: Buffer = Buffer.alloc(0)) =>
      socket.write(Buffer.concat([words([0x67446698, 4], [error, 4]), head.subarray(8, 16), data]))
    if (command === cmdDisconnect) return
    if (command === cmdRead) reply(0, disk.read(offset, length))
    else if (command === cmdWrite) {
      disk.write(offset, await take(length))
      reply(0)
    } else if (command === cmdFlush) {
      disk.flush()
      reply(0)
    } else reply(invalid)
  }
}
