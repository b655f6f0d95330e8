/**
 * Loads one file over HTTP, in as many transfers as it takes: what has come stays beside the goal as `.part` and is
 * gone on with, in this run or a later one, as long as the server still has the same file.
 */
import { type FileHandle, mkdir, open, readFile, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { sleep } from '../lib/abort.ts'
import { BarnboxError } from '../lib/errors.ts'

export interface Download {
  readonly url: string
  /** The file in the making; `.json` beside it remembers whose it is. */
  readonly part: string
  readonly onProgress: (bytes: number, total: number | null) => void
  readonly signal: AbortSignal
  /** Between a transfer that broke off and the next. */
  readonly pauseMs?: number
}

/** Transfers without a byte gained before it is given up. */
const mostFailures = 3

/** A fault that another try may mend. */
class BrokeOff extends Error {}

/** Resolves when the whole file lies at `part`. */
export async function download(wanted: Download): Promise<void> {
  await mkdir(path.dirname(wanted.part), { recursive: true })
  for (let failures = 0; ; ) {
    const before = await sizeOf(wanted.part)
    try {
      return await transfer(wanted, before)
    } catch (error) {
      if (wanted.signal.aborted) throw failed(wanted.url, 'stopped; what has come is kept', error)
      if (!(error instanceof BrokeOff)) throw error
      failures = (await sizeOf(wanted.part)) > before ? 0 : failures + 1
      if (failures >= mostFailures) throw failed(wanted.url, error.message, error)
      await sleep(wanted.pauseMs ?? 1000, wanted.signal)
    }
  }
}

/** Takes what `download` left beside the goal away. */
export async function forget(part: string): Promise<void> {
  await rm(part, { force: true })
  await rm(`${part}.json`, { force: true })
}

async function transfer(wanted: Download, have: number): Promise<void> {
  const mark = have > 0 ? await readMark(wanted) : null
  // Without a word of the server's that it is still the same file, nothing may be joined.
  const from = mark === null ? 0 : have
  const response = await ask(wanted, from, mark)
  // Everything had come before, and nothing more is there.
  if (response.status === 416 && response.headers.get('content-range') === `bytes */${from}`) {
    return void response.body?.cancel()
  }
  const start = response.status === 206 ? startOf(response) : 0
  if (response.status === 416 || start !== (response.status === 206 ? from : 0)) {
    await response.body?.cancel()
    await forget(wanted.part)
    throw new BrokeOff('the server has another file than before')
  }
  const length = Number(response.headers.get('content-length') ?? Number.NaN)
  const total = Number.isFinite(length) ? start + length : null
  await writeMark(wanted, response)
  const bytes = await store(wanted, response, start, total)
  if (total !== null && bytes !== total) throw new BrokeOff(`it broke off at ${bytes} of ${total} bytes`)
}

async function ask({ url, signal }: Download, from: number, mark: string | null): Promise<Response> {
  const headers: Record<string, string> = { 'accept-encoding': 'identity' }
  if (from > 0 && mark !== null) Object.assign(headers, { range: `bytes=${from}-`, 'if-range': mark })
  const response = await fetch(url, { headers, signal }).catch((cause: unknown) => {
    throw new BrokeOff(reasonOf(cause), { cause })
  })
  const { status } = response
  if (status === 200 || status === 206 || status === 416) return response
  await response.body?.cancel()
  if (status === 429 || status >= 500) throw new BrokeOff(`the server answers ${status}`)
  const closed =
    status === 401 || status === 403 ? ': it wants a login, so load it by hand and import it' : ''
  throw failed(url, `the server answers ${status}${closed}`)
}

const startOf = (response: Response) =>
  Number(response.headers.get('content-range')?.match(/^bytes (\d+)-/)?.[1] ?? Number.NaN)

async function store(
  { url, part, onProgress }: Download,
  response: Response,
  start: number,
  total: number | null,
): Promise<number> {
  let bytes = start
  await using file = await openPart(part, start > 0 ? 'a' : 'w')
  try {
    for await (const chunk of response.body ?? []) {
      await file.writeFile(chunk).catch((cause: unknown) => {
        throw unwritable(part, cause)
      })
      bytes += chunk.length
      onProgress(bytes, total)
    }
  } catch (cause) {
    if (cause instanceof BarnboxError) throw cause
    throw new BrokeOff(`${new URL(url).host} broke off: ${reasonOf(cause)}`, { cause })
  }
  await file.sync()
  return bytes
}

const openPart = (part: string, flag: 'a' | 'w'): Promise<FileHandle> =>
  open(part, flag).catch((cause: unknown) => {
    throw unwritable(part, cause)
  })

function unwritable(part: string, cause: unknown): BarnboxError {
  const folder = path.dirname(part)
  const message = `the models cannot be written into ${folder} (${reasonOf(cause)})`
  return new BarnboxError('STATE_DIR', message, { context: { folder }, cause })
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0
}

/** What the server called the file that is in the making; null where it is another's or was called nothing. */
async function readMark({ url, part }: Download): Promise<string | null> {
  try {
    const mark = JSON.parse(await readFile(`${part}.json`, 'utf8'))
    return mark.url === url && typeof mark.mark === 'string' ? mark.mark : null
  } catch {
    return null
  }
}

async function writeMark({ url, part }: Download, { headers }: Response): Promise<void> {
  const tag = headers.get('etag')
  // A weak tag may stand for files that differ.
  const mark = tag && !tag.startsWith('W/') ? tag : headers.get('last-modified')
  await writeFile(`${part}.json`, JSON.stringify({ url, mark })).catch((cause: unknown) => {
    throw unwritable(part, cause)
  })
}

function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
  if (!(inner instanceof Error)) return String(inner)
  return (inner as NodeJS.ErrnoException).code ?? inner.message
}

function failed(url: string, why: string, cause?: unknown): BarnboxError {
  const { host } = new URL(url)
  return new BarnboxError('MODEL_FETCH', `the model could not be loaded from ${host}: ${why}`, {
    context: { host, why },
    cause,
  })
}
