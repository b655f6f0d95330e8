/**
 * The tables of the central database as they are written and read, and the words that they are written and read by. Pure.
 */

import type { CorrectionState } from '../sync-types.ts'
import type { HorseId } from '../types.ts'

type Columns = Readonly<Record<string, string>>

/** The names of a row's fields, in our words, with the server's types. */
export const columns = {
  horses: {
    ...{ box: 'text', id: 'uuid', stream: 'text', number: 'integer', color: 'text', firstMs: 'bigint' },
    ...{ confirmed: 'boolean', fields: 'jsonb' },
  },
  seen: {
    ...{ box: 'text', horse: 'uuid', stream: 'text', lastMs: 'bigint', detections: 'bigint' },
    ...{ confidence: 'double precision', avatar: 'text', score: 'double precision' },
    ...{ avatarMs: 'bigint' },
  },
  corrections: {
    ...{
      id: 'uuid',
      kind: 'text',
      streamBox: 'text',
      stream: 'text',
      horse: 'uuid',
      other: 'uuid',
      atMs: 'bigint',
    },
    ...{ stamp: 'text', actor: 'text', undoneMs: 'bigint', undoneBy: 'text', inherited: 'jsonb' },
  },
  looks: {
    ...{ box: 'text', id: 'bigint', gone: 'boolean', horse: 'uuid', stream: 'text', crop: 'text' },
    ...{ quality: 'double precision', takenMs: 'bigint', tracklet: 'uuid', anchor: 'boolean' },
    ...{ infrared: 'boolean', photo: 'text' },
  },
  sightings: {
    ...{ id: 'uuid', stream: 'text', tracklet: 'uuid', horse: 'uuid', fromMs: 'bigint', toMs: 'bigint' },
    ...{ detections: 'integer', decision: 'text', score: 'real', model: 'text' },
  },
} as const satisfies Record<string, Columns>

/** `firstMs` is the column `first_ms`. */
const columnOf = (field: string) => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
const list = (fields: readonly string[], before = '') =>
  fields.map((field) => before + columnOf(field)).join(', ')
const recordset = (of: Columns) =>
  `json_to_recordset($2::json) AS r(${Object.entries(of)
    .map(([field, type]) => `"${field}" ${type}`)
    .join(', ')})`

interface Upsert {
  readonly table: string
  readonly of: Columns
  readonly keys: readonly string[]
  /** What becomes of a column where the row is there already; what is not named is taken as it comes. */
  readonly merge?: Readonly<Record<string, string>>
  /** Rows that are only ever one box's bear its name, which is `$3`. */
  readonly ownBox?: boolean
  /** Nobody asks which of them changed. */
  readonly isHistory?: boolean
}

/** Writes rows (`$2`, JSON) of a farm (`$1`). A row that says nothing new is not written, and so is no change to anybody. */
function upsert({ table, of, keys, merge = {}, ownBox = false, isHistory = false }: Upsert): string {
  const fields = Object.keys(of)
  const into = ownBox ? ['farm', 'box', ...fields] : ['farm', ...fields]
  const from = fields.map((field) => `r."${field}"`).join(', ')
  const set = fields
    .filter((field) => !keys.includes(field))
    .map((field) => [columnOf(field), merge[field] ?? `excluded.${columnOf(field)}`] as const)
  const changes = set.map(([column, value]) => `${column} = ${value}`)
  const unlike = set.map(([column, value]) => `t.${column} IS DISTINCT FROM ${value}`)
  return `INSERT INTO barnbox.${table} AS t (${list(into)}) SELECT $1, ${ownBox ? '$3, ' : ''}${from} FROM ${recordset(of)}
    ON CONFLICT (${list(['farm', ...keys])}) DO UPDATE SET ${changes.join(', ')}${isHistory ? '' : ', xid = pg_current_xact_id()'}
    WHERE ${unlike.join(' OR ')}`
}

/** The first who undid it, as in `mergeCorrections`. */
const first = (column: string) =>
  `CASE WHEN t.undone_ms IS NULL OR (excluded.undone_ms, coalesce(excluded.undone_by, '') COLLATE "C")
    < (t.undone_ms, coalesce(t.undone_by, '') COLLATE "C") THEN excluded.${column} ELSE t.${column} END`

/** What never changes once it is there. */
const kept = (fields: readonly string[]) =>
  Object.fromEntries(fields.map((field) => [field, `t.${columnOf(field)}`]))

