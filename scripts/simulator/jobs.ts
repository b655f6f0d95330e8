/**
 * Runs of systems over plans, on as many threads as there are cores: each job is plain data, and so is its result.
 */
import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import type { CoatSetting } from './embedding.ts'
import { plan as planRules, stallModel } from './parameters.ts'
import { makePlan } from './stall/plan.ts'
import { openSystem, type SystemName } from './systems.ts'
import { type Result, watch } from './watch.ts'

export interface Job {
  readonly system: SystemName
  readonly coats: CoatSetting
  readonly fps: number
  readonly seed: string
}

async function runJob({ system: name, coats, fps, seed }: Job): Promise<Result> {
  using system = openSystem(name, fps)
  return await watch(makePlan(planRules, seed), coats, fps, stallModel(coats), system)
}

/** The results in the order of the jobs. */
export async function runJobs(jobs: readonly Job[]): Promise<Result[]> {
  const results = new Array<Result>(jobs.length)
  const waiting = [...jobs.entries()]
  const work = async () => {
    const worker = new Worker(new URL(import.meta.url))
    try {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const [index, job] = next
        results[index] = await ask(worker, job)
      }
    } finally {
      await worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), jobs.length) }, work))
  return results
}

function ask(worker: Worker, job: Job): Promise<Result> {
  return new Promise((resolve, reject) => {
    const done = (result: Result) => {
      worker.off('error', reject)
      resolve(result)
    }
    worker.once('message', done)
    worker.once('error', reject)
    worker.postMessage(job)
  })
}

if (!isMainThread && parentPort) {
  const port = parentPort
  port.on('message', (job: Job) => {
    // A job that fails is a fault of ours: it ends the thread, and the run with it.
    runJob(job).then(
      (result) => port.postMessage(result),
      (error: unknown) => {
        throw error
      },
    )
  })
}
