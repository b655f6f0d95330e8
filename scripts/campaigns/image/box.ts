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
  /** What sees the horses. */
  readonly models: 'small' | 'built-in'
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

/** Whether the daemon is there; its models may still be opened. */
export async function answers({ url }: Machine): Promise<boolean> {
  return (await fetch(`${url}/healthz`)).ok
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

/** Where the small models lie in a box. */
export const modelsFolder = '/var/lib/barnbox-campaign'

/** Each picture that is taken is looked at, so that what was seen when is beyond doubt. JSON is YAML. */
export function configOf({ camera, models }: Pick<Bench, 'camera' | 'models'>): string {
  const [detector, embedder] = ['detector', 'embedder'].map((name) => `${modelsFolder}/${name}.onnx`)
  const small = { detector, embedder }
  const vision = { workers: 1, patience: 20, ...(models === 'small' && small) }
  const pace = { fps: models === 'small' ? 2 : 0.5, silence_seconds: 120, quiet_seconds: 0 }
  const cameras = [{ id: streamId, name: 'Stall', url: camera, transport: 'tcp', ...pace }]
  return JSON.stringify({ http: { host: '0.0.0.0' }, vision, cameras })
}

/** Has the daemon begin anew by a config. */
export async function configure(machine: Machine, config: string): Promise<void> {
  await machine.root(
    `cat >/etc/barnbox/barnbox.yaml <<'END'\n${config}\nEND\nsystemctl restart --no-block barnbox`,
  )
}

/** The version of the system that runs, once one can log in. */
export const versionOf = (machine: Machine) =>
  within(slow, () => machine.root('sed -n s/^IMAGE_VERSION=//p /usr/lib/os-release'))

export const isOnTrial = async (machine: Machine) =>
  !(await machine.root('barnbox-update --status')).includes('nothing is on trial')
