/**
 * A photo of a horse that a person names -> a look of that horse (pure): which animal is meant, what is kept, and why
 * nothing is.
 */
import { area, coverage } from '../lib/boxes.ts'
import { BarnboxError } from '../lib/errors.ts'
import type { Registry } from '../registry/registry.ts'
import type { StoredVector } from '../registry/vectors.ts'
import type {
  Box,
  By,
  Detection,
  EmbedderKind,
  Enrolled,
  Horse,
  Look,
  Picture,
  ScopeOf,
  StreamId,
} from '../types.ts'
import type { Eyes } from './stream.ts'

/** What is needed of the vision room. */
export interface PhotoEyes extends Pick<Eyes, 'detect' | 'embed' | 'thumbnail'> {
  /** The picture of a photo's bytes. Throws `NOT_A_PICTURE`. */
  photo(photo: Uint8Array): Promise<Picture>
}

/** Whose photo a person gives. */
export interface PhotoOf {
  /** Where the horse is known, and founded if it is not. */
  readonly streamId: StreamId
  /** The horse's; the same name in the same scope is the same horse. */
  readonly name: string
  /** As the registry makes it of the photo's bytes. */
  readonly fingerprint: string
  readonly by: By
}

/** What was seen in a photo. */
export interface SeenPhoto {
  readonly look: Look & { readonly crop: Uint8Array }
  readonly avatar: { readonly jpeg: Uint8Array; readonly score: number }
}

type Book = Pick<Registry, 'horses' | 'crops' | 'vectors' | 'photos' | 'embedders' | 'atomically'> & {
  /** Which cameras know their horses together: one name is one horse there. */
  readonly scopeOf: ScopeOf
}

/** The vision reference, section 6: smaller boxes do not teach. */
const shortestSide = 96
/** A second horse of at least this share of the largest one's area may be the one that is meant. */
const rivalShare = 0.6
/** A box that lies so much within the largest one is a second box of the same animal. */
const withinShare = 0.75
/**
 * Photos kept of one horse: all sides of it, on two days. They are never let go of, and a gallery of forty looks must have room for
 * what the barn's own cameras show.
 */
export const mostPhotos = 16
/** A photo more like one that is kept teaches nothing new: as in the gallery. */
const tooAlike = 0.97

/** The horse that a photo is of. Throws `PHOTO_REFUSED` where nobody can say which, or it shows too little. */
export function horseIn(detections: readonly Detection[]): Detection {
  const horses = detections.filter(({ kind }) => kind === 'horse')
  const [largest, ...others] = horses.sort((a, b) => area(b.box) - area(a.box))
  if (!largest) throw refused('There is no horse to be seen.')
  const rivals = others.filter(
    ({ box }) => area(box) >= rivalShare * area(largest.box) && coverage(box, largest.box) < withinShare,
  )
  if (rivals.length > 0) {
    throw refused(`${rivals.length + 1} horses are of about the same size: nobody can say which is meant.`)
  }
  const [width, height] = sidesOf(largest.box)
  if (!(Math.min(width, height) >= shortestSide)) {
    throw refused(`The horse is too small: ${Math.round(width)}x${Math.round(height)} pixels.`)
  }
  return largest
}

function sidesOf([x1, y1, x2, y2]: Box): readonly [number, number] {
  return [x2 - x1, y2 - y1]
}

/** Looks at a photo. Throws `NOT_A_PICTURE` and `PHOTO_REFUSED`. */
export async function lookAtPhoto(photo: Uint8Array, eyes: PhotoEyes): Promise<SeenPhoto> {
  const picture = await eyes.photo(photo)
  const { box, score } = horseIn(await eyes.detect(picture))
  const [look] = await eyes.embed(picture, [box], [true])
  if (!look?.crop) throw refused('The horse cannot be looked at.')
  const jpeg = await eyes.thumbnail(picture, box)
  return { look: { ...look, crop: look.crop }, avatar: { jpeg, score: score * area(box) } }
}

