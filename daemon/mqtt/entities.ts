/**
 * What box, cameras, stalls and horses have in Home Assistant. Pure. A key is part of an id that never changes.
 */
import { type AlertKind, alertKinds, type Place } from '../presence-types.ts'
import type { CameraView, Horse, Stall } from '../types.ts'
import { DISABLED, OFF, OFFLINE, ON, ONLINE } from './payloads.ts'
import { type Topics, tellingOf } from './topics.ts'

export interface Entity {
  readonly platform: 'binary_sensor' | 'sensor' | 'event' | 'image' | 'switch' | 'button'
  /** Null: it is what the device is about. */
  readonly name: string | null
  readonly [option: string]: unknown
}
export type Entities = Readonly<Record<string, Entity>>

/** After so long without a word a level is not known any more: a second dead man's switch. */
const expireSeconds = 180

const alertNames: Record<AlertKind, string> = {
  camera_down: 'Camera down',
  stall_blind: 'Stall blind',
  box_trouble: 'Box trouble',
  horse_missing: 'Horse missing',
  wrong_horse: 'Wrong horse',
  unknown_horse: 'Unknown horse',
  horse_outside: 'Horse outside',
  person_at_night: 'Person at night',
  down_too_long: 'Down too long',
  restless: 'Restless',
}
/** Not looked for unless the config says so. */
const experimental: readonly AlertKind[] = ['down_too_long', 'restless']

const isNoisy = { enabled_by_default: false }
const diagnostic = { entity_category: 'diagnostic' }
const measured = { ...diagnostic, state_class: 'measurement' }

/** The box speaks; what else must be so is said beside it. */
const spoken = ({ status }: Topics, ...also: readonly object[]) => ({
  availability: [{ topic: status }, ...also],
  availability_mode: 'all',
})

const value = (expression: string) => `{{ ${expression} }}`
/** Home Assistant's word for "not known". */
const unknownAs = 'None'

export function boxEntities(topics: Topics): Entities {
  const { health, status } = topics
  const figure = (key: string, name: string, more: object): Entity => ({
    ...{ platform: 'sensor', name, state_topic: health, value_template: value(`value_json.${key}`) },
    ...more,
    ...spoken(topics),
  })
  const levels = alertKinds.map((kind) => [
    `alert_${kind}`,
    {
      ...{ platform: 'binary_sensor', name: alertNames[kind], device_class: 'problem' },
      ...{ state_topic: topics.alert(kind), expire_after: expireSeconds },
      ...(experimental.includes(kind) ? isNoisy : {}),
      ...spoken(topics),
    } satisfies Entity,
  ])
  return {
    connected: {
      ...{ platform: 'binary_sensor', name: null, device_class: 'connectivity', ...diagnostic },
      // It says what the others go by, and so is always known.
      ...{ state_topic: status, payload_on: ONLINE, payload_off: OFFLINE },
    },
    ...Object.fromEntries(levels),
    alert: {
      ...{ platform: 'event', name: 'Alert', event_types: alertKinds, state_topic: topics.event },
      ...spoken(topics),
    },
    alerts: tellingSwitch(topics),
    acknowledge: button('acknowledge', 'Acknowledge alerts', { alert: 'all' }, topics),
    snooze: button('snooze', 'Snooze alerts for an hour', { alert: 'all', minutes: 60 }, topics),
    republish: { ...button('republish', 'Send everything again', {}, topics), ...config, ...isNoisy },
    alerts_open: figure('alerts_open', 'Open alerts', { state_class: 'measurement' }),
    cameras_live: figure('cameras_live', 'Cameras live', measured),
    outbox_waiting: figure('outbox_waiting', 'Alerts waiting to be told', measured),
    memory: figure('rss_bytes', 'Memory', { ...measured, ...bytes, ...isNoisy }),
    disk_free: figure('disk_free_bytes', 'Free disk', { ...measured, ...bytes, ...isNoisy }),
    reconnects: figure('mqtt_reconnects', 'Reconnects', {
      ...{ ...diagnostic, state_class: 'total_increasing', ...isNoisy },
    }),
  }
}

/** Whether alerts are told: of the box, or of what is of one place. */
function tellingSwitch(topics: Topics, place?: Place): Entity {
  const thing = tellingOf(place)
  return {
    ...{ platform: 'switch', name: 'Tell alerts', ...config, icon: 'mdi:bell' },
    ...{ command_topic: topics.set(thing), state_topic: topics.state(thing) },
    ...{ payload_on: ON, payload_off: OFF, ...spoken(topics) },
  }
}

const config = { entity_category: 'config' }
const bytes = { device_class: 'data_size', unit_of_measurement: 'B' }

/** A command a press. Each has a transaction of its own, or a second press would be the first one's echo. */
function button(command: string, name: string, input: object, topics: Topics): Entity {
  const rest = Object.entries(input).map(([key, given]) => `, "${key}": ${JSON.stringify(given)}`)
  return {
    ...{ platform: 'button', name, command_topic: topics.command(command) },
    command_template: `{"transaction": "{{ now().timestamp() }}"${rest.join('')}}`,
    ...spoken(topics),
  }
}

