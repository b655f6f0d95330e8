/**
 * Cameras that somebody is setting up: chosen and tried, not saved. Kept in memory for a while, for their passwords must not
 * go back to the page.
 */
import { randomUUID } from 'node:crypto'
import type { CameraTrial, OfferedStream, SourceEdit } from '../../camera-types.ts'
import type { StreamId } from '../../types.ts'

export interface Draft {
  /** The camera that it changes; null for a new one. */
  readonly of: StreamId | null
  readonly source: SourceEdit
  /** What a device offers; null where an address was typed. */
  readonly streams: readonly OfferedStream[] | null
  readonly trial: CameraTrial | null
}

const mostDrafts = 16
const keptMs = 30 * 60_000

export interface Drafts {
  add(draft: Draft): string
  get(id: string): Draft | undefined
  /** Takes the place of what was under this id. */
  put(id: string, draft: Draft): void
  remove(id: string): void
}

export function createDrafts(monoMs: () => number): Drafts {
  const drafts = new Map<string, { readonly draft: Draft; readonly atMs: number }>()
  const put = (id: string, draft: Draft) => {
    drafts.delete(id)
    drafts.set(id, { draft, atMs: monoMs() })
    const [oldest] = drafts.keys()
    if (drafts.size > mostDrafts && oldest !== undefined) drafts.delete(oldest)
  }
  return {
    add(draft) {
      const id = randomUUID()
      put(id, draft)
      return id
    },
    get(id) {
      const kept = drafts.get(id)
      if (kept && monoMs() - kept.atMs < keptMs) return kept.draft
      drafts.delete(id)
      return undefined
    },
    put,
    remove: (id) => void drafts.delete(id),
  }
}
