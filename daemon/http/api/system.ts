/**
 * `/api/v1/system`: how the box does.
 */
import { Hono } from 'hono'
import type { SyncView } from '../../sync-types.ts'
import type { HttpDeps, ModelRun, SystemView } from '../deps.ts'
import type { Answer } from '../openapi/answers.ts'
import { cameraJson } from './cameras.ts'

const seconds = (ms: number) => Number((ms / 1000).toFixed(6))

function modelJson({ name, provider, ms, cpuMs, cosine, fallback }: ModelRun) {
  return { name, provider, ms, cpu_ms: cpuMs, cosine, fallback }
}

export function systemJson(view: SystemView): Answer<'System'> {
  const { version, node, detector, embedder, workers, embedding, sightings, faults, ffmpeg, calibration } =
    view
  return {
    version,
    node,
    started: new Date(view.startedMs).toISOString(),
    uptime_seconds: view.uptimeSeconds,
    rss_bytes: view.rssBytes,
    event_loop_lag_seconds: { p50: seconds(view.lag.p50Ms), p99: seconds(view.lag.p99Ms) },
    models: {
      detector: detector && modelJson(detector),
      embedder: embedder && { ...modelJson(embedder), stopgap: embedder.stopgap },
    },
    workers,
    embedding: embedding && {
      state: embedding.state,
      from: embedding.from,
      to: embedding.to,
      done: embedding.done,
      total: embedding.total,
    },
    cameras: view.cameras.map((camera) => ({
      ...cameraJson(camera),
      horses: camera.horses,
      tracklets: camera.tracklets,
    })),
    stages: view.stages,
    sightings,
    faults: [...faults],
    calibration: calibration && {
      method: calibration.method,
      same_pairs: calibration.same,
      different_pairs: calibration.different,
      ece: calibration.ece === null ? null : Number(calibration.ece.toFixed(4)),
    },
    ffmpeg,
    sync: view.sync && syncJson(view.sync),
  }
}

function syncJson(sync: SyncView): NonNullable<Answer<'System'>['sync']> {
  const { state, fault, waiting, held, told, heard, sentBytes, inStepMs, clockAheadMs, server } = sync
  return {
    ...{ state, fault, waiting, held, told, heard, sent_bytes: sentBytes },
    since: new Date(sync.sinceMs).toISOString(),
    in_step: inStepMs === null ? null : new Date(inStepMs).toISOString(),
    barnhand: sync.barnhand,
    clock_ahead_seconds: clockAheadMs === null ? null : seconds(clockAheadMs),
    server: server && {
      version: server.version,
      vectors: server.hasVectors,
      hypertables: server.hasHypertables,
    },
  }
}

export function systemApi(deps: HttpDeps): Hono {
  return new Hono().get('/system', (c) => c.json(systemJson(deps.system())))
}
