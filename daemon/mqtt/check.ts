/**
 * Tries with a broker all that the box needs of it, beside a box that may run: nothing that others go by is changed.
 */
import { randomUUID } from 'node:crypto'
import { sleep } from '../lib/abort.ts'
import { asBarnboxError } from '../lib/errors.ts'
import type { AlertKind } from '../presence-types.ts'
import type { HorseId, StallId, StreamId } from '../types.ts'
import { attempt, type BrokerOptions } from './connection.ts'
import { configTopic, objectPrefix } from './discovery.ts'
import { createSession, type Session } from './session.ts'
import type { Topics } from './topics.ts'

export interface Finding {
  readonly part: string
  readonly level: 'ok' | 'warning' | 'problem'
  readonly detail: string
}

export interface CheckOptions {
  readonly broker: Omit<BrokerOptions, 'will' | 'clientId' | 'keepaliveSeconds'>
  readonly topics: Topics
  readonly boxId: string
  readonly prefix: string
  readonly homeStatus: string
  readonly wantsHome: boolean
}

/** So long an answer may take. */
const answerMs = 2000
const connectMs = 10_000
/** An id that no camera, stall or horse has: theirs are longer, or the config's. */
const nobody = 'barnbox-check'

export async function checkBroker(options: CheckOptions, signal: AbortSignal): Promise<Finding[]> {
  let line: Line
  try {
    line = await open(options, signal)
  } catch (thrown) {
    const { code, message } = asBarnboxError(thrown)
    return [{ part: 'connection', level: 'problem', detail: `${code}: ${message}` }]
  }
  const { version } = line
  try {
    const where = new URL(options.broker.url).host
    const words = `${where} lets the box in, with MQTT ${version}`
    const first: Finding = { part: 'connection', level: 'ok', detail: words }
    const writes = await Promise.all(writeProbes(options).map((probe) => canWrite(line, probe)))
    const reads = await readFindings(line, options)
    const home = options.wantsHome ? [await homeFinding(line, options)] : []
    // The last: a broker that forbids it may hang up.
    return [first, ...writes, ...reads, ...home, await canKeep(line, options)]
  } catch (thrown) {
    const detail = `the broker ended the connection: ${asBarnboxError(thrown).message}`
    return [{ part: 'connection', level: 'problem', detail }]
  } finally {
    line.end()
  }
}

interface Heard {
  readonly payload: string
  readonly isKept: boolean
}

interface Line {
  readonly session: Session
  readonly version: BrokerOptions['version']
  /** What came on a topic since then, and whether the broker had kept it. */
  heard(topic: string): Promise<Heard | undefined>
  end(): void
}

/** MQTT 5 where the broker knows it: then it says what it does not allow. */
async function open({ broker, topics }: CheckOptions, signal: AbortSignal): Promise<Line> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(connectMs)])
  const dial = (version: BrokerOptions['version']) =>
    attempt(
      {
        ...{
          ...broker,
          version,
          keepaliveSeconds: 30,
          clientId: `barnbox-check-${randomUUID().slice(0, 8)}`,
        },
        will: () => ({ topic: `${topics.root}/check`, payload: '', retain: false }),
      },
      within,
    )
  let version: BrokerOptions['version'] = '5'
  const accepted = await dial(version).catch(async (refused) => {
    if (broker.version === '5' || asBarnboxError(refused).code !== 'MQTT_REFUSED') throw refused
    version = broker.version
    return await dial(version)
  })
  const session = createSession(accepted.client, { ...broker, version, most: accepted.most })
  const ending = new AbortController()
  const waiting: { readonly topic: string; readonly resolve: (heard: Heard) => void }[] = []
  session.onMessage(({ topic, payload, isKept }) => {
    for (const one of waiting)
      if (one.topic === topic) one.resolve({ payload: payload.toString('utf8'), isKept })
  })
  // What is not acknowledged by then never will be: it is rejected.
  accepted.client.once('close', () => accepted.client.end(true))
  return {
    ...{ session, version },
    heard: (topic) =>
      new Promise((resolve) => {
        waiting.push({ topic, resolve })
        void sleep(answerMs, AbortSignal.any([signal, ending.signal])).then(() => resolve(undefined))
      }),
    end() {
      ending.abort()
      accepted.client.end()
    },
  }
}

interface Probe {
  readonly part: string
  readonly topic: string
}

