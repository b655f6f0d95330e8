/**
 * Where a program lies on this machine.
 */
import { access, constants, stat } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

/** The first executable file of that name in a PATH list. */
export async function findExecutable(
  name: string,
  pathList: string | undefined,
): Promise<string | undefined> {
  for (const folder of (pathList ?? '').split(delimiter)) {
    // An empty entry means the working directory: never trusted.
    if (folder !== '' && (await isExecutable(join(folder, name)))) return join(folder, name)
  }
  return undefined
}

/** Whether the path is a file that this process may execute. */
export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}
