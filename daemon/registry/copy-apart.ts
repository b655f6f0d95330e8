/**
 * Copies and examines databases (`copy.ts`) beside what else goes on, on a thread of its own.
 */
import { Worker } from 'node:worker_threads'
import { BarnboxError, type ErrorCode } from '../lib/errors.ts'
import type { CopyView } from './copy.ts'

export interface CopyTask {
  readonly file: string
  /** Examined alone where it is absent. */
  readonly into?: string
}

export type CopyAnswer = { readonly view: CopyView } | { readonly code: ErrorCode; readonly message: string }

function workerUrl(self: string = import.meta.url): URL {
  return new URL(self.endsWith('.js') ? './copy-worker.js' : './copy-worker.ts', self)
}

/** As `copyDatabase`. */
export const copyApart = (file: string, into: string): Promise<CopyView> => ask({ file, into })

/** As `examineCopy`. */
export const examineApart = (file: string): Promise<CopyView> => ask({ file })

async function ask(task: CopyTask): Promise<CopyView> {
  const worker = new Worker(workerUrl(), { workerData: task, name: 'copy', execArgv: [] })
  const { promise, resolve, reject } = Promise.withResolvers<CopyAnswer>()
  worker.on('message', resolve)
  worker.on('error', reject)
  worker.on('exit', () => reject(new BarnboxError('INTERNAL', 'the thread that reads databases ended')))
  try {
    const answer = await promise
    if ('view' in answer) return answer.view
    throw new BarnboxError(answer.code, answer.message)
  } finally {
    // It has nothing more to do, and ends by itself.
    worker.unref()
  }
}
