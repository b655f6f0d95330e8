/**
 * The box's figures in Prometheus's text format. Pure.
 */
import { Counter, Gauge, Registry } from 'prom-client'
import type { AlertBook, ModelRun, Stage, SystemCamera, SystemView } from './deps.ts'

type Labels = Readonly<Record<string, string>>
type Sample = readonly [labels: Labels, value: number]

interface Family {
  /** Without the prefix that all have; a counter's ends in `_total`. */
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge'
  readonly samples: readonly Sample[]
}

const one = (value: number): readonly Sample[] => [[{}, value]]

const gauge = (name: string, help: string, samples: readonly Sample[]): Family => ({
  ...{ name, help, samples },
  type: 'gauge',
})

const counter = (name: string, help: string, samples: readonly Sample[]): Family => ({
  ...{ name, help, samples },
  type: 'counter',
})

function box(view: SystemView): Family[] {
  const { version, node, lag, faults } = view
  const parts = ['registry', 'models', 'identity', 'embedder', 'ffmpeg']
  return [
    gauge('info', 'Always 1; what runs.', [[{ version, node }, 1]]),
    gauge('start_timestamp_seconds', 'When the daemon was started.', one(view.startedMs / 1000)),
    gauge('resident_memory_bytes', 'Memory that the daemon holds.', one(view.rssBytes)),
    gauge('event_loop_lag_seconds', 'How late the event loop is, over a minute.', [
      [{ quantile: '0.5' }, lag.p50Ms / 1000],
      [{ quantile: '0.99' }, lag.p99Ms / 1000],
    ]),
    gauge(
      'fault',
      'Whether a part of the box cannot do its work.',
      parts.map((part) => [{ part }, faults.some((fault) => fault.part === part) ? 1 : 0]),
    ),
  ]
}

function cameras({ cameras }: SystemView): Family[] {
  const each = (value: (camera: SystemCamera) => number | null) =>
    cameras.flatMap((camera): Sample[] => {
      const found = value(camera)
      return found === null ? [] : [[{ camera: camera.id }, found]]
    })
  const newest = each(({ lastFrameMs }) => (lastFrameMs === null ? null : lastFrameMs / 1000))
  return [
    gauge(
      'camera_live',
      'Whether a camera gives pictures.',
      each(({ state }) => (state === 'live' ? 1 : 0)),
    ),
    gauge('camera_last_frame_timestamp_seconds', 'When its newest picture came.', newest),
    gauge(
      'horses',
      'Horses known on a camera.',
      each(({ horses }) => horses),
    ),
    gauge(
      'tracklets_open',
      'Tracklets of horses that go on.',
      each(({ tracklets }) => tracklets),
    ),
    counter(
      'frames_decoded_total',
      'Frames decoded.',
      each(({ framesDecoded }) => framesDecoded),
    ),
    counter(
      'frames_dropped_total',
      'Frames that made way for newer ones.',
      each((camera) => camera.framesDropped),
    ),
    counter(
      'frames_analysed_total',
      'Frames that were looked at.',
      each(({ framesAnalysed }) => framesAnalysed),
    ),
    counter(
      'frames_quiet_total',
      'Frames passed over as nothing had moved.',
      each((camera) => camera.framesQuiet),
    ),
    counter(
      'frames_failed_total',
      'Frames lost to a fault.',
      each(({ framesFailed }) => framesFailed),
    ),
  ]
}

function models({ detector, embedder, workers, embedding }: SystemView): Family[] {
  const running = [
    ...(detector ? [['detector', detector] as const] : []),
    ...(embedder ? [['embedder', embedder] as const] : []),
  ]
  const each = (value: (model: ModelRun) => number): Sample[] =>
    running.map(([part, model]) => [{ part, model: model.name, provider: model.provider }, value(model)])
  const found: Family[] = [
    gauge(
      'model_run_seconds',
      'A look at a fixed picture when the model was opened.',
      each(({ ms }) => ms / 1000),
    ),
    gauge(
      'model_fell_back',
      'Whether it does not run where it was asked to.',
      each((model) => (model.fallback === null ? 0 : 1)),
    ),
  ]
  if (workers) {
    found.push(
      gauge('vision_workers_running', 'Workers that take requests.', one(workers.running)),
      gauge('vision_workers_wanted', 'Workers that there should be.', one(workers.wanted)),
      counter('vision_workers_replaced_total', 'Workers started anew.', one(workers.replaced)),
    )
  }
  if (embedding) {
    found.push(
      gauge('embedding_change', 'Always 1; how the embedder stands.', [[{ state: embedding.state }, 1]]),
      gauge('embedding_looks_done', 'Looks that the next embedder has looked at.', one(embedding.done)),
      gauge('embedding_looks_wanted', 'Looks that it must look at.', one(embedding.total)),
    )
  }
  return found
}

