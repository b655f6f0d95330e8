/**
 * What may stand below `mqtt` in the config: which broker, and how Home Assistant finds what is told there.
 */
import { z } from 'zod'
import { address } from './address.ts'

const file = z.string().min(1)
const versions = ['3.1.1', '5'] as const

/** No wildcards and no empty level: it is put before other levels. */
const topic = z
  .string()
  .max(200)
  .regex(/^[\w-]+(\/[\w-]+)*$/, 'must be letters, digits, - and _, levels parted by /')

export const mqttSchema = z.strictObject({
  url: address(['mqtt:', 'mqtts:'], 'mqtt://host:1883'),
  username: z.string().min(1).optional(),
  password_file: file.optional(),
  ca_file: file.optional().describe('PEM: who signed the broker’s certificate, where no one known did'),
  cert_file: file.optional().describe('PEM: the certificate by which the broker knows the box'),
  key_file: file.optional().describe('PEM: its key, without a passphrase'),
  version: z
    .union([z.literal(5), z.enum(versions)], 'must be 3.1.1 or 5')
    .transform((given) => (given === '3.1.1' ? given : '5'))
    .default('3.1.1')
    .describe('Of MQTT; with 5 a dead box’s states expire, and a short break is no outage'),
  base_topic: z
    .string()
    .regex(/^[a-z0-9_-]+(\/[a-z0-9_-]+)*$/, 'must be a-z, 0-9, - and _, levels parted by /')
    .default('barnbox'),
  snapshots: z.boolean().default(true).describe('Pictures of cameras, once a minute, and of horses'),
  force_disable_retain: z
    .boolean()
    .default(false)
    .describe('For brokers that keep nothing and forbid to ask for it'),
  home_assistant: z
    .strictObject({
      discovery: z.boolean().default(true).describe('Home Assistant finds box, cameras, stalls and horses'),
      prefix: topic.default('homeassistant').describe('Its discovery prefix'),
      status_topic: topic.default('homeassistant/status').describe('Where it says that it is there'),
      object_id: z.boolean().default(false).describe('For Home Assistant before 2025.10'),
    })
    .prefault({}),
})
