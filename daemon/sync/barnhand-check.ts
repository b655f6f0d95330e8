/**
 * Whether BarnHand's table of horses would take this box's rows, for whoever sets it up: what is there, what this role may do, and whether
 * the streams and the farm of the config are there. Writes nothing.
 */
import { type BarnhandConfig, codeOf, model } from './barnhand.ts'
import { readTable, vectorDim } from './barnhand-table.ts'
import { type Connection, failureOf } from './connection.ts'

export interface Found {
  readonly part: 'barnhand table' | 'barnhand rights' | 'barnhand vectors' | 'barnhand ids'
  readonly level: 'ok' | 'warning' | 'problem'
  readonly detail: string
}

const wanted = ['SELECT', 'INSERT', 'UPDATE'] as const

/** `embedder`: the one in use, without which there are no vectors. Throws only where the line is lost. */
export async function checkBarnhand(
  connection: Connection,
  config: BarnhandConfig,
  embedder: string | undefined,
): Promise<Found[]> {
  try {
    const rights = await rightsOf(connection)
    if (rights?.level === 'problem') return [rights]
    const { has } = await readTable(connection, config)
    const table = { part: 'barnhand table', level: 'ok', detail: `takes ${[...has].join(', ')}` } as const
    return [
      table,
      ...(rights ? [rights] : []),
      vectors(has, embedder),
      ...(await idsOf(connection, config, has)),
    ]
  } catch (thrown) {
    const error = failureOf(thrown)
    if (error.code === 'SYNC_UNREACHABLE') throw error
    return [{ part: 'barnhand table', level: 'problem', detail: `${codeOf(error)}: ${error.message}` }]
  }
}

/** Undefined where there is no table. */
async function rightsOf(connection: Connection): Promise<Found | undefined> {
  const [row] = await connection.query<{ role: string; isThere: boolean; has: boolean[] }>(
    `SELECT current_user AS role, to_regclass('public.horses') IS NOT NULL AS "isThere",
       array(SELECT has_table_privilege(to_regclass('public.horses'), r) FROM unnest($1::text[]) WITH ORDINALITY AS u(r, n)
         ORDER BY n) AS has`,
    [wanted],
  )
  if (!row?.isThere) return undefined
  const lacking = wanted.filter((_, index) => row.has[index] !== true)
  if (lacking.length === 0) return { part: 'barnhand rights', level: 'ok', detail: wanted.join(', ') }
  const mend = `GRANT ${wanted.join(', ')} ON public.horses TO ${row.role}`
  return {
    ...{ part: 'barnhand rights', level: 'problem' },
    detail: `BARNHAND_REFUSED: ${row.role} may not ${lacking.join(', ')} there: ${mend}`,
  }
}

function vectors(has: ReadonlySet<string>, embedder: string | undefined): Found {
  const part = 'barnhand vectors'
  if (!has.has('feature_vector')) return { part, level: 'warning', detail: 'there is no column for them' }
  if (embedder === model.name) return { part, level: 'ok', detail: `of ${vectorDim} numbers` }
  const detail = `none are told: this box tells horses apart by ${embedder ?? 'nothing'}, BarnHand by ${model.name}`
  return { part, level: 'warning', detail }
}

/** Which ids of the config BarnHand does not have, as far as this role may see them. */
async function idsOf(
  connection: Connection,
  { stream_ids, farm_id }: BarnhandConfig,
  has: ReadonlySet<string>,
): Promise<Found[]> {
  const lacking = async (table: 'streams' | 'farms', ids: readonly string[]) => {
    const [may] = await connection.query(
      `SELECT has_table_privilege(to_regclass('public.${table}'), 'SELECT') AS "isSeen"`,
    )
    if (may?.['isSeen'] !== true) return []
    const there = await connection.query<{ id: string }>(
      `SELECT id::text FROM public.${table} WHERE id::text = ANY ($1::text[])`,
      [ids],
    )
    const known = new Set(there.map(({ id }) => id))
    return ids.filter((id) => !known.has(id)).map((id) => `${table} has no ${id}`)
  }
  const streams = has.has('stream_id') ? await lacking('streams', Object.values(stream_ids)) : []
  const farms = has.has('farm_id') ? await lacking('farms', [farm_id.toLowerCase()]) : []
  const none = [...streams, ...farms]
  return none.length === 0
    ? []
    : [{ part: 'barnhand ids', level: 'problem', detail: `BARNHAND_FAILED: ${none.join('; ')}` }]
}
