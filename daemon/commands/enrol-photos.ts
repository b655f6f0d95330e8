/**
 * Which photos of a folder are of which horse: a folder or a file for each, by its name.
 */
import { type Dirent, readdirSync, statSync } from 'node:fs'
import { basename, extname, join, resolve } from 'node:path'
import { photoQuery } from '../http/checks.ts'
import { BarnboxError } from '../lib/errors.ts'

/** A photo's file, and the name of the horse that it is said to be of. */
export interface PhotoFile {
  readonly file: string
  readonly name: string
}

/** HEIC is listed so that it is refused in words. */
const extensions = ['.jpg', '.jpeg', '.png', '.webp', '.avif', '.heic', '.heif']
/** More would take days, and are a folder that was not meant. */
const mostPhotos = 5000

const isPhoto = (name: string) => extensions.includes(extname(name).toLowerCase())

/**
 * The photos below a folder, by name: `Thunder/*.jpg` and `Thunder.jpg` are Thunder's. With `name` all of the folder
 * itself are that horse's. Other files are passed over. Throws `FILE_MISSING`, and `BAD_REQUEST` where there is none, or
 * a name that no horse can have.
 */
export function listPhotos(folder: string, name?: string): PhotoFile[] {
  const photos = name === undefined ? byName(folder) : filesOf(folder, name)
  if (photos.length === 0) {
    throw new BarnboxError('BAD_REQUEST', `${folder} holds no photos (${extensions.slice(0, 5).join(' ')})`)
  }
  if (photos.length > mostPhotos) {
    throw new BarnboxError('BAD_REQUEST', `${folder} holds ${photos.length} photos; ${mostPhotos} are taken`)
  }
  return photos.map(({ file, name }) => ({ file, name: nameOf(name, file) }))
}

function byName(folder: string): PhotoFile[] {
  return entriesOf(folder).flatMap((entry) => {
    const file = join(folder, entry)
    if (isFolder(file)) return filesOf(file, basename(resolve(file)))
    return isPhoto(entry) ? [{ file, name: entry.slice(0, -extname(entry).length) }] : []
  })
}

function filesOf(folder: string, name: string): PhotoFile[] {
  return entriesOf(folder)
    .filter(isPhoto)
    .map((entry) => ({ file: join(folder, entry), name }))
    .filter(({ file }) => !isFolder(file))
}

/** In an order that is the same everywhere, hidden ones left out. */
function entriesOf(folder: string): string[] {
  let entries: Dirent[]
  try {
    entries = readdirSync(folder, { withFileTypes: true })
  } catch (cause) {
    throw new BarnboxError('FILE_MISSING', `the folder ${folder} cannot be read`, { cause })
  }
  return entries
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('.'))
    .sort()
}

/** A link that leads nowhere is no folder: reading it says what is wrong. */
function isFolder(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false
}

/** As the API takes it, which says what is wrong with it. */
function nameOf(name: string, file: string): string {
  const result = photoQuery.safeParse({ name: name.normalize('NFC') })
  if (result.success) return result.data.name
  const why = result.error.issues.map(({ message }) => message).join('; ')
  throw new BarnboxError('BAD_REQUEST', `${file} names no horse: ${why}`)
}
