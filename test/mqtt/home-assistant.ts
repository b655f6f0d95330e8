/**
 * A model of Home Assistant's MQTT integration, by its documentation: what it takes as a discovery message, and what it then shows.
 */
import { connectAsync, type MqttClient } from 'mqtt'
import { z } from 'zod'
import { render } from './template.ts'

const template = z.string().min(1)
/** A topic to subscribe or publish, without wildcards. */
const topic = z
  .string()
  .min(1)
  .refine((text) => !/[+#\0]/.test(text), 'no wildcards')

const availability = {
  availability: z
    .array(
      z.strictObject({
        topic,
        payload_available: z.string().optional(),
        payload_not_available: z.string().optional(),
        value_template: template.optional(),
      }),
    )
    .optional(),
  availability_mode: z.enum(['all', 'any', 'latest']).optional(),
}

const common = {
  ...availability,
  name: z.string().min(1).nullable(),
  unique_id: z.string().regex(/^[a-zA-Z0-9_-]+$/),
  default_entity_id: z.string().regex(/^[a-z_]+\.[a-z0-9_]+$/),
  object_id: z
    .string()
    .regex(/^[a-z0-9_]+$/)
    .optional(),
  icon: z
    .string()
    .regex(/^mdi:[a-z-]+$/)
    .optional(),
  enabled_by_default: z.boolean().optional(),
  qos: z.union([z.literal(0), z.literal(1), z.literal(2)]).optional(),
  encoding: z.string().optional(),
}
const state = { state_topic: topic, value_template: template.optional() }
const diagnostic = { entity_category: z.literal('diagnostic').optional() }
/** Only for what has an input. */
const config = { entity_category: z.enum(['config', 'diagnostic']).optional() }

const platforms = {
  binary_sensor: z.strictObject({
    ...{ platform: z.literal('binary_sensor'), ...common, ...state, ...diagnostic },
    device_class: z.enum(['occupancy', 'problem', 'connectivity']).optional(),
    payload_on: z.string().optional(),
    payload_off: z.string().optional(),
    expire_after: z.int().min(1).optional(),
  }),
  sensor: z
    .strictObject({
      ...{ platform: z.literal('sensor'), ...common, ...state, ...diagnostic },
      device_class: z.enum(['timestamp', 'enum', 'data_size', 'duration']).optional(),
      state_class: z.enum(['measurement', 'total', 'total_increasing']).optional(),
      unit_of_measurement: z.string().optional(),
      suggested_display_precision: z.int().min(0).optional(),
      options: z.array(z.string()).min(1).optional(),
      expire_after: z.int().min(1).optional(),
    })
    .refine((one) => (one.options === undefined) === (one.device_class !== 'enum'), 'options go with enum')
    .refine(
      ({ device_class: kind, state_class: how, unit_of_measurement: unit }) =>
        (kind !== 'enum' && kind !== 'timestamp') || (how === undefined && unit === undefined),
      'no figure',
    )
    .refine(
      (one) => one.device_class !== 'data_size' || one.unit_of_measurement === 'B',
      'a unit of its class',
    ),
  // It has no category.
  event: z.strictObject({
    ...{ platform: z.literal('event'), ...common, ...state },
    event_types: z.array(z.string()).min(1),
  }),
  image: z.strictObject({
    ...{ platform: z.literal('image'), ...common, ...diagnostic },
    content_type: z.string().optional(),
    image_topic: topic,
  }),
  switch: z.strictObject({
    ...{ platform: z.literal('switch'), ...common, ...config },
    command_topic: topic,
    state_topic: topic.optional(),
    payload_on: z.string().optional(),
    payload_off: z.string().optional(),
    retain: z.literal(false).optional(),
  }),
  button: z.strictObject({
    ...{ platform: z.literal('button'), ...common, ...config },
    command_topic: topic,
    command_template: template.optional(),
    payload_press: z.string().optional(),
    retain: z.literal(false).optional(),
  }),
}
type Platform = keyof typeof platforms

const message = z.strictObject({
  device: z.strictObject({
    identifiers: z.array(z.string().min(1)).min(1),
    name: z.string().min(1),
    manufacturer: z.string().optional(),
    model: z.string().optional(),
    sw_version: z.string().optional(),
    hw_version: z.string().optional(),
    serial_number: z.string().optional(),
    configuration_url: z.url({ protocol: /^(https?|homeassistant)$/ }).optional(),
    via_device: z.string().optional(),
    suggested_area: z.string().optional(),
  }),
  origin: z.strictObject({
    name: z.string().min(1),
    sw_version: z.string().optional(),
    support_url: z.url().optional(),
  }),
  components: z.record(z.string(), z.record(z.string(), z.unknown())),
})

export interface Component {
  readonly platform: Platform
  readonly unique_id: string
  readonly [option: string]: unknown
}

/** What is wrong with a discovery message; a component that is only its platform takes that one away. */
export function problemsOf(configTopic: string, payload: string, prefix = 'homeassistant'): string[] {
  const [, objectId = ''] = new RegExp(`^${prefix}/device/([a-zA-Z0-9_-]+)/config$`).exec(configTopic) ?? []
  if (objectId === '') return [`${configTopic}: no discovery topic`]
  if (payload === '') return []
  const parsed = message.safeParse(JSON.parse(payload))
  if (!parsed.success) return parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  const { device, components } = parsed.data
  const problems: string[] = []
  const ids = new Set<unknown>()
  for (const [key, one] of Object.entries(components)) {
    const schema = platforms[one['platform'] as Platform]
    if (!schema) problems.push(`${key}: no such platform`)
    else if (Object.keys(one).length > 1) {
      const checked = schema.safeParse(one)
      for (const { path, message } of checked.error?.issues ?? [])
        problems.push(`${key}.${path.join('.')}: ${message}`)
      const name = String(one['name'] ?? '').toLowerCase()
      if (name !== '' && name.startsWith(device.name.toLowerCase()))
        problems.push(`${key}: named as its device`)
      if (ids.has(one['unique_id'])) problems.push(`${key}: its id stands twice`)
      if (!String(one['default_entity_id']).startsWith(`${one['platform']}.`))
        problems.push(`${key}: another platform's entity id`)
      ids.add(one['unique_id'])
    }
  }
  if (Object.keys(components).length === 0) problems.push('it has nothing')
  return problems
}

interface Entity {
  readonly component: Component
  readonly device: string
  state: string | undefined
  events: Record<string, unknown>[]
}

/** Home Assistant on a broker: finds what is announced, follows its topics. */
export interface HomeAssistant extends AsyncDisposable {
  readonly client: MqttClient
  /** By unique id. */
  readonly entities: ReadonlyMap<string, Entity>
  /** Device ids in the order in which they were announced first. */
  readonly devices: string[]
  readonly problems: string[]
  /** As it is shown: `unavailable`, `unknown`, or what it is. */
  shown(uniqueId: string): string | undefined
  birth(word?: string): Promise<void>
  press(uniqueId: string): Promise<void>
  /** As its switch says it. */
  turn(uniqueId: string, to: 'ON' | 'OFF'): Promise<void>
}

export async function startHomeAssistant(
  url: string,
  { prefix = 'homeassistant', status = 'homeassistant/status' } = {},
): Promise<HomeAssistant> {
  const client = await connectAsync(url, { reconnectPeriod: 100 })
  client.on('error', () => {})
  const entities = new Map<string, Entity>()
  const payloads = new Map<string, Buffer>()
  const configs = new Map<string, Map<string, string>>()
  const [devices, problems]: [string[], string[]] = [[], []]
  const follow = (topics: unknown[]) =>
    void client.subscribeAsync(topics.filter((one): one is string => typeof one === 'string')).catch(() => {})
  const found = (configTopic: string, payload: string) => {
    const wrong = problemsOf(configTopic, payload, prefix)
    problems.push(...wrong.map((text) => `${configTopic}: ${text}`))
    const known = configs.get(configTopic) ?? new Map<string, string>()
    if (payload === '' || wrong.length > 0) {
      for (const id of known.values()) entities.delete(id)
      configs.delete(configTopic)
      return
    }
    const { device, components } = JSON.parse(payload) as z.output<typeof message>
    const [id = ''] = device.identifiers
    if (!devices.includes(id)) devices.push(id)
    if (device.via_device !== undefined && !devices.includes(device.via_device))
      problems.push(`${id}: announced before ${device.via_device}`)
    for (const [key, one] of Object.entries(components)) {
      const component = one as Component
      if (Object.keys(one).length === 1) {
        entities.delete(known.get(key) ?? '')
        known.delete(key)
        continue
      }
      known.set(key, component.unique_id)
      const before = entities.get(component.unique_id)
      entities.set(component.unique_id, { state: undefined, events: [], ...before, component, device: id })
      const available = (component['availability'] ?? []) as { topic: string }[]
      follow([component['state_topic'], component['image_topic'], ...available.map((one) => one.topic)])
    }
    configs.set(configTopic, known)
  }
  const told = (where: string, payload: Buffer, isKept: boolean) => {
    payloads.set(where, payload)
    for (const [id, entity] of entities) {
      const { component } = entity
      if (component['image_topic'] === where) entity.state = `${payload.length} bytes`
      if (component['state_topic'] !== where || payload.length === 0) continue
      const text = component['value_template']
      const value = text === undefined ? payload.toString() : render(String(text), payload.toString())
      if (component.platform !== 'event') entity.state = value
      // A replayed one is none, and so is a type that was not declared.
      else if (!isKept) {
        const event = JSON.parse(value) as Record<string, unknown>
        if ((component['event_types'] as unknown[]).includes(event['event_type'])) entity.events.push(event)
        else problems.push(`${id}: an undeclared event`)
      }
      problems.push(...wrongState(id, component, value))
    }
  }
  client.on('message', (where, payload, packet) => {
    if (where.startsWith(`${prefix}/device/`)) found(where, payload.toString())
    else told(where, payload, packet.retain)
  })
  await client.subscribeAsync(`${prefix}/device/+/config`, { qos: 1 })
  const isAvailable = (entity: Entity) =>
    ((entity.component['availability'] ?? []) as { topic: string; value_template?: string }[]).every(
      (one) => {
        const payload = payloads.get(one.topic)?.toString()
        if (payload === undefined) return false
        return (one.value_template === undefined ? payload : render(one.value_template, payload)) === 'online'
      },
    )
  return {
    client,
    entities,
    devices,
    problems,
    shown(id) {
      const entity = entities.get(id)
      if (!entity) return undefined
      if (!isAvailable(entity)) return 'unavailable'
      return entity.state === 'None' ? 'unknown' : (entity.state ?? 'unknown')
    },
    birth: async (word = 'online') => void (await client.publishAsync(status, word, { qos: 1 })),
    async turn(id, to) {
      const component = entities.get(id)?.component
      if (!component) throw new Error(`no ${id}`)
      const said = component[to === 'ON' ? 'payload_on' : 'payload_off'] ?? to
      await client.publishAsync(String(component['command_topic']), String(said), { qos: 1 })
    },
    async press(id) {
      const component = entities.get(id)?.component
      if (!component) throw new Error(`no ${id}`)
      const text = String(component['command_template']).replace(
        '{{ now().timestamp() }}',
        String(Date.now()),
      )
      await client.publishAsync(String(component['command_topic']), text, { qos: 1 })
    },
    [Symbol.asyncDispose]: async () => void (await client.endAsync(true)),
  }
}

/** What Home Assistant would refuse as a state. */
function wrongState(id: string, component: Component, value: string): string[] {
  if (value === 'None') return []
  const on = component['payload_on'] ?? 'ON'
  const off = component['payload_off'] ?? 'OFF'
  const { platform, device_class: kind } = component
  const isRight =
    platform === 'binary_sensor' || platform === 'switch'
      ? value === on || value === off
      : kind === 'enum'
        ? (component['options'] as unknown[]).includes(value)
        : kind === 'timestamp'
          ? !Number.isNaN(Date.parse(value)) && /(Z|[+-]\d\d:\d\d)$/.test(value)
          : component['state_class'] === undefined || (value !== '' && Number.isFinite(Number(value)))
  return isRight ? [] : [`${id}: cannot be ${value}`]
}
