/**
 * What a box that was restored has of the old box's config: it lies in the state folder, beneath the config file, which has the last word and is not
 * written (docs/decisions/0027-restore-before-anything-is-open.md).
 */
import { existsSync } from 'node:fs'
import { basename, isAbsolute, join, resolve } from 'node:path'

type Tree = Readonly<Record<string, unknown>>

export interface Restored {
  /** With `secrets/` in it. */
  readonly folder: string
  readonly tree: Tree
}

export const restoredName = 'restored'
export const restoredFolder = (stateDir: string) => join(stateDir, restoredName)

/**
 * Each part of the file takes the place of the same part beneath it; `http` key by key. Where this box serves, and which program it decodes with, is its
 * own affair. Pure.
 */
export function overRestored(own: Tree, restored: Tree): Record<string, unknown> {
  const { http: before, ffmpeg: _, ...rest } = restored
  const merged = { ...rest, ...own }
  if (!isTree(before) || (own['http'] !== undefined && !isTree(own['http']))) return merged
  const { host: _host, port: _port, ...http } = before
  return { ...merged, http: { ...http, ...own['http'] } }
}

const isTree = (value: unknown): value is Tree =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

/** Where a file lies that the config names: in a place of its own, in the folder for secrets, or among those that were restored. */
export function secretFinder(folder: string, restored: Restored | undefined): (name: string) => string {
  return (name) => {
    if (isAbsolute(name)) return name
    const usual = resolve(folder, name)
    if (restored === undefined || name !== basename(name) || existsSync(usual)) return usual
    const kept = join(restored.folder, 'secrets', name)
    return existsSync(kept) ? kept : usual
  }
}
