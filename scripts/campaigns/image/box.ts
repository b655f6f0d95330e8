/**
 * A box in a machine, as whoever installs it and keeps it meets it: PIN on the screen, page, shell.
 */

import { type Machine, startMachine } from './machine.ts'
import { type Must, slow, within } from './must.ts'
import type { Versions } from './versions.ts'

export interface Bench {
  readonly work: string
  readonly versions: Versions
  readonly must: Must
  readonly disk: string
  readonly accel: 'kvm' | 'tcg'
  /** As the box sees it. */
  readonly camera: string
}
export type Grown = Bench & { readonly token: string }

export const streamId = 'stall'
const person = { name: 'Anna', password: 'hay and carrots' }

export const start = ({ work, accel, versions: { sshKey } }: Bench, disk: string) =>
  startMachine({ work, disk, accel, sshKey })

export const pinOn = (machine: Machine) => /PIN of the set-up: (\d{4} ?\d{4})/.exec(machine.screen())?.[1]

export async function isReady({ url }: Machine, token: string): Promise<boolean> {
  const answer = await fetch(`${url}/readyz`, { headers: { authorization: `Bearer ${token}` } })
  if (!answer.ok) throw new Error(`/readyz: ${answer.status} ${await answer.text()}`)
  return true
}

/** With the PIN of its screen; answers a program's token. */
export async function setUp({ url }: Machine, pin: string): Promise<string> {
  const made = await fetch(`${url}/setup`, {
    method: 'POST',
    headers: { origin: url },
    body: new URLSearchParams({ ...person, pin }),
    redirect: 'manual',
  })
  const cookie = made.headers.get('set-cookie')?.split(';')[0]
  if (made.status !== 303 || cookie === undefined) throw new Error(`the set-up answers ${made.status}`)
  const answer = await fetch(`${url}/api/v1/tokens`, {
    method: 'POST',
    headers: { origin: url, cookie, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'campaign', role: 'admin' }),
  })
  const { token } = (await answer.json()) as { token?: string }
  if (token === undefined) throw new Error(`a token: ${answer.status}`)
  return token
}

/** Each picture is looked at, so that what was seen when is beyond doubt. */
export function configOf(camera: string): string {
  const cameras = [{ id: streamId, name: 'Stall', url: camera, transport: 'tcp', quiet_seconds: 0 }]
  // JSON is YAML.
  return JSON.stringify({ http: { host: '0.0.0.0' }, cameras })
}

/** The version of the system that runs, once one can log in. */
export const versionOf = (machine: Machine) =>
  within(slow, () => machine.root('sed -n s/^IMAGE_VERSION=//p /usr/lib/os-release'))

export const isOnTrial = async (machine: Machine) =>
  !(await machine.root('barnbox-update --status')).includes('nothing is on trial')
