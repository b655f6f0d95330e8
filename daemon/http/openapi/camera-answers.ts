/**
 * What the API answers about setting cameras up, as schemas. No password is in any of them.
 */
import { z } from 'zod'
import type { FaultReason } from '../../camera-types.ts'

const words = z.string().nullable()
const side = z.int().min(1).nullable()
const transport = z.enum(['tcp', 'udp'])

const reasons = [
  ...([
    'password',
    'forbidden',
    'path',
    'busy',
    'transport',
    'closed',
    'no-way',
    'no-host',
    'timeout',
  ] as const),
  ...([
    'broken-off',
    'mute',
    'tls',
    'no-video',
    'codec',
    'not-rtsp',
    'silent',
    'ended',
    'unavailable',
  ] as const),
] satisfies readonly FaultReason[]

const CameraSettings = z.strictObject({
  id: z.string(),
  name: z.string(),
  url: z.string(),
  detect_url: words.describe('A smaller stream for the analysis'),
  username: words,
  has_password: z.boolean(),
  transport,
  enabled: z.boolean(),
  from: z.enum(['config', 'page']).describe('What stands in the config is changed there'),
})

const StreamTrial = z.strictObject({
  fault: z
    .strictObject({ reason: z.enum(reasons), code: z.string(), detail: z.string() })
    .nullable()
    .describe('Null where it gave a picture'),
  picture: z.base64().nullable().describe('JPEG'),
  codec: words,
  width: side,
  height: side,
  fps: z.number().min(0).nullable().describe('As pictures came'),
  keyframe_seconds: z.number().min(0).nullable().describe('Null where none followed within 12 s'),
})

export const cameraAnswers = {
  CameraSettings,
  AllCameraSettings: z.strictObject({ cameras: z.array(CameraSettings), total: z.int().min(0) }),
  CameraTrial: z.strictObject({ main: StreamTrial, detect: StreamTrial.nullable() }),
  FoundDevices: z.strictObject({
    devices: z.array(z.strictObject({ host: z.string(), port: z.int(), name: words, maker: words })),
  }),
  OfferedStreams: z.strictObject({
    streams: z.array(
      z.strictObject({
        name: z.string(),
        url: z.string(),
        codec: words,
        width: z.number().nullable(),
        height: z.number().nullable(),
        fps: z.number().nullable(),
      }),
    ),
  }),
}