export const writes = {
  horses: upsert({
    ...{ table: 'horses', of: columns.horses, keys: ['box', 'id'] },
    merge: {
      ...kept(['stream', 'number', 'color', 'firstMs']),
      confirmed: 't.confirmed OR excluded.confirmed',
      fields: 'barnbox.later(t.fields, excluded.fields)',
    },
  }),
  seen: upsert({ table: 'seen', of: columns.seen, keys: ['box', 'horse'] }),
  corrections: upsert({
    ...{ table: 'corrections', of: columns.corrections, keys: ['id'] },
    merge: {
      ...kept(['kind', 'streamBox', 'stream', 'horse', 'other', 'atMs', 'stamp', 'actor', 'inherited']),
      ...{ undoneMs: first('undone_ms'), undoneBy: first('undone_by') },
    },
  }),
  looks: upsert({ table: 'looks', of: columns.looks, keys: ['box', 'id'] }),
  sightings: upsert({
    ...{ table: 'sightings', of: columns.sightings, keys: ['box', 'id', 'fromMs'] },
    ...{ merge: kept(['stream', 'tracklet']), ownBox: true, isHistory: true },
  }),
  vectors: `INSERT INTO barnbox.vectors AS t (farm, box, look, model, dim, data)
    SELECT $1, $3, r.look, r.model, r.dim, decode(r.data, 'base64')
    FROM json_to_recordset($2::json) AS r(look bigint, model text, dim integer, data text)
    ON CONFLICT (farm, box, look, model) DO UPDATE SET dim = excluded.dim, data = excluded.data WHERE t.data <> excluded.data`,
  noVectors: 'DELETE FROM barnbox.vectors WHERE farm = $1 AND box = $2 AND look = ANY ($3::bigint[])',
  /** Before they are named: whoever lets go of pictures waits for this, or has done so before it is asked which are there. */
  keepBlobs: `UPDATE barnbox.blobs SET used_at = now()
    WHERE farm = $1 AND hash = ANY ($2::text[]) AND used_at < now() - interval '1 day'`,
  /** Those that nobody has named for long, and no row names now. What somebody is at is passed over. */
  noBlobs: `DELETE FROM barnbox.blobs WHERE farm = $1 AND hash IN (SELECT b.hash FROM barnbox.blobs b
      WHERE b.farm = $1 AND b.used_at < now() - interval '7 days'
        AND NOT EXISTS (SELECT 1 FROM barnbox.looks l WHERE l.farm = $1 AND l.crop = b.hash)
        AND NOT EXISTS (SELECT 1 FROM barnbox.seen s WHERE s.farm = $1 AND s.avatar = b.hash)
      LIMIT $2 FOR UPDATE OF b SKIP LOCKED)
    RETURNING hash`,
  blobs: `INSERT INTO barnbox.blobs (farm, hash, bytes) SELECT $1, r.hash, decode(r.bytes, 'base64')
    FROM json_to_recordset($2::json) AS r(hash text, bytes text) ON CONFLICT DO NOTHING`,
}

const selected = (of: Columns) =>
  Object.keys(of)
    .map((field) => `${columnOf(field)} AS "${field}"`)
    .join(', ')

interface Read {
  readonly table: keyof typeof columns
  /** What tells rows of one transaction apart. */
  readonly key: string
  readonly only: string
  readonly box: boolean
}

/** Rows of a farm (`$1`) that were changed after a place (`$2`, `$3`), at most `$4`; `$5` is the box that asks. */
const changes = ({ table, key, only, box }: Read) =>
  `SELECT ${selected(columns[table])}, xid::text AS "changeXid", ${key} AS "changeKey" FROM barnbox.${table}
   WHERE farm = $1 AND (xid, ${key}) > ($2::xid8, $3) AND ${only}${box ? ' AND box <> $5' : ' AND $5::text IS NOT NULL'}
   ORDER BY xid, ${key} LIMIT $4`

/** A horse that only its own box thinks to be one is nobody else's business, unless a correction names it. */
const settled = `(confirmed OR fields <> '{}'
  OR id IN (SELECT unnest(ARRAY[c.horse, c.other]) FROM barnbox.corrections c WHERE c.farm = $1))`

export const reads = {
  horses: changes({ table: 'horses', key: 'id::text', only: settled, box: false }),
  corrections: changes({ table: 'corrections', key: 'id::text', only: 'true', box: false }),
  seen: changes({ table: 'seen', key: `box || horse::text`, only: 'true', box: true }),
  looks: changes({ table: 'looks', key: `box || lpad(id::text, 19, '0')`, only: 'true', box: true }),
  horsesById: `SELECT ${selected(columns.horses)} FROM barnbox.horses WHERE farm = $1 AND id = ANY ($2::uuid[])`,
  correctionsOf: `SELECT ${selected(columns.corrections)} FROM barnbox.corrections
    WHERE farm = $1 AND (horse = ANY ($2::uuid[]) OR other = ANY ($2::uuid[]))`,
  // What the box itself has told too: it may have lost that with its horse. Of looks (`$3`) all boxes' or one's.
  seenOf: `SELECT ${selected(columns.seen)} FROM barnbox.seen WHERE farm = $1 AND horse = ANY ($2::uuid[])`,
  looksOf: `SELECT ${selected(columns.looks)} FROM barnbox.looks
    WHERE farm = $1 AND horse = ANY ($2::uuid[]) AND ($3::text IS NULL OR box = $3) AND NOT gone`,
  looksCount: `SELECT horse::text, count(*) AS looks FROM barnbox.looks
    WHERE farm = $1 AND horse = ANY ($2::uuid[]) AND ($3::text IS NULL OR box = $3) AND NOT gone GROUP BY horse`,
  vectors: `SELECT v.box, v.look, v.model, v.dim, v.data FROM barnbox.vectors v
    JOIN json_to_recordset($2::json) AS r(box text, look bigint) ON v.farm = $1 AND v.box = r.box AND v.look = r.look`,
  blobs: 'SELECT hash, bytes FROM barnbox.blobs WHERE farm = $1 AND hash = ANY ($2::text[])',
  unsent: `SELECT wanted.hash FROM unnest($2::text[]) AS wanted(hash)
    WHERE NOT EXISTS (SELECT 1 FROM barnbox.blobs b WHERE b.farm = $1 AND b.hash = wanted.hash)`,
  /** The oldest transaction that may still be open: what is older is all there to be seen. */
  horizon: 'SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin',
}

/** Whom corrections are about. */
export const namedBy = (corrections: readonly CorrectionState[]): HorseId[] =>
  corrections.flatMap(({ horse, other }) => [horse, other]).filter((id) => id !== null)
