/**
 * A wire between two that can go bad: it swallows what comes back, or goes dead without a word.
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Wire extends AsyncDisposable {
  readonly port: number
  /** What comes back is lost from now on, for the connections that there are. */
  swallow(): void
  /** Nothing passes any more, either way, on the connections that there are; nobody is told. */
  freeze(): void
  /** Both sides are told that it is gone, and nobody gets through before it is mended. */
  cut(): void
  mend(): void
}

export async function createWire(to: number): Promise<Wire> {
  const pairs = new Set<{ near: Socket; far: Socket; isDeaf: boolean; isDead: boolean }>()
  let isCut = false
  const server = createServer((near) => {
    if (isCut) return void near.destroy()
    const far = connect(to, '127.0.0.1')
    const pair = { near, far, isDeaf: false, isDead: false }
    pairs.add(pair)
    near.on('data', (bytes) => void (pair.isDead || far.write(bytes)))
    far.on('data', (bytes) => void (pair.isDead || pair.isDeaf || near.write(bytes)))
    const end = () => {
      if (pair.isDead) return
      near.destroy()
      far.destroy()
      pairs.delete(pair)
    }
    for (const socket of [near, far]) {
      socket.on('error', end)
      socket.on('close', end)
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    swallow() {
      for (const pair of pairs) pair.isDeaf = true
    },
    freeze() {
      for (const pair of pairs) pair.isDead = true
    },
    cut() {
      isCut = true
      for (const { near, far } of [...pairs]) {
        near.destroy()
        far.destroy()
      }
    },
    mend() {
      isCut = false
    },
    async [Symbol.asyncDispose]() {
      server.close()
      for (const { near, far } of pairs) {
        near.destroy()
        far.destroy()
      }
    },
  }
}