export function cameraEntities({ id }: CameraView, topics: Topics): Entities {
  const status = topics.cameraStatus(id)
  const sees = {
    topic: status,
    value_template: value(`'${ONLINE}' if value == '${ONLINE}' else '${OFFLINE}'`),
  }
  return {
    live: {
      ...{ platform: 'binary_sensor', name: null, device_class: 'connectivity', state_topic: status },
      value_template: value(
        `'${ON}' if value == '${ONLINE}' else '${unknownAs}' if value == '${DISABLED}' else '${OFF}'`,
      ),
      ...spoken(topics),
    },
    picture: {
      ...{ platform: 'image', name: 'Picture', content_type: 'image/jpeg' },
      ...{ image_topic: topics.cameraSnapshot(id), ...spoken(topics, sees) },
    },
    fps: {
      ...{ platform: 'sensor', name: 'Pictures a second', state_topic: topics.health },
      ...{ value_template: value(`value_json.fps.get('${id}')`), ...measured, ...isNoisy },
      ...spoken(topics, sees),
    },
    alerts: tellingSwitch(topics, `camera/${id}`),
  }
}

export function stallEntities({ id, kind }: Stall, topics: Topics): Entities {
  const state = { state_topic: topics.stall(id) }
  const sees = {
    topic: topics.stall(id),
    value_template: value(`'${OFFLINE}' if value_json.watch == 'blind' else '${ONLINE}'`),
  }
  const seen = spoken(topics, sees)
  const occupied: Entity = {
    ...{ platform: 'binary_sensor', name: null, device_class: 'occupancy', ...state },
    value_template: value(
      `'${unknownAs}' if value_json.occupied is none else '${ON}' if value_json.occupied else '${OFF}'`,
    ),
    ...seen,
  }
  const horse: Entity = {
    ...{ platform: 'sensor', name: 'Horse', icon: 'mdi:horse', ...state },
    ...{ value_template: value('value_json.horse_name'), ...seen },
  }
  const watch: Entity = {
    ...{ platform: 'sensor', name: 'Watch', device_class: 'enum', ...diagnostic, ...state },
    ...{ options: ['watching', 'partly_blind', 'blind'], value_template: value('value_json.watch') },
    // It says why the others are not known.
    ...spoken(topics),
  }
  const alert: Entity = {
    ...{ platform: 'binary_sensor', name: 'Problem', device_class: 'problem', ...state },
    ...{ value_template: value(`'${ON}' if value_json.alerts else '${OFF}'`), ...spoken(topics) },
  }
  const alerts = tellingSwitch(topics, `stall/${id}`)
  if (kind === 'zone') return { occupied, horse, watch, alert, alerts }
  return {
    ...{ occupied, horse, watch, alert, alerts },
    match: {
      ...{ platform: 'sensor', name: 'Match', device_class: 'enum', ...state },
      ...{ options: ['expected', 'other', 'empty', 'unsure'], value_template: value('value_json.match') },
      ...seen,
    },
    wrong_horse: {
      ...{ platform: 'binary_sensor', name: 'Wrong horse', device_class: 'problem', ...state },
      ...{ value_template: value(`'${ON}' if value_json.match == 'other' else '${OFF}'`), ...seen },
    },
  }
}

export function horseEntities({ id }: Horse, topics: Topics): Entities {
  const from = (key: string) => ({
    ...{ state_topic: topics.horse(id), value_template: value(`value_json.${key}`) },
    ...spoken(topics),
  })
  return {
    last_seen: { platform: 'sensor', name: 'Last seen', device_class: 'timestamp', ...from('last_seen') },
    stall: { platform: 'sensor', name: 'In stall', icon: 'mdi:barn', ...from('stall_name') },
    camera: { platform: 'sensor', name: 'At camera', icon: 'mdi:cctv', ...from('camera') },
    confidence: {
      ...{ platform: 'sensor', name: 'Confidence', ...measured, ...isNoisy, unit_of_measurement: '%' },
      ...{ ...from('confidence'), value_template: value('value_json.confidence * 100') },
      // 0.912 x 100 is 91.20000000000001 there.
      suggested_display_precision: 0,
    },
    // Experimental, and null unless a rule asks for it.
    posture: {
      ...{ platform: 'sensor', name: 'Posture', device_class: 'enum', ...isNoisy, ...from('posture') },
      options: ['standing', 'lying'],
    },
    alert: {
      ...{ platform: 'binary_sensor', name: 'Problem', device_class: 'problem', ...from('alerts') },
      value_template: value(`'${ON}' if value_json.alerts else '${OFF}'`),
    },
    picture: {
      ...{ platform: 'image', name: 'Picture', content_type: 'image/jpeg' },
      ...{ image_topic: topics.horseSnapshot(id), ...spoken(topics) },
    },
  }
}
