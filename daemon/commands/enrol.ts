/**
 * `barnbox enrol FOLDER`: horses by the photos that people have of them.
 */
import { readFileSync, statSync } from 'node:fs'
import type { Loaded } from '../config/load.ts'
import { asBarnboxError, BarnboxError, type ErrorCode } from '../lib/errors.ts'
import { mostPhotoBytes } from '../vision/photo.ts'
import { askBox, type EnrolDesk, type Key, openDesk, type Taken } from './enrol-desk.ts'
import { listPhotos, type PhotoFile } from './enrol-photos.ts'

export interface EnrolOptions {
  readonly folder: string
  /** The camera that the horses belong to. */
  readonly camera: string
  /** Whose all photos of the folder are; by the names of folders and files when absent. */
  readonly name?: string | undefined
  /** A box elsewhere; this machine's when absent. */
  readonly url?: string | undefined
  /** What opens its door: a file with a token or pass, or a user with a file that holds the password. */
  readonly tokenFile?: string | undefined
  readonly user?: string | undefined
  readonly passwordFile?: string | undefined
}

export interface EnrolPlace {
  readonly stateDir: string
  readonly load: () => Loaded
}

/** A photo, and what became of it. */
export interface Enrolment extends PhotoFile {
  /** Which of all it is, from 1. */
  readonly at: number
  readonly of: number
  readonly result: Taken | BarnboxError
}

/** Faults of one photo: the others go on. */
const ofThePhoto: readonly ErrorCode[] = ['PHOTO_REFUSED', 'NOT_A_PICTURE', 'FILE_MISSING']

/** Takes every photo, one after the other, and tells of each. Throws what ends the work. */
export async function enrolFolder(
  options: EnrolOptions,
  place: EnrolPlace,
  onPhoto: (enrolment: Enrolment) => void,
  signal: AbortSignal,
): Promise<void> {
  const photos = listPhotos(options.folder, options.name)
  try {
    await using desk = await deskOf(options, place, signal)
    for (const [index, photo] of photos.entries()) {
      if (signal.aborted) return
      const result = await take(photo, desk)
      onPhoto({ ...photo, at: index + 1, of: photos.length, result })
    }
  } catch (thrown) {
    // What a stop cut short is no fault.
    if (!signal.aborted) throw thrown
  }
}

async function take({ file, name }: PhotoFile, desk: EnrolDesk): Promise<Taken | BarnboxError> {
  try {
    return await desk.enrol(readPhotoFile(file), name)
  } catch (thrown) {
    const error = asBarnboxError(thrown)
    if (ofThePhoto.includes(error.code)) return error
    throw error
  }
}

/** No more of a file is read than would be taken. */
function readPhotoFile(file: string): Uint8Array {
  try {
    if (statSync(file).size <= mostPhotoBytes) return readFileSync(file)
  } catch (cause) {
    throw new BarnboxError('FILE_MISSING', `${file} cannot be read`, { cause })
  }
  throw new BarnboxError('NOT_A_PICTURE', `A photo may have ${mostPhotoBytes / 1024 / 1024} MB.`)
}

async function deskOf(
  options: EnrolOptions,
  { stateDir, load }: EnrolPlace,
  signal: AbortSignal,
): Promise<EnrolDesk> {
  const { url, camera } = options
  const key = keyOf(options)
  if (url === undefined) return openDesk(load(), stateDir, key, camera, signal)
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new BarnboxError('BAD_REQUEST', '--url must be an address like http://barnbox.local:8480')
  }
  return askBox(url, key ?? { token: undefined }, camera, signal)
}

function keyOf({ tokenFile, user, passwordFile }: EnrolOptions): Key | undefined {
  if (tokenFile !== undefined) return { token: firstLine(tokenFile) }
  if (user === undefined && passwordFile === undefined) return undefined
  if (user === undefined || passwordFile === undefined) {
    throw new BarnboxError('BAD_REQUEST', '--user and --password-file belong together')
  }
  return { login: { name: user, password: firstLine(passwordFile) } }
}

function firstLine(file: string): string {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/, 1)[0] ?? ''
  } catch (cause) {
    throw new BarnboxError('FILE_MISSING', `cannot read ${file}`, { cause })
  }
}

const words: Readonly<Record<Taken['outcome'], string>> = {
  kept: 'taken',
  known: 'there already',
  alike: 'like one that is there',
  enough: 'the horse has photos enough',
}

/** A line for people. */
export function enrolmentText({ at, of, file, name, result }: Enrolment): string {
  const begin = `${at}/${of}  ${file}: `
  if (result instanceof BarnboxError) return `${begin}not taken: ${result.message}`
  const { horse, isNew, outcome } = result
  const who = `${name}, horse #${horse.number}`
  return `${begin}${words[outcome]} (${isNew ? `new: ${who}` : who})`
}

/** A line for programs. */
export function enrolmentJson({ file, name, result }: Enrolment): object {
  if (result instanceof BarnboxError) {
    return { file, name, outcome: 'refused', code: result.code, message: result.message, horse: null }
  }
  const { id, number } = result.horse
  return { file, name, outcome: result.outcome, is_new: result.isNew, horse: { id, number } }
}
