/**
 * "Did you mean": the nearest known key for a mistyped one.
 */
import { z } from 'zod'
import { configSchema } from './schema.ts'

interface SchemaNode {
  properties?: Record<string, SchemaNode>
  items?: SchemaNode
}

/** ` - did you mean "x"?` when a key of that place is at most two edits away, else nothing. */
export function suggestFor(path: readonly PropertyKey[], key: string): string {
  const known = Object.keys(nodeAt(path)?.properties ?? {})
  const near = known
    .map((name) => ({ name, edits: distance(name, key) }))
    .filter(({ edits }) => edits <= 2)
    .sort((a, b) => a.edits - b.edits)[0]
  return near ? ` - did you mean "${near.name}"?` : ''
}

function nodeAt(path: readonly PropertyKey[]): SchemaNode | undefined {
  let node: SchemaNode | undefined = z.toJSONSchema(configSchema, { io: 'input' }) as SchemaNode
  for (const step of path) {
    node = typeof step === 'number' ? node?.items : node?.properties?.[String(step)]
  }
  return node
}

/** Levenshtein distance. Keys are short: the quadratic table is nothing. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