function work({ stages, sightings }: SystemView): Family[] {
  const each = (value: (stage: Stage) => number): Sample[] =>
    Object.entries(stages).map(([stage, figures]) => [{ stage }, value(figures)])
  return [
    counter(
      'stage_requests_total',
      'How often it was asked for.',
      each(({ asked }) => asked),
    ),
    counter(
      'stage_inferences_total',
      'How many inferences that were: a look is asked for all boxes of a frame at once.',
      each(({ inferences }) => inferences),
    ),
    counter(
      'stage_failed_total',
      'How many of these gave nothing: the others of their frame went on.',
      each(({ failed }) => failed),
    ),
    counter(
      'stage_seconds_total',
      'Time until the answers, the wait for a turn included.',
      each(({ seconds }) => seconds),
    ),
    counter(
      'sightings_total',
      'Sightings that have ended, by how they were decided.',
      Object.entries(sightings).map(([decision, count]) => [{ decision }, count]),
    ),
  ]
}

function central({ sync }: SystemView): Family[] {
  if (sync === null) return []
  const { state, waiting, held, told, heard, sentBytes, clockAheadMs } = sync
  return [
    gauge('sync_in_step', 'Whether the central database is in step.', one(state === 'in-step' ? 1 : 0)),
    gauge('sync_waiting_rows', 'Rows that the central database is yet to be told.', one(waiting)),
    gauge('sync_held_rows', 'Of these: said in the future, by its clock.', one(held)),
    counter('sync_told_rows_total', 'Rows that it was told.', one(told)),
    counter('sync_heard_rows_total', 'Rows that were heard of it.', one(heard)),
    counter('sync_sent_bytes_total', 'Bytes that it was sent.', one(sentBytes)),
    gauge(
      'sync_clock_ahead_seconds',
      'This clock less that of the central database.',
      one((clockAheadMs ?? 0) / 1000),
    ),
  ]
}

/** Alerts on their way to people and machines. */
function waysOut(ways: ReturnType<AlertBook['ways']>): Family[] {
  const each = (value: (figures: (typeof ways)[number]['figures']) => number): Sample[] =>
    ways.map(({ name, figures }) => [{ way: name }, value(figures)])
  return [
    gauge(
      'alert_messages_waiting',
      'Messages of alerts that are yet to be told.',
      each(({ waiting }) => waiting),
    ),
    gauge(
      'alert_messages_dropped',
      'Messages of alerts that were given up, of those that are kept.',
      each(({ dropped }) => dropped),
    ),
    gauge(
      'alert_way_troubled',
      'Whether the last try failed, or nothing can be told there now.',
      each(({ lastError }) => (lastError === null ? 0 : 1)),
    ),
  ]
}

/** What of the central database is BarnHand's. */
function barnhand({ sync }: SystemView): Family[] {
  const part = sync?.barnhand
  if (!part) return []
  const { fault, rows, unplaced, deleted, redis } = part
  return [
    gauge('sync_barnhand_told', 'Whether BarnHand takes this box’s horses.', one(fault === null ? 1 : 0)),
    gauge('sync_barnhand_rows', 'Horses that have a row there.', one(rows)),
    gauge('sync_barnhand_unplaced', 'Horses not seen in a picture yet, and so not told.', one(unplaced)),
    gauge('sync_barnhand_deleted', 'Horses deleted there, and so not told again.', one(deleted)),
    ...(redis
      ? [
          gauge(
            'sync_redis_connected',
            'Whether BarnHand’s Redis is told where horses are.',
            one(redis.state === 'connected' ? 1 : 0),
          ),
          counter('sync_redis_written_total', 'States written there.', one(redis.written)),
          counter(
            'sync_redis_dropped_total',
            'States given up, for it did not take them in time.',
            one(redis.dropped),
          ),
        ]
      : []),
  ]
}

/** Answers the text with its media type. */
export async function metricsText(
  view: SystemView,
  ways: ReturnType<AlertBook['ways']>,
): Promise<{ text: string; type: string }> {
  const registry = new Registry()
  const parts = [box, cameras, models, work, central, barnhand]
  const families = [...parts.flatMap((part) => part(view)), ...waysOut(ways)]
  for (const { name, help, type, samples } of families) {
    // The library gives a family without samples a value of its own, 0.
    if (samples.length === 0) continue
    const labelNames = Object.keys(samples[0]?.[0] ?? {})
    const about = { name: `barnbox_${name}`, help, labelNames, registers: [registry] }
    const metric = type === 'counter' ? new Counter(about) : new Gauge(about)
    for (const [labels, value] of samples) metric.inc(labels, value)
  }
  return { text: await registry.metrics(), type: registry.contentType }
}
