/**
 * Which horses of other boxes look like one of this box's: asked of pgvector, for where looks of other boxes are not fetched. It only says
 * so; nobody is ever made one by it.
 */
import type { Clock, HorseId, ModelKind } from '../types.ts'
import { type Connection, failureOf } from './connection.ts'

export interface Alike {
  readonly horse: HorseId
  readonly other: HorseId
  /** 0-1: the mean cosine of their best looks. */
  readonly likeness: number
}

export interface Alikes {
  /** Asks anew, where that is long ago; throws only where the line is lost. */
  ask(connection: Connection): Promise<void>
  /** The most alike first. */
  of(id: HorseId): readonly Alike[]
}

interface Parts {
  readonly farm: string
  readonly box: string
  readonly kind: () => ModelKind | undefined
  readonly clock: Clock
  readonly everyMs: number
}

/** The column's size: see `vector.sql`. */
const vectorDim = 768
/** So many looks must be nearer to one horse than to any other there; as `identity/suggest.ts` has it of looks that are here. */
const fewest = 3
const sameFrom = 0.9
const mostLooks = 500
/** So many are held against all others in one statement: each is a search of its own. */
const atOnce = 50

/** Each of this box's newest looks, with the look elsewhere that is nearest to it. */
const nearest = `WITH mine AS (
    SELECT l.horse, v.embedding FROM barnbox.looks l
      JOIN barnbox.vectors v ON v.farm = l.farm AND v.box = l.box AND v.look = l.id AND v.model = $3
    WHERE l.farm = $1 AND l.box = $2 AND NOT l.gone AND l.horse IS NOT NULL AND v.embedding IS NOT NULL
    ORDER BY l.taken_ms DESC, l.id DESC LIMIT ${atOnce} OFFSET $4)
  SELECT mine.horse::text, w.other::text, 1 - w.far AS cosine FROM mine LEFT JOIN LATERAL (
    SELECT o.horse AS other, t.embedding <=> mine.embedding AS far FROM barnbox.vectors t
      JOIN barnbox.looks o ON o.farm = t.farm AND o.box = t.box AND o.id = t.look
    WHERE t.farm = $1 AND t.box <> $2 AND t.model = $3 AND NOT o.gone AND o.horse IS NOT NULL
    ORDER BY t.embedding <=> mine.embedding LIMIT 1) w ON true`

/** The most alike first, of pairs with enough looks. */
function alikesIn(rows: readonly Row[]): Alike[] {
  const pairs = Map.groupBy(rows, ({ horse, other }) => `${horse} ${other}`)
  return [...pairs.values()]
    .flatMap((pair) => {
      const best = pair.map(({ cosine }) => cosine).sort((a, b) => b - a)
      const likeness = best.slice(0, fewest).reduce((a, b) => a + b, 0) / fewest
      const [{ horse, other } = { other: null }] = pair
      return other === null || horse === other || best.length < fewest ? [] : [{ horse, other, likeness }]
    })
    .filter(({ likeness }) => likeness >= sameFrom)
    .sort((a, b) => b.likeness - a.likeness)
}

type Row = { horse: HorseId; other: HorseId | null; cosine: number }

export function createAlikes({ farm, box, kind, clock, everyMs }: Parts): Alikes {
  let found: Alike[] = []
  let askedMs = Number.NEGATIVE_INFINITY
  const read = async (connection: Connection, model: string, from: number) => {
    // The nearest may all be of this box: those of others are looked for among more. Too few is better than a wrong one.
    await connection.query('SET LOCAL hnsw.ef_search = 200')
    return await connection.query<Row>(nearest, [farm, box, model, from])
  }
  return {
    of: (id) => found.filter(({ horse }) => horse === id),
    async ask(connection) {
      const model = kind()
      const nowMs = clock.monoMs()
      if (nowMs - askedMs < everyMs) return
      askedMs = nowMs
      found = []
      if (model?.dim !== vectorDim) return
      try {
        const rows: Row[] = []
        for (let from = 0; from < mostLooks; from += atOnce) {
          const some = await connection.within(() => read(connection, model.id, from), 'reads')
          rows.push(...some)
          found = alikesIn(rows)
          if (some.length < atOnce) break
        }
      } catch (thrown) {
        const error = failureOf(thrown)
        // It is a help and no more: what the server says against it is in the way of nothing.
        if (error.context['state'] === undefined) throw error
      }
    },
  }
}
