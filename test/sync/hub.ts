/**
 * A central database as it is meant: rows in memory, merged by the pure rules. What the real one is held against.
 */
import { mergeCorrections, mergeHorses } from '../../daemon/registry/converge.ts'
import type { Registry } from '../../daemon/registry/registry.ts'
import { type Pulled, type SyncKind, syncKinds } from '../../daemon/sync-types.ts'

export interface Hub {
  push(registry: Registry): void
  pull(registry: Registry, nowMs: number): void
}

interface Held<Row> {
  row: Row
  change: number
}

type Blobs = Map<string, Uint8Array>

/** `most`: of each kind in one batch. `dies` says whether a box dies once a batch is in and before it has noted that. */
export function createHub(most: number, dies: () => boolean): Hub {
  const kept = {
    horses: new Map<string, Held<Pulled['horses'][number]>>(),
    corrections: new Map<string, Held<Pulled['corrections'][number]>>(),
    seen: new Map<string, Held<Pulled['seen'][number]>>(),
    looks: new Map<string, Held<Pulled['looks'][number]>>(),
  }
  const blobs: Blobs = new Map()
  const cursors = new Map<string, number>()
  let changes = 0
  const put = <Row>(
    table: Map<string, Held<Row>>,
    key: string,
    row: Row,
    merge = (_: Row, next: Row) => next,
  ) => {
    const before = table.get(key)
    const after = before ? merge(before.row, row) : row
    if (before && JSON.stringify(before.row) === JSON.stringify(after)) return
    table.set(key, { row: after, change: ++changes })
  }
  const keep = (some: ReadonlyMap<string, Uint8Array>) => {
    for (const [hash, bytes] of some) blobs.set(hash, bytes)
  }
  const take = (kind: SyncKind, ids: readonly string[], { sync: { rows } }: Registry) => {
    if (kind === 'horse') for (const row of rows.horses(ids)) put(kept.horses, row.id, row, mergeHorses)
    if (kind === 'correction')
      for (const row of rows.corrections(ids)) put(kept.corrections, row.id, row, mergeCorrections)
    if (kind === 'seen') {
      const { rows: seen, blobs } = rows.seen(ids)
      keep(blobs)
      for (const row of seen) put(kept.seen, `${row.box} ${row.horse}`, row)
    }
    if (kind === 'look') {
      const { rows: looks, blobs } = rows.looks(ids)
      keep(blobs)
      for (const row of looks) put(kept.looks, `${row.box} ${row.id}`, row)
    }
  }
  return {
    push(registry) {
      const { outbox } = registry.sync
      for (const kind of syncKinds) {
        for (;;) {
          const marks = outbox.next(kind, most, Number.MAX_SAFE_INTEGER)
          if (marks.length === 0) break
          take(
            kind,
            marks.map(({ rowId }) => rowId),
            registry,
          )
          if (dies()) return
          outbox.done(marks)
        }
      }
    },
    pull(registry, nowMs) {
      const since = cursors.get(registry.boxId) ?? 0
      const fresh = <Row>(table: Map<string, Held<Row>>) =>
        [...table.values()].filter(({ change }) => change > since).map(({ row }) => row)
      const page = {
        ...{ horses: fresh(kept.horses), corrections: fresh(kept.corrections), blobs },
        ...{ seen: fresh(kept.seen), looks: fresh(kept.looks) },
      }
      registry.sync.apply(page, nowMs)
      if (!dies()) cursors.set(registry.boxId, changes)
    },
  }
}
