/**
 * What the API answers about setting cameras up, as schemas. No password is in any of them.
 */
import { z } from 'zod'
import type { FaultReason } from '../../types.ts'

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

const level = z.enum(['ok', 'warning', 'problem'])

const PacketTrial = z.strictObject({
  transport,
  seconds: z.number(),
  packets: z.int().min(0),
  lost: z.int().min(0).describe('Numbers that are missing'),
  pace_ms_per_minute: z.number().nullable().describe('How much the time of its pictures runs ahead of ours'),
  clock_ms: z.number().nullable().describe('Its wall clock by RTCP, less ours'),
  fault: z.enum(['unsupported', 'refused', 'unreachable', 'silent']).nullable(),
})

const Report = z.strictObject({
  made: z.iso.datetime().describe('UTC'),
  findings: z.array(
    z.strictObject({ part: z.string(), level, says: z.string(), detail: z.string().describe('In English') }),
  ),
  ways: z.array(PacketTrial),
  clock: z.strictObject({ by: z.enum(['onvif', 'rtcp']), off_ms: z.number() }).nullable(),
  horses: z.array(z.number()).nullable().describe('Heights in pixels; null where nobody could look'),
  stalls: z.array(
    z.strictObject({
      name: z.string(),
      cut: z.number().min(0).max(1).describe('Of its outline, what runs along the side of the picture'),
      blind: z.number().min(0).max(1).describe('Of its area, what is black or blinding'),
    }),
  ),
})

export const cameraAnswers = {
  CameraReport: z.strictObject({
    running: z
      .strictObject({ camera: z.string(), until: z.iso.datetime().describe('About when it will be done') })
      .nullable(),
    fault: words.describe('Why the last test came to nothing'),
    report: Report.nullable(),
  }),
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
