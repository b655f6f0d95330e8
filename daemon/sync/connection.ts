/**
 * A connection to the central database. The only importer of `pg`. Whatever goes wrong there becomes one of our errors here.
 */
import pg from 'pg'
import { asBarnboxError, BarnboxError, type ErrorCode } from '../lib/errors.ts'

export interface Server {
  /** Where it is: `postgres://HOST:PORT/DATABASE`. */
  readonly url: string
  readonly username?: string | undefined
  readonly password?: string | undefined
  /** `verify`: encrypted, by a certificate that is valid for the host. `off`: in the clear. */
  readonly tls: 'verify' | 'off'
  /** PEM: who signed the server's certificate, where no one known did. */
  readonly ca?: string | undefined
}

export type Row = Record<string, unknown>

export interface Connection extends AsyncDisposable {
  query<R extends Row>(sql: string, values?: readonly unknown[]): Promise<R[]>
  /** As a query within a transaction, for what may take hours: an index of a large table. */
  atLength(sql: string): Promise<void>
  /** All of it or nothing. `reads`: as of one moment, and nothing is written. */
  within<T>(work: () => Promise<T>, mode?: 'reads'): Promise<T>
}

/** The longest that an answer may take before the other side counts as gone. */
const answerMs = 30_000
const connectMs = 10_000
/** The longest that a large table may take to be changed. */
const lengthMs = 24 * 3600_000

/** 64-bit numbers are ours, and far below 2^53; transaction numbers stay text. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (id: number, format?: unknown) =>
    id === pg.types.builtins.INT8 && format !== 'binary'
      ? Number
      : pg.types.getTypeParser(id, format as 'text'),
}

/** Throws a `SYNC_...` error. `answerWithinMs` is for tests, that do not wait as long. */
export async function connect(
  server: Server,
  signal: AbortSignal,
  answerWithinMs = answerMs,
): Promise<Connection> {
  const { hostname, port, pathname } = new URL(server.url)
  const host = decodeURIComponent(hostname).replace(/^\[(.*)\]$/, '$1')
  const client = new pg.Client({
    ...{ host, port: port === '' ? 5432 : Number(port), database: decodeURIComponent(pathname.slice(1)) },
    ...{ user: server.username, password: server.password ?? '', application_name: 'barnbox', types },
    ...{ connectionTimeoutMillis: Math.min(connectMs, answerWithinMs), keepAlive: true },
    // The server ends what runs on after we are gone, and we do not wait for one that is silent.
    ...{ query_timeout: answerWithinMs, statement_timeout: answerWithinMs },
    ...{ idle_in_transaction_session_timeout: 2 * answerWithinMs },
    ssl: server.tls === 'off' ? false : { rejectUnauthorized: true, ...(server.ca && { ca: server.ca }) },
  })
  let lost: unknown
  const end = async () => {
    signal.removeEventListener('abort', drop)
    // A good-bye to a dead peer would be waited for as long as the system likes.
    const { stream } = (client as unknown as { connection: { stream: { destroy(): void } } }).connection
    await Promise.race([client.end().catch(() => {}), new Promise((resolve) => setTimeout(resolve, 500))])
    stream.destroy()
  }
  const drop = () => void end()
  client.on('error', (error) => {
    lost = error
  })
  signal.addEventListener('abort', drop, { once: true })
  try {
    await client.connect()
  } catch (error) {
    await end()
    throw failureOf(error)
  }
  const ask = async <R extends Row>(
    config: pg.QueryConfig & { readonly query_timeout?: number },
  ): Promise<R[]> => {
    try {
      if (lost !== undefined) throw lost
      return (await client.query<R>(config)).rows
    } catch (error) {
      throw failureOf(error)
    }
  }
  const query = <R extends Row>(text: string, values: readonly unknown[] = []): Promise<R[]> =>
    ask<R>({ text, values: [...values] })
  return {
    query,
    async atLength(text) {
      await query('SET LOCAL statement_timeout = 0')
      await ask({ text, ...{ query_timeout: lengthMs } })
    },
    async within(work, mode) {
      await query(mode === 'reads' ? 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' : 'BEGIN')
      try {
        const result = await work()
        await query('COMMIT')
        return result
      } catch (error) {
        await query('ROLLBACK').catch(() => {})
        throw failureOf(error)
      }
    },
    [Symbol.asyncDispose]: end,
  }
}

/** By the SQL state, where the server gave one; its first two digits are its class. */
const byState: readonly (readonly [RegExp, ErrorCode])[] = [
  [/^(28...|42501|3D000|53300)$/, 'SYNC_REFUSED'],
  [/^25006$/, 'SYNC_READ_ONLY'],
  [/^(53[12].0|53000|53400)$/, 'SYNC_FULL'],
  [/^BB001$/, 'SYNC_CLOCK'],
  [/^(08...|57P0.|57014|40...|55P03)$/, 'SYNC_UNREACHABLE'],
]

const certificateCodes =
  /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|INVALID_CA|ERR_SSL_)/

/** What went wrong, as whoever looks after the box must know it. Ours stays as it is. */
export function failureOf(error: unknown): BarnboxError {
  if (error instanceof BarnboxError) return error
  const { code, message } = Object(error) as { code?: unknown; message?: unknown }
  const state = typeof code === 'string' ? code : ''
  // What the box itself cannot store is not the server's fault.
  if (state.startsWith('SQLITE_')) return asBarnboxError(error)
  const text = typeof message === 'string' && message !== '' ? message : String(state || error)
  const found =
    byState.find(([form]) => form.test(state))?.[1] ??
    (certificateCodes.test(state) || /does not support SSL/.test(text) ? 'SYNC_CERTIFICATE' : undefined) ??
    (isServerError(error) ? 'SYNC_FAILED' : isBug(error) ? 'INTERNAL' : 'SYNC_UNREACHABLE')
  return new BarnboxError(found, text, { context: state === '' ? {} : { state }, cause: error })
}

const isServerError = (error: unknown) => error instanceof pg.DatabaseError
const isBug = (error: unknown) => error instanceof TypeError || error instanceof RangeError
