/**
 * What may stand in the config file: the one definition of types, checks, JSON schema and defaults.
 */
import { z } from 'zod'
import { address } from './address.ts'
import { alertsSchema } from './alerts.ts'
import { mqttSchema } from './mqtt.ts'
import { replaySchema } from './replay.ts'
import { syncSchema } from './sync.ts'

const slug = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9_-]{0,31}$/,
    'must be 1 to 32 of a-z, 0-9, - and _, beginning with a letter or digit',
  )

const rtspUrl = address(['rtsp:', 'rtsps:'], 'rtsp://host:554/path (rtsp or rtsps only)')

const secretFile = z.string().min(1)

const camera = z
  .strictObject({
    id: slug.describe('Stands in addresses and topics; never change it: the horses belong to it'),
    name: z.string().min(1).max(60).optional().describe('What people call it; the id when absent'),
    url: rtspUrl.describe('The main stream'),
    detect_url: rtspUrl
      .optional()
      .describe('A smaller substream for analysis (H.264 or H.265); the main stream when absent'),
    username: z.string().min(1).optional(),
    password_file: secretFile.optional().describe('A file whose first line is the password'),
    transport: z.enum(['tcp', 'udp']).default('tcp'),
    fps: z.number().min(0.2).max(15).default(5).describe('Analysed pictures a second'),
    longest_side: z
      .number()
      .int()
      .min(160)
      .max(1920)
      .default(1280)
      .describe('Pictures are scaled down to this, in pixels'),
    silence_seconds: z
      .number()
      .min(2)
      .max(120)
      .default(10)
      .describe('Without a picture for so long, the camera is down'),
    quiet_seconds: z
      .number()
      .min(0)
      .max(10)
      .default(3)
      .describe('While nothing moves, a picture is looked at this often; 0: always every picture'),
    decode: z
      .enum(['software', 'vaapi', 'cuda', 'nvv4l2', 'v4l2m2m'])
      .default('software')
      .describe('What decodes: the processor, Intel or AMD, NVIDIA, a Jetson, or V4L2; docs/operations.md'),
    decode_device: z
      .union([z.string().min(1), z.number().int().min(0)])
      .transform(String)
      .optional()
      .describe('vaapi: the node, /dev/dri/renderD128 when absent; cuda: the number of the card'),
    codec: z
      .enum(['h264', 'h265'])
      .default('h264')
      .describe('What the camera sends; only nvv4l2 and v4l2m2m must know it'),
    overlaps: z
      .array(slug)
      .max(32)
      .default([])
      .describe(
        'Cameras that show in part the same place: with scope barn a horse may be before both at once; enough for one of two',
      ),
    record: z
      .boolean()
      .optional()
      .describe('Whether its video is recorded where recording is enabled; true when absent'),
    enabled: z.boolean().default(true),
  })
  .describe('One camera')

/**
 * A camera that was added on the page: as one of the config, but that its password stands with it, for the file is the
 * daemon's own.
 */
export const keptCamera = camera
  .omit({ password_file: true })
  .extend({ password: z.string().min(1).max(200).optional() })

export const mostCameras = 32
export const keptSchema = z.strictObject({ cameras: z.array(keptCamera) })
export type KeptCamera = z.output<typeof keptCamera>

const http = z.strictObject({
  host: z
    .string()
    .default('127.0.0.1')
    .describe('Other than loopback lets other machines in; without a user or a token only to set the box up'),
  port: z.number().int().min(0).max(65535).default(8480),
  token_file: secretFile
    .optional()
    .describe('A file whose first line is the access token, at least 16 characters'),
  tls: z
    .union(
      [
        z.literal('self_signed'),
        z.strictObject({ cert_file: z.string().min(1), key_file: z.string().min(1) }),
      ],
      'must be self_signed, or cert_file and key_file',
    )
    .optional()
    .describe(
      'Serves HTTPS on the port, instead of HTTP: with PEM files, or a certificate that the box makes',
    ),
})

const vision = z.strictObject({
  detector: z
    .string()
    .min(1)
    .optional()
    .describe(
      'A model by name (`barnbox models list`), or the path of an ONNX file or a TF.js folder; wins over `models use`',
    ),
  threshold: z.number().min(0.05).max(0.95).default(0.25).describe('Boxes below this score are not horses'),
  embedder: z
    .string()
    .min(1)
    .optional()
    .describe('A model by name (`barnbox models list`), or the path of an ONNX file; wins over `models use`'),
  tfjs: z
    .enum(['converted', 'wasm', 'node-gpu'])
    .optional()
    .describe(
      'How a TensorFlow.js detector runs: converted once to ONNX (default), or by TensorFlow.js itself',
    ),
  workers: z
    .number()
    .int()
    .min(1)
    .max(8)
    .optional()
    .describe(
      'Inferences at a time, each in a thread that holds the models; half the cores, 1 to 4, when absent: ffmpeg needs the others',
    ),
  int8: z
    .enum(['auto', 'never'])
    .optional()
    .describe(
      'Whether the embedder’s 8-bit variant takes its place once it is as good on the crops of this barn: auto (default), or never',
    ),
  threads: z.number().int().min(1).max(16).default(1).describe('Threads of one inference'),
  patience: z
    .number()
    .min(1)
    .max(100)
    .optional()
    .describe(
      'How many times as long as on a usual machine a picture and the opening of a model may take; 1 when absent',
    ),
  provider: z
    .enum(['auto', 'cpu', 'cuda', 'tensorrt'])
    .default('auto')
    .describe('What the models run on; auto: CUDA where it is there, right and faster, else the CPU'),
})