/**
 * What is known of a photo before anybody looks at it; undefined where nothing is. Throws `PHOTO_REFUSED` where it is
 * another horse's, or where the name says nothing.
 */
export function knownPhoto({ streamId, name, fingerprint }: PhotoOf, book: Book): Enrolled | undefined {
  const horse = horseCalled(name, streamId, book)
  const scopeId = book.scopeOf(streamId)
  const holder = book.photos.holdersOf(fingerprint).find((one) => book.scopeOf(one.streamId) === scopeId)
  if (holder === undefined) return undefined
  if (holder.horseId === horse?.id) return { outcome: 'known', horse, isNew: false, hasNewAvatar: false }
  const other = book.horses.get(holder.horseId)
  throw refused(`This photo is of ${other?.name ?? `horse #${other?.number}`} already.`)
}

/** Keeps what was seen, in one transaction; `stored` is the vector that others do not know of yet. */
export function keepPhoto(
  seen: SeenPhoto,
  of: PhotoOf,
  kind: EmbedderKind,
  book: Book,
): { readonly enrolled: Enrolled; readonly stored: StoredVector | null } {
  return book.atomically(() => {
    // Somebody may have given the same one while it was looked at.
    const known = knownPhoto(of, book)
    if (known) return { enrolled: known, stored: null }
    const before = horseCalled(of.name, of.streamId, book)
    const outcome = before ? worthOf(seen, before, kind, book) : 'kept'
    const horse = before ?? newHorse(of, book)
    const stored = outcome === 'kept' ? storeLook(seen, horse, of, kind, book) : null
    const hasNewAvatar = book.horses.updateAvatar(horse.id, seen.avatar)
    const after = book.horses.get(horse.id) ?? horse
    return { enrolled: { outcome, horse: after, isNew: !before, hasNewAvatar }, stored }
  })
}

function worthOf({ look }: SeenPhoto, { id }: Horse, kind: EmbedderKind, book: Book): Enrolled['outcome'] {
  const { count, vectors } = book.photos.of(id, kind)
  const cosine = (other: Float32Array) =>
    other.reduce((sum, value, i) => sum + value * (look.vector[i] ?? 0), 0)
  if (vectors.some((other) => cosine(other) > tooAlike)) return 'alike'
  return count >= mostPhotos ? 'enough' : 'kept'
}

/** A person says that it is there: it has a name, and is a resident. */
function newHorse({ streamId, name, by }: PhotoOf, { horses }: Book): Horse {
  const { id } = horses.create({ streamId, seenMs: by.nowMs, confidence: 0, standing: 'horse' })
  horses.updateHorseDetails(id, { name }, by)
  return horses.setOfficial(id, true, by)
}

function storeLook(
  { look }: SeenPhoto,
  { id: horseId, streamId }: Horse,
  { fingerprint, by }: PhotoOf,
  kind: EmbedderKind,
  { crops, vectors, embedders }: Book,
): StoredVector {
  const { vector, crop, sharpness: quality } = look
  embedders.note(kind)
  const kept = { horseId, jpeg: crop, quality, takenMs: by.nowMs, isAnchor: true }
  const lookId = crops.add({ ...kept, photo: fingerprint })
  const id = vectors.add(kind, lookId, vector)
  if (id === undefined) throw new BarnboxError('INTERNAL', 'a new look already has a vector')
  return { id, horseId, streamId, vector, quality, isAnchor: true }
}

/** Names are the same whatever their case, and however their accents are written. */
const plain = (name: string) => name.normalize('NFC').toLowerCase()

function horseCalled(name: string, streamId: StreamId, { horses, scopeOf }: Book): Horse | undefined {
  const called = horses
    .all()
    .filter((horse) => scopeOf(horse.streamId) === scopeOf(streamId))
    .filter((horse) => horse.name !== null && plain(horse.name) === plain(name))
  if (called.length > 1)
    throw refused(`${called.length} horses are called ${name}: give them names apart first.`)
  return called[0]
}

function refused(message: string): BarnboxError {
  return new BarnboxError('PHOTO_REFUSED', message)
}
