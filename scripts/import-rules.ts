/**
 * Who may import whom: the one table, written into biome.json's `overrides`. A test says when they are stale.
 *
 *   node scripts/import-rules.ts
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Foreign things, and the only place that may import each. */
const homes = {
  'better-sqlite3': 'registry',
  'sqlite-vec': 'registry',
  'sqlite-vss': 'registry',
  'onnxruntime-node': 'vision',
  sharp: 'vision',
  mp4frag: 'cameras',
  mqtt: 'mqtt',
  'web-push': 'alerts',
  onvif: 'cameras',
  pg: 'sync',
  '@redis/client': 'sync',
  tar: 'backup',
  hono: 'http',
  '@hono/node-server': 'http',
  ws: 'http',
  jose: 'http',
  'prom-client': 'http',
  yaml: 'config',
  commander: 'main.ts',
  esbuild: 'build.ts',
  '@vladmandic/human': 'models/convert',
  'onnx-proto': 'models/convert',
} as const

const rooms = [
  'cameras',
  'vision',
  'tracking',
  'identity',
  'registry',
  'mqtt',
  'http',
  'pipeline',
  'clips',
  'replay',
  'commands',
  'presence',
  'places',
  'alerts',
  'sync',
  'backup',
] as const

interface Rule {
  readonly files: readonly string[]
  /** The home that this place is, in `homes`. */
  readonly home: string
  /** Rooms it may import besides itself. */
  readonly knows?: readonly string[]
  /** No I/O and no clock: data and time come in as arguments. */
  readonly pure?: boolean
  readonly spawns?: boolean
  /** How the rooms look from there. */
  readonly paths?: (room: string) => string[]
}

const beside = (room: string) => [`../${room}/**`, `../../${room}/**`]
const anywhere = (room: string) => [`**/daemon/${room}/**`]

const table: readonly Rule[] = [
  { files: ['daemon/lib/**'], home: 'lib' },
  { files: ['daemon/lib/child.ts'], home: 'lib', spawns: true },
  { files: ['daemon/config/**'], home: 'config' },
  { files: ['daemon/cameras/**'], home: 'cameras' },
  { files: ['daemon/vision/**'], home: 'vision' },
  { files: ['daemon/tracking/**'], home: 'tracking', pure: true },
  { files: ['daemon/identity/**'], home: 'identity', pure: true },
  { files: ['daemon/registry/**'], home: 'registry' },
  {
    files: ['daemon/pipeline/**'],
    home: 'pipeline',
    knows: ['tracking', 'identity', 'registry'],
    pure: true,
  },
  { files: ['daemon/clips/**'], home: 'clips' },
  { files: ['daemon/replay/**'], home: 'replay' },
  { files: ['daemon/replay/keep.ts'], home: 'replay', pure: true },
  { files: ['daemon/presence/**'], home: 'presence', pure: true },
  { files: ['daemon/alerts/**'], home: 'alerts' },
  {
    files: [
      'daemon/alerts/hours.ts',
      'daemon/alerts/rules.ts',
      'daemon/alerts/ledger.ts',
      'daemon/alerts/settings.ts',
    ],
    home: 'alerts',
    pure: true,
  },
  { files: ['daemon/backup/**'], home: 'backup' },
  { files: ['daemon/mqtt/**'], home: 'mqtt' },
  { files: ['daemon/sync/**'], home: 'sync' },
  { files: ['daemon/http/**'], home: 'http' },
  { files: ['daemon/commands/**'], home: 'commands', knows: rooms },
  {
    files: [
      'daemon/barn.ts',
      'daemon/barn-alerts.ts',
      'daemon/barn-backup.ts',
      'daemon/barn-calibration.ts',
      'daemon/barn-camera-desk.ts',
      'daemon/barn-camera-test.ts',
      'daemon/barn-cameras.ts',
      'daemon/barn-clips.ts',
      'daemon/barn-recording.ts',
      'daemon/barn-corrections.ts',
      'daemon/barn-diagnostics.ts',
      'daemon/barn-embedder.ts',
      'daemon/barn-enrol.ts',
      'daemon/barn-ffmpeg.ts',
      'daemon/barn-last-end.ts',
      'daemon/barn-mqtt.ts',
      'daemon/barn-look-out.ts',
      'daemon/barn-opening.ts',
      'daemon/barn-presence.ts',
      'daemon/barn-quality.ts',
      'daemon/barn-rebuild.ts',
      'daemon/barn-push.ts',
      'daemon/barn-replay.ts',
      'daemon/barn-restore.ts',
      'daemon/barn-setup.ts',
      'daemon/barn-sight.ts',
      'daemon/barn-suggest.ts',
      'daemon/barn-sync.ts',
      'daemon/barn-system.ts',
      'daemon/barn-tls.ts',
      'daemon/barn-together.ts',
      'daemon/barn-unknowns.ts',
      'daemon/barn-upkeep.ts',
      'daemon/barn-views.ts',
      'daemon/barn-wishes.ts',
    ],
    home: 'barn',
    knows: rooms,
  },
  {
    files: ['daemon/main.ts', 'daemon/main-*.ts'],
    home: 'main.ts',
    knows: ['commands'],
    paths: (room) => [`./${room}/**`],
  },
  {
    files: ['web/**', '!web/client/**', '!web/bundle.ts'],
    home: 'http',
    pure: true,
    paths: () => ['**/daemon/*/**'],
  },
  { files: ['models/**'], home: 'models/convert', paths: anywhere },
]

const clocks = Object.fromEntries(
  ['Date', 'performance', 'setTimeout', 'setInterval'].map((name) => [name, 'Time comes in as an argument.']),
)

function override({ files, home, knows = [], pure, spawns, paths = beside }: Rule) {
  const foreign = Object.entries(homes).filter(([, owner]) => owner !== home)
  const messages = foreign.map(([name, owner]) => [name, `Only ${owner} may import ${name}.`])
  if (!spawns) messages.push(['node:child_process', 'Only daemon/lib/child.ts spawns.'])
  const others = rooms.filter((room) => room !== home && !knows.includes(room))
  const patterns = [
    {
      group: [...new Set(others.flatMap(paths))],
      message: 'A room does not import another: barn.ts hands it in.',
    },
    ...(pure ? [{ group: ['node:*'], message: 'This is pure: time and data come in as arguments.' }] : []),
  ].filter(({ group }) => group.length > 0)
  const options = { paths: Object.fromEntries(messages), patterns }
  // Pages say how long ago something was, from a time they are given: `Date` only formats there.
  const denied = pure && home !== 'http' ? clocks : undefined
  return {
    includes: files,
    linter: {
      rules: {
        style: {
          noRestrictedImports: { level: 'error', options },
          ...(denied && { noRestrictedGlobals: { level: 'error', options: { deniedGlobals: denied } } }),
        },
      },
    },
  }
}

const tests = {
  includes: ['test/**'],
  linter: { rules: { complexity: { noExcessiveLinesPerFunction: 'off' } } },
}

/** biome.json as it must be: everything but its overrides is written by hand. */
export function withImportRules(biome: string): string {
  return JSON.stringify({ ...JSON.parse(biome), overrides: [...table.map(override), tests] }, null, 2)
}

if (import.meta.main) {
  const file = fileURLToPath(new URL('../biome.json', import.meta.url))
  writeFileSync(file, `${withImportRules(readFileSync(file, 'utf8'))}\n`)
}
