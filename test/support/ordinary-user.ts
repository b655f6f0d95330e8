/**
 * Servers run as they do on a farm: by somebody who is not root, whoever runs the tests.
 */
import { chownSync } from 'node:fs'

/** Nobody: any user that is not root will do. */
const nobody = 65_534
export const isRoot = process.getuid?.() === 0

/** What a program is spawned with. */
export const as: { readonly uid?: number; readonly gid?: number } = isRoot ? { uid: nobody, gid: nobody } : {}
/** Who its files belong to. */
export const owner = as.uid ?? process.getuid?.() ?? 0

/** Lets the server have a file or folder. */
export function give(path: string): void {
  if (isRoot) chownSync(path, nobody, nobody)
}