/** One topic of each class, where nobody listens. */
function writeProbes({ topics, prefix, boxId, wantsHome }: CheckOptions): Probe[] {
  const discovery = configTopic(prefix, `${objectPrefix(boxId)}_check`)
  return [
    { part: 'write box', topic: `${topics.root}/check` },
    { part: 'write cameras', topic: topics.cameraStatus(nobody as StreamId) },
    { part: 'write horses', topic: topics.horse(nobody as HorseId) },
    { part: 'write stalls', topic: topics.stall(nobody as StallId) },
    { part: 'write alerts', topic: topics.alert(nobody as AlertKind) },
    { part: 'write events', topic: topics.event },
    { part: 'write switches', topic: topics.state(nobody) },
    { part: 'write answers', topic: topics.response(nobody) },
    ...(wantsHome ? [{ part: 'write discovery', topic: discovery }] : []),
  ]
}

/** By the broker's word where it gives one (MQTT 5), else by what comes back. */
async function canWrite({ session, version, heard }: Line, { part, topic }: Probe): Promise<Finding> {
  const refused = await session.subscribe([topic])
  const back = heard(topic)
  try {
    await session.publish({ topic, payload: '', retain: false })
  } catch {
    return { part, level: 'problem', detail: `may not be written: allow ${topic}` }
  }
  if (await back) return { part, level: 'ok', detail: topic }
  if (version === '5') return { part, level: 'ok', detail: `${topic}, and cannot be read back` }
  const known = refused.length > 0 ? 'may not be read' : 'did not come back'
  return {
    part,
    level: 'warning',
    detail: `${topic} ${known}, so nobody knows whether it may be written`,
  }
}

async function readFindings(line: Line, { topics, prefix, homeStatus, wantsHome }: CheckOptions) {
  const { session, heard } = line
  const command = topics.command('ping')
  const refused = await session.subscribe([
    ...[`${topics.root}/cmd/+`, `${topics.root}/+/set`, topics.status, topics.response('ping')],
    ...(wantsHome ? [homeStatus, `${prefix}/device/+/config`] : []),
  ])
  const [back, answer] = [heard(command), heard(topics.response('ping'))]
  const transaction = randomUUID()
  await session
    .publish({ topic: command, payload: JSON.stringify({ transaction }), retain: false })
    .catch(() => {})
  const isHeard = (await back) !== undefined && !refused.includes(`${topics.root}/cmd/+`)
  const found: Finding[] = [
    isHeard
      ? { part: 'read commands', level: 'ok', detail: `${topics.root}/cmd/+` }
      : {
          ...{ part: 'read commands', level: 'problem' },
          detail: `what is asked does not arrive: allow to read ${topics.root}/cmd/# and ${topics.root}/+/set`,
        },
  ]
  for (const topic of refused.filter((one) => !one.startsWith(`${topics.root}/cmd/`)))
    found.push({ part: 'read', level: 'problem', detail: `may not be read: allow ${topic}` })
  const said = (await answer)?.payload.includes(transaction)
  const running = said ? 'the running box answers' : 'no box answers: it does not run, or cannot be reached'
  found.push({ part: 'daemon', level: said ? 'ok' : 'warning', detail: running })
  return found
}

/** Home Assistant says that it is there once, at its start: a running box remembers. */
async function homeFinding({ session, heard }: Line, { topics, homeStatus }: CheckOptions): Promise<Finding> {
  const part = 'home assistant'
  const [birth, health] = [heard(homeStatus), heard(topics.health)]
  await session.subscribe([homeStatus, topics.health])
  const [status, told] = [(await birth)?.payload, (await health)?.payload]
  if (status !== undefined) return { part, level: 'ok', detail: `its status is ${status.slice(0, 20)}` }
  const since = bornIn(told)
  if (since !== undefined) return { part, level: 'ok', detail: `the box saw it start at ${since}` }
  return {
    ...{ part, level: 'warning' },
    detail: `nothing was seen on ${homeStatus}: it speaks at its start only. Restart it, or look at the birth message in its MQTT settings`,
  }
}

function bornIn(health: string | undefined): string | undefined {
  try {
    const at: unknown = JSON.parse(health ?? '{}').home_assistant_birth
    return typeof at === 'string' ? at : undefined
  } catch {
    return undefined
  }
}

async function canKeep({ session, heard }: Line, { broker, topics }: CheckOptions): Promise<Finding> {
  const part = 'retain'
  if (broker.forbidsRetain)
    return {
      part,
      level: 'warning',
      detail: 'not asked for (force_disable_retain): births bring all of it back',
    }
  // One of its own: a will or an earlier word on it would be taken for it.
  const topic = `${topics.root}/check/kept`
  const advice = 'the broker keeps nothing: set mqtt.force_disable_retain, or allow retained messages there'
  try {
    await session.publish({ topic, payload: 'kept' })
    const kept = heard(topic)
    await session.subscribe([topic])
    const isKept = (await kept)?.isKept === true
    await session.publish({ topic, payload: '' })
    return isKept
      ? { part, level: 'ok', detail: 'what is retained is kept' }
      : { part, level: 'problem', detail: advice }
  } catch {
    return { part, level: 'problem', detail: advice }
  }
}
