/**
 * BarnHand's table `horses` as this server has it: two kinds of it are about, and unions of them. Its columns are asked for, what a
 * row can say is written, and what does not fit is refused in words.
 */
import { BarnboxError } from '../lib/errors.ts'
import type { Connection } from './connection.ts'

/** What BarnHand's vectors are: MegaDescriptor-T-224's, and nothing else may be held against them. */
export const vectorDim = 768
/** Its column has that many; a longer id would be another horse's. */
export const longestTrackingId = 50

const text = ['varchar', 'text', 'bpchar']
const time = ['timestamptz', 'timestamp']
const float = ['float4', 'float8', 'numeric']
const id = ['uuid', ...text]

/** The columns that we know how to fill, and the types that each may have. */
const known: Readonly<Record<string, readonly string[]>> = {
  ...{ id: ['uuid'], tracking_id: text, status: text, name: text, stream_id: id, farm_id: id },
  ...{ color_hex: text, ui_color: text, metadata: ['jsonb'], feature_vector: ['vector'] },
  ...{
    avatar_thumbnail: ['bytea'],
    first_detected: time,
    last_seen: time,
    total_detections: ['int4', 'int8'],
  },
  ...{ track_confidence: float, confidence_score: float },
  ...{ is_official: ['bool'], made_official_at: time, created_at: time, updated_at: time },
}
/** Without these a row could not be found again, or not be taken back. */
const needed = ['id', 'tracking_id', 'status']

export interface Wishes {
  readonly names: boolean
  readonly official: boolean
}

export interface Table {
  readonly insert: string
  readonly update: string
  /** The columns that a row is made of. */
  readonly has: ReadonlySet<string>
}

type Column = {
  name: string
  type: string
  modifier: number
  mustBeFilled: boolean
}

/** Throws `BARNHAND_ABSENT` and `BARNHAND_MISMATCH`. */
export async function readTable(connection: Connection, wishes: Wishes): Promise<Table> {
  const columns = await connection.query<Column>(
    `SELECT a.attname AS name, t.typname AS type, a.atttypmod AS modifier,
       a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AS "mustBeFilled"
     FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
     WHERE a.attrelid = to_regclass('public.horses') AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
  )
  if (columns.length === 0)
    throw new BarnboxError('BARNHAND_ABSENT', 'this database has no table public.horses')
  const written = columns.filter(({ name }) => isWritten(name, wishes))
  const problems = [...misfits(columns, written), ...(await vectorMisfit(connection, columns))]
  if (problems.length > 0) throw mismatch(problems.join('; '))
  return tableOf(written)
}

export const mismatch = (problem: string) => new BarnboxError('BARNHAND_MISMATCH', problem)

/** What a name or a resident means there is only told where the config says so. */
function isWritten(name: string, { names, official }: Wishes): boolean {
  if (name === 'name') return names
  if (name === 'is_official' || name === 'made_official_at') return official
  return name in known
}

function misfits(columns: readonly Column[], written: readonly Column[]): string[] {
  const names = new Set(columns.map(({ name }) => name))
  const ours = new Set(written.map(({ name }) => name))
  return [
    ...needed.filter((name) => !names.has(name)).map((name) => `horses has no column ${name}`),
    ...written
      .filter(({ name, type }) => !known[name]?.includes(type))
      .map(({ name, type }) => `horses.${name} is of type ${type}, expected ${known[name]?.join(' or ')}`),
    ...columns
      .filter(({ name, mustBeFilled }) => mustBeFilled && !ours.has(name))
      .map(({ name }) => `horses.${name} must be filled, and barnbox may not or cannot`),
  ]
}

/** A column without a size of its own is taken by what stands in it. */
async function vectorMisfit(connection: Connection, columns: readonly Column[]): Promise<string[]> {
  const column = columns.find(({ name }) => name === 'feature_vector')
  if (column?.type !== 'vector') return []
  const [row] =
    column.modifier > 0
      ? [{ dim: column.modifier }]
      : await connection.query<{ dim: number }>(
          `SELECT array_length(string_to_array(feature_vector::text, ','), 1) AS dim FROM public.horses
           WHERE feature_vector IS NOT NULL LIMIT 1`,
        )
  if (row === undefined || row.dim === vectorDim) return []
  return [`horses.feature_vector has ${row.dim} numbers, barnbox's have ${vectorDim}`]
}

/** A row's value, from a recordset `r` in which all is text. */
function cellOf({ name, type }: Column): string {
  const given = `r.${name}`
  if (type === 'bytea') return `decode(${given}, 'base64')`
  if (type === 'timestamp') return `(${given}::timestamptz AT TIME ZONE 'UTC')`
  // A cast to a length would cut in silence: as plain text the server refuses what is too long.
  if (text.includes(type)) return given
  if (type === 'vector') return `${given}::public.vector`
  return `${given}::${type}`
}

/**
 * What becomes of a column of a row that is there. What is not named stays as it is: BarnHand never changes a horse's stream or
 * colour either, and a status that people gave there is theirs.
 */
const changes: Readonly<Record<string, (value: string) => string>> = {
  name: (value) => `coalesce(${value}, t.name)`,
  feature_vector: (value) => `coalesce(${value}, t.feature_vector)`,
  avatar_thumbnail: (value) => `coalesce(${value}, t.avatar_thumbnail)`,
  first_detected: (value) => `least(t.first_detected, ${value})`,
  last_seen: (value) => `greatest(t.last_seen, ${value})`,
  total_detections: (value) => `greatest(t.total_detections, ${value})`,
  track_confidence: (value) => value,
  confidence_score: (value) => value,
  is_official: (value) => value,
  made_official_at: (value) => value,
  updated_at: (value) => value,
  // BarnHand's own, with people's notes in it: touched only where its box is missing, which would blank its pictures.
  metadata: (value) => `CASE WHEN ${value} IS NULL OR t.metadata -> 'bbox' ?& '{x,y,width,height}'
    THEN t.metadata ELSE CASE WHEN jsonb_typeof(t.metadata) = 'object' THEN t.metadata ELSE '{}' END || ${value} END`,
}

function tableOf(written: readonly Column[]): Table {
  const names = written.map(({ name }) => name)
  const rows = `json_to_recordset($1::json) AS r(${names.map((name) => `${name} text`).join(', ')})`
  const set = written.flatMap((column) => {
    const change = changes[column.name]
    return change ? [`${column.name} = ${change(cellOf(column))}`] : []
  })
  return {
    has: new Set(names),
    insert: `INSERT INTO public.horses (${names.join(', ')}) SELECT ${written.map(cellOf).join(', ')} FROM ${rows}`,
    update: `UPDATE public.horses t SET ${set.join(', ')} FROM ${rows}
      WHERE t.id = r.id::uuid AND t.status IS DISTINCT FROM 'deleted'`,
  }
}
