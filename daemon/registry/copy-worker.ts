/**
 * Reads a whole database on a thread of its own, once: what takes minutes from a slow card must not hold up the page.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { asBarnboxError } from '../lib/errors.ts'
import { copyDatabase, examineCopy } from './copy.ts'
import type { CopyAnswer, CopyTask } from './copy-apart.ts'

const port = parentPort
if (!port) throw new Error('this module is a worker')

function answer({ file, into }: CopyTask): CopyAnswer {
  try {
    return { view: into === undefined ? examineCopy(file) : copyDatabase(file, into) }
  } catch (thrown) {
    const { code, message } = asBarnboxError(thrown)
    return { code, message }
  }
}

port.postMessage(answer(workerData as CopyTask))
