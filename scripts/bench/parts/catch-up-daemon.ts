/**
 * What a whole daemon drops of its camera's frames while all that it holds goes to a central database, the line having been away.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { createWire } from '../../../test/support/tcp-proxy.ts'
import { startRtspCamera } from '../../demonstration/rtsp.ts'
import { panFootage } from '../../footage.ts'
import { type DaemonSide, startDaemon } from './daemon-side.ts'

/** What a camera gives where nobody says otherwise. */
const fps = 5
const warmUpMs = 8_000
const mostMs = 300_000
const lookMs = 100

interface System {
  readonly sync: { readonly state: string; readonly told: number; readonly waiting: number }
}

export interface CaughtUp {
  readonly told: number
  readonly seconds: number
  readonly decoded: number
  readonly dropped: number
}

/** `fill`: puts into a state folder's registry what is to be told. Throws where that is not all told in five minutes. */
export async function catchUpWatching(url: string, fill: (stateDir: string) => void): Promise<CaughtUp> {
  const central = new URL(url)
  await using wire = await createWire(Number(central.port))
  wire.cut()
  central.port = String(wire.port)
  await using camera = await startRtspCamera({ '/cam': await panFootage(AbortSignal.timeout(120_000)) })
  const sync = { url: central.href, username: 'postgres', farm: 'bench-daemon', tls: 'off' }
  await using daemon = await startDaemon([camera.url('/cam')], { fps }, { sync, fill })
  await wait(warmUpMs)
  wire.mend()
  await until(daemon, ({ state }) => state === 'catching-up' || state === 'in-step')
  const [before, startedMs] = [await daemon.read(), performance.now()]
  const { told } = await until(daemon, ({ state }) => state === 'in-step')
  const after = await daemon.read()
  return {
    told,
    seconds: (performance.now() - startedMs) / 1000,
    decoded: after.decoded - before.decoded,
    dropped: after.dropped - before.dropped,
  }
}

async function until({ box }: DaemonSide, isSo: (sync: System['sync']) => boolean): Promise<System['sync']> {
  const startedMs = performance.now()
  for (;;) {
    const { sync } = await box.get<System>('/api/v1/system')
    if (isSo(sync)) return sync
    if (performance.now() - startedMs > mostMs) throw new Error(`it is still ${JSON.stringify(sync)}`)
    await wait(lookMs)
  }
}
