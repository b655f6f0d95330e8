/**
 * Which browsers are told of alerts by push services, in what words, and what their people may say about it.
 */
import { clock as clockOf } from '../web/time.ts'
import { boxLanguages } from '../web/words/box.ts'
import { isLanguage, languages } from '../web/words/languages.ts'
import type { Message, Sink } from './alerts/deliver.ts'
import { type PushSender, pushSink, sendPush } from './alerts/push.ts'
import { isPushAddress } from './alerts/push-address.ts'
import { openPushKeys } from './alerts/push-keys.ts'
import type { PushConfig } from './config/alerts.ts'
import type { PushDesk } from './http/deps.ts'
import { BarnboxError } from './lib/errors.ts'
import type { Log } from './lib/log.ts'
import type { Alert, PushDevice, PushDeviceId, PushNote } from './presence-types.ts'
import type { Registry } from './registry/registry.ts'
import type { CameraView, Clock, UserId } from './types.ts'

export interface PushWorld {
  readonly registry: Registry
  readonly cameras: () => readonly CameraView[]
  readonly stateDir: string
  /** The barn's, by its IANA name. */
  readonly zone: string
  /** There are other devices than before. */
  readonly changed: () => void
  readonly clock: Clock
  readonly log: Log
}

export interface PushWay {
  readonly sinks: () => readonly Sink[]
  readonly desk: PushDesk
}

const mostDevices = 8
/** Of a reserved name, which is nobody's: some services refuse messages that name no one. */
const nobodysContact = 'mailto:barnbox@example.com'
const testTtlSeconds = 60

export function openPush(config: PushConfig | undefined, world: PushWorld, signal: AbortSignal): PushWay {
  const { registry, clock, log, changed } = world
  const { pushDevices: devices } = registry
  const sender = config && openSender(config, world)
  const gone = (id: PushDeviceId) => {
    if (devices.remove(id)) log.info({ device: id }, 'a browser is not there any more; it is told nothing')
  }
  const note = (message: Message, language: string) => noteOf(message, language, world)
  const mustSend = (): PushSender => {
    if (!sender) throw new BarnboxError('PUSH_OFF', 'The config does not allow it: alerts.push.')
    return sender
  }
  const find = (userId: UserId, id: PushDeviceId): PushDevice => {
    const device = devices.get(id)
    if (device?.userId !== userId) throw new BarnboxError('NOT_FOUND', 'There is no such device.')
    return device
  }
  return {
    sinks: () =>
      sender ? devices.all().map((one) => pushSink(one, { sender, device: devices.get, note, gone })) : [],
    desk: {
      key: sender?.keys.publicKey ?? null,
      devices: devices.ofUser,
      put(device, { known, key }) {
        if (key !== mustSend().keys.publicKey)
          throw new BarnboxError('STALE', 'The box has other keys by now: subscribe anew.')
        if (!isPushAddress(device.endpoint, config?.services ?? []))
          throw new BarnboxError(
            'PUSH_ADDRESS',
            'This is no address of a push service that the box knows; alerts.push.services names others.',
          )
        const stored = devices.put(device, { known, most: mostDevices }, clock.utcMs())
        changed()
        return stored
      },
      remove(userId, id) {
        devices.remove(find(userId, id).id)
        changed()
      },
      async test(userId, id) {
        const device = find(userId, id)
        const isGone = await sendTest(device, { ...mustSend(), ttlSeconds: testTtlSeconds }, clock, signal)
        if (!isGone) return
        gone(id)
        changed()
        throw new BarnboxError('NOT_FOUND', 'Its push service does not know this device any more.')
      },
    },
  }
}

/** Undefined where there is no room for the keys: alerts go their other ways. */
function openSender(config: PushConfig, { stateDir, registry, log }: PushWorld): PushSender | undefined {
  try {
    const { keys, areNew } = openPushKeys(stateDir)
    // Services take messages only from whoever the browser has subscribed with.
    if (areNew) registry.pushDevices.clear()
    return { keys, contact: config.contact ?? nobodysContact, ttlSeconds: config.ttl_hours * 3600 }
  } catch (error) {
    log.error({ err: error }, 'no browser can be told by push')
    return undefined
  }
}

/** Whether there is no such browser any more. Throws `PUSH_FAILED`. */
async function sendTest(
  device: PushDevice,
  sender: PushSender,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  const { test: title, testBody: body } = wordsOf(device.language).box.push.message
  const note: PushNote = {
    ...{ title, body, tag: 'test', url: '/alerts', language: device.language },
    ...{ occurredMs: clock.utcMs(), stays: false, isQuiet: false },
  }
  const answer = await sendPush(device, { note, urgency: 'high', sender }, signal).catch((cause: Error) => {
    throw new BarnboxError('PUSH_FAILED', 'The push service cannot be reached.', { cause })
  })
  if (answer.problem && !answer.isGone) throw new BarnboxError('PUSH_FAILED', answer.problem.message)
  return answer.isGone
}

function wordsOf(language: string) {
  const known = isLanguage(language) ? language : 'en'
  return { words: languages[known], box: boxLanguages[known] }
}

const longestBody = 400

/** What is so, where, and since when. Whoever holds the telephone may read all of it on the page. */
function noteOf(message: Message, language: string, world: PushWorld): PushNote {
  const { alert, edge, occurredMs, isDelayed } = message
  const { words, box } = wordsOf(language)
  const { alerts, push } = box
  const kind = alerts.kinds[alert.kind]
  const title = {
    raised: `${alerts.severities[alert.severity]}: ${kind}`,
    escalated: push.message.again(kind),
    cleared: push.message.over(kind),
  }[edge]
  const at = (utcMs: number) => clockOf({ words, zone: world.zone }, utcMs, world.clock.utcMs())
  const until = alert.closedMs === null ? '' : ` ${alerts.until} ${at(alert.closedMs)}`
  const lines = [
    subjectOf(alert, words.horse, world),
    alert.part === null ? '' : (alerts.parts[alert.part] ?? alert.part),
    `${alerts.since} ${at(alert.openedMs)}${until}`,
    isDelayed ? push.message.late : '',
  ]
  return {
    title,
    body: lines
      .filter((line) => line !== '')
      .join('\n')
      .slice(0, longestBody),
    ...{ tag: alert.id, url: `/alerts#alert-${alert.id}`, language, occurredMs },
    ...{ stays: alert.severity === 'critical' && edge !== 'cleared', isQuiet: edge === 'cleared' },
  }
}

function subjectOf(
  { horseId, stallId, streamId }: Alert,
  horseWords: (number: number, name: string | null) => string,
  { registry, cameras }: PushWorld,
): string {
  const horse = horseId === null ? undefined : registry.horses.called(horseId)
  const stall = stallId === null ? undefined : registry.stalls.get(stallId)
  const camera = streamId === null ? undefined : cameras().find(({ id }) => id === streamId)
  return [horse && horseWords(horse.number, horse.name), stall?.name, camera?.name ?? streamId]
    .filter(Boolean)
    .join(', ')
}
