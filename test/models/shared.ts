/**
 * Test data that is no part of the repository: in BARNBOX_SHARED, or in `shared` beside the checkout.
 */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Box } from '../../daemon/types.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

export const sharedFolder = process.env['BARNBOX_SHARED'] ?? path.join(root, '..', 'shared')
export const photoFolder = path.join(sharedFolder, 'data', 'photos')

/** For tap's `skip`: the reason, or false. */
export const withoutShared = existsSync(photoFolder) ? false : `no test data in ${sharedFolder}`

export const labelledPhotos = ['000000000049', '000000007281', '000000012748']
export const photoFile = (name: string) => path.join(photoFolder, `${name}.jpg`)

/** The labelled horses of a photo, in its pixels. */
export function labelledHorses(name: string, width: number, height: number): Box[] {
  const lines = readFileSync(path.join(photoFolder, `${name}.txt`), 'utf8')
    .trim()
    .split('\n')
  const horses = lines.map((line) => line.split(/\s+/).map(Number)).filter(([kind]) => kind === 17)
  return horses.map(([, cx = 0, cy = 0, w = 0, h = 0]) => [
    (cx - w / 2) * width,
    (cy - h / 2) * height,
    (cx + w / 2) * width,
    (cy + h / 2) * height,
  ])
}
