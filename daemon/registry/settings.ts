/**
 * The table `settings`: what the box remembers of itself.
 */
import type { Db } from './database.ts'

export interface Settings {
  get(key: string): string | undefined
  set(key: string, value: string): void
  /** The stored value; the first time a fresh one, which is stored and stays. */
  once(key: string, mint: () => string): string
}

export function openSettings(db: Db): Settings {
  const select = db.prepare<[string], { value: string }>('SELECT value FROM settings WHERE key = ?')
  const insert = db.prepare('INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING')
  const upsert = db.prepare(
    'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  )
  const get = (key: string) => select.get(key)?.value
  return {
    get,
    set: (key, value) => void upsert.run(key, value),
    once(key, mint) {
      const fresh = mint()
      insert.run(key, fresh)
      return get(key) ?? fresh
    },
  }
}