const identity = z.strictObject({
  scope: z
    .enum(['stream', 'barn'])
    .default('stream')
    .describe(
      'Whose horses a camera knows: its own, or those of all cameras of the barn; docs/operations.md',
    ),
  compare: z
    .enum(['learnt', 'plain'])
    .default('learnt')
    .describe(
      'By what tells the horses of a camera apart, once enough of them are known; or always by plain cosines',
    ),
  same_above: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe(
      'Plain cosine from which a look is the same horse; 0.75 where cosines are compared plain, else the model’s own default when absent',
    ),
  margin: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('Lead of plain cosines over the second-best horse that a decision needs'),
  looks_to_decide: z
    .number()
    .int()
    .min(1)
    .max(20)
    .default(3)
    .describe('Looks of a tracklet before it is given a horse'),
  looks_to_create: z
    .number()
    .int()
    .min(1)
    .max(40)
    .default(5)
    .describe('Looks of an unknown tracklet before it becomes a new horse'),
  tracklets_to_confirm: z
    .number()
    .int()
    .min(1)
    .max(20)
    .default(3)
    .describe('Tracklets of a new horse before it is more than provisional'),
})

const registry = z.strictObject({
  keep_days: z
    .number()
    .int()
    .min(7)
    .max(3650)
    .default(90)
    .describe('Days that sightings are kept, and horses without a name that are not seen'),
  vector_index: z
    .enum(['sqlite-vec', 'sqlite-vss', 'none'])
    .default('sqlite-vec')
    .describe(
      'Search among stored looks; matching does without. sqlite-vss (FAISS): x86 with AVX2, libblas3, liblapack3',
    ),
})

const fullPath = (text: string) => text.startsWith('/') && !/[\0\n]|\/\.\.?(\/|$)/.test(text)

const recording = z.strictObject({
  enabled: z.boolean().default(false).describe('Keeps the cameras’ own video for a while, as it comes'),
  folder: z
    .string()
    .refine(fullPath, 'must be a full path like /mnt/video')
    .optional()
    .describe('Where clips lie; `clips` in the state folder when absent'),
  keep_hours: z.number().min(0.1).max(8784).default(48).describe('Hours that a clip is kept'),
  quota_gb: z.number().min(0.01).max(100_000).default(20).describe('What all clips may take together'),
  reserve_gb: z
    .number()
    .min(0.01)
    .max(10_000)
    .default(1)
    .describe('What must stay free on that disk: with less nothing is recorded'),
  segment_seconds: z
    .number()
    .int()
    .min(2)
    .max(60)
    .default(10)
    .describe('How long a clip is, up to the camera’s next keyframe'),
})

const restic = z.strictObject({
  repository: z
    .string()
    .refine(
      (text) => /^(?:sftp:|s3:|rest:|\/)[^\0\n]+$/.test(text),
      'must be sftp:..., s3:..., rest:... or a full path',
    )
    .describe('Where restic keeps them, as restic names it'),
  password_file: z.string().min(1).describe('Its first line is what they are encrypted with'),
  access_key_file: z.string().min(1).optional().describe('For s3'),
  secret_key_file: z.string().min(1).optional().describe('For s3'),
})

const backup = z.strictObject({
  folder: z
    .string()
    .refine(fullPath, 'must be a full path like /mnt/backup/barnbox')
    .optional()
    .describe('A folder on another disk; `backups` in the state folder when absent'),
  daily: z.number().int().min(1).max(366).default(7).describe('Days of which the newest backup is kept'),
  weekly: z.number().int().min(0).max(520).default(4).describe('Weeks'),
  monthly: z.number().int().min(0).max(120).default(6).describe('Months'),
  quota_gb: z.number().min(0.1).max(100_000).default(10).describe('What all of them may take in that folder'),
  restic: restic.optional().describe('Takes each backup out of the house as well, encrypted'),
})

export const configSchema = z.strictObject({
  cameras: z.array(camera).max(mostCameras).default([]).describe('More can be added on the page'),
  http: http.prefault({}),
  mqtt: mqttSchema.optional(),
  vision: vision.prefault({}),
  identity: identity.prefault({}),
  registry: registry.prefault({}),
  recording: recording.prefault({}),
  backup: backup.prefault({}),
  sync: syncSchema.optional(),
  alerts: alertsSchema.prefault({}),
  replay: replaySchema.prefault({}),
  ffmpeg: z
    .strictObject({ path: z.string().min(1).optional() })
    .prefault({})
    .describe('Found by itself when absent'),
  log: z.strictObject({ level: z.enum(['error', 'warn', 'info', 'debug']).default('info') }).prefault({}),
})

export type Config = z.output<typeof configSchema>
export type CameraConfig = Config['cameras'][number]
export const cameraSchema = camera
export type HttpConfig = Config['http']
export type MqttConfig = NonNullable<Config['mqtt']>
export type VisionConfig = Config['vision']
export type IdentityConfig = Config['identity']
export type RegistryConfig = Config['registry']
export type RecordingConfig = Config['recording']
export type BackupConfig = Config['backup']
export type SyncConfig = NonNullable<Config['sync']>
