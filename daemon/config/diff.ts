/**
 * What is another in a config than in the one before, key by key. Pure. It is shown and logged, so what half of a secret
 * stands in it is left out.
 */
import { parseDocument } from 'yaml'
import { redact } from '../lib/redact.ts'

const most = 200
const hidden = /(?:^|\.)(?:username|password|token|secret)$/

/** One line a key: `fps: 5 -> 8`, `+ http.port: 8480`, `- mqtt.url: "mqtt://..."`. Cameras and webhooks are known by their ids and names. */
export function configDiff(before: string, after: string): string[] {
  const [old, next] = [leaves(before), leaves(after)]
  const lines = [...new Set([...old.keys(), ...next.keys()])].flatMap((path) => {
    const [was, is] = [old.get(path), next.get(path)]
    if (was === is) return []
    if (hidden.test(path)) return [`${path} is another`]
    if (was === undefined) return [`+ ${path}: ${is}`]
    return is === undefined ? [`- ${path}: ${was}`] : [`${path}: ${was} -> ${is}`]
  })
  const told = lines.slice(0, most).map(redact)
  return lines.length > most ? [...told, `and ${lines.length - most} more`] : told
}

/** Every value with the path to it; none where the text is no YAML. */
function leaves(text: string): Map<string, string> {
  const found = new Map<string, string>()
  try {
    collect(parseDocument(text).toJS({ maxAliasCount: 100 }), '', found)
  } catch {
    found.clear()
  }
  return found
}

function collect(value: unknown, path: string, into: Map<string, string>): void {
  if (value === null || typeof value !== 'object' || Object.keys(value).length === 0) {
    // An empty file has no values, and not one that is null.
    if (path !== '') into.set(path, JSON.stringify(value) ?? 'null')
    return
  }
  for (const [key, one] of Object.entries(value))
    collect(one, path === '' ? nameOf(key, one) : `${path}.${nameOf(key, one)}`, into)
}

/** What stands in a list is known by what it is called, so that a new one in front does not change all others. */
function nameOf(key: string, value: unknown): string {
  if (!/^\d+$/.test(key)) return key
  const { id, name } = Object(value) as { id?: unknown; name?: unknown }
  return String(id ?? name ?? key)
}
