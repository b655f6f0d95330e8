import t from 'tap'
import { type SystemParts, systemView } from '../daemon/barn-system.ts'
import { createTally } from '../daemon/pipeline/tally.ts'
import type { StreamId } from '../daemon/types.ts'
import { cameraView } from './http/fake-box.ts'

const running = { provider: 'cuda', ms: 4, cpuMs: 31, cosine: 0.9999, fallback: null }
const about = {
  detector: 'd',
  embedder: 'e',
  embedderFault: null,
  stopgap: true,
  sameAbove: 0.8,
  margin: 0.05,
  running: { detector: running, embedder: { ...running, provider: 'cpu', fallback: 'no' } },
}

function partsOf(more: Partial<SystemParts> = {}): SystemParts {
  const tally = createTally()
  tally.tracklets.set('yard' as StreamId, 2)
  return {
    version: '1',
    node: '24',
    startedMs: 1000,
    uptimeMs: 61_400,
    rssBytes: 7,
    lag: { p50Ms: 1, p99Ms: 2 },
    configured: [
      { id: 'yard', enabled: true, decode: 'software' },
      { id: 'off', enabled: false, decode: 'software' },
    ],
    standing: {
      configFault: null,
      memoryFault: null,
      registryFault: 'the disk is full',
      rebuilt: null,
      models: 'loaded',
      identityFault: null,
      embedder: null,
      ffmpegFault: null,
      recordingFault: null,
      clockFault: null,
      cameras: [cameraView('yard', 'live', { framesQuiet: 9 })],
    },
    models: { about, workers: { running: 1, wanted: 2, replaced: 3 } },
    tally,
    ffmpeg: { path: '/usr/bin/ffmpeg', version: '5.1.9' },
    calibration: null,
    sync: null,
    horsesOf: (stream) => (stream === 'yard' ? 4 : 0),
    ...more,
  }
}

t.test('all parts are told of', async (t) => {
  t.match(systemView(partsOf()), {
    uptimeSeconds: 61,
    detector: { name: 'd', provider: 'cuda', ms: 4, cpuMs: 31, cosine: 0.9999, fallback: null },
    embedder: { name: 'e', provider: 'cpu', fallback: 'no', stopgap: true },
    workers: { running: 1, wanted: 2, replaced: 3 },
    cameras: [
      { id: 'yard', state: 'live', framesQuiet: 9, horses: 4, tracklets: 2 },
      { id: 'off', state: 'down', horses: 0, tracklets: 0 },
    ],
    faults: [{ part: 'registry', detail: 'the disk is full' }],
  })
})

t.test('before there are models and ffmpeg, and without an embedder', async (t) => {
  const none = systemView(partsOf({ models: undefined, ffmpeg: undefined }))
  t.match(none, { detector: null, embedder: null, workers: null, ffmpeg: null })
  const blind = { ...about, running: { detector: running, embedder: null } }
  const workers = { running: 1, wanted: 1, replaced: 0 }
  t.match(systemView(partsOf({ models: { about: blind, workers } })), {
    detector: { name: 'd' },
    embedder: null,
  })
})
