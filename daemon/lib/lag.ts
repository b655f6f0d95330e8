/**
 * How late the event loop is: what waits for it (HTTP, frames, the watchdog) waits as long.
 */
import { type Histogram, monitorEventLoopDelay } from 'node:perf_hooks'
import { repeat } from './abort.ts'

/** Over the last whole minute, or since the start before there was one. */
export interface Lag {
  readonly p50Ms: number
  readonly p99Ms: number
}

const resolutionMs = 20
const windowMs = 60_000

export interface LagWatch extends Disposable {
  read(): Lag
}

export function watchLag(): LagWatch {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs })
  const own = new AbortController()
  let lastMinute: Lag | undefined
  const turn = () => {
    lastMinute = read(histogram)
    histogram.reset()
  }
  histogram.enable()
  void repeat(windowMs, turn, own.signal)
  return {
    read: () => lastMinute ?? read(histogram),
    [Symbol.dispose]() {
      own.abort()
      histogram.disable()
    },
  }
}

/** The histogram holds the time between two ticks of its timer; the lag is what they were more than due apart. */
function read(histogram: Histogram): Lag {
  const late = (percent: number) => Math.max(0, histogram.percentile(percent) / 1e6 - resolutionMs)
  return { p50Ms: late(50), p99Ms: late(99) }
}
