/**
 * One camera's chain: frame -> boxes -> tracklets -> looks -> horses -> what the registry and the viewers are told.
 */
import type { Verdict } from '../identity/decide.ts'
import type { Identity, Taken } from '../identity/identity.ts'
import { type Candidate, isDoubtful, worthALook } from '../identity/look-gate.ts'
import { area } from '../lib/boxes.ts'
import type { Looks, Registry } from '../registry/registry.ts'
import type { Judged } from '../registry/whys.ts'
import type { Tracker, Tracklet } from '../tracking/tracker.ts'
import type {
  Analysed,
  Box,
  Detection,
  Frame,
  Horse,
  HorseId,
  Look,
  Picture,
  ScopeId,
  StreamId,
  TrackletId,
} from '../types.ts'
import type { Others } from './elsewhere.ts'
import type { SightingBook } from './sighting-book.ts'

/** What the chain needs of the vision room. */
export interface Eyes {
  detect(picture: Picture): Promise<Detection[]>
  /** In order; undefined where a box shows nothing. With its crop where `crops` says so. */
  embed(picture: Picture, boxes: readonly Box[], crops: readonly boolean[]): Promise<(Look | undefined)[]>
  /** The box's pixels as JPEG. */
  crop(picture: Picture, box: Box): Promise<Uint8Array>
  thumbnail(picture: Picture, box: Box): Promise<Uint8Array>
}

export interface StreamDeps {
  /** The cameras that know their horses together with this one. */
  readonly scopeId: ScopeId
  readonly eyes: Eyes
  readonly tracker: Tracker
  readonly others: Others
  readonly identity: Identity
  readonly looks: Looks
  readonly registry: Pick<Registry, 'horses' | 'atomically'>
  readonly book: SightingBook
  /** Told of a new horse or a better avatar, once it is stored. */
  onHorse(horse: Horse, change: 'new' | 'avatar'): void
}

/** An avatar is replaced only by a clearly better one: each is a write and a new picture on every screen. */
const betterAvatar = 1.1

/** Analyses one frame of a stream to its end. `takenMs` is when it was taken, where its own time is the scene's. */
export async function analyse(
  frame: Frame,
  deps: StreamDeps,
  takenMs: number = frame.monoMs,
): Promise<Analysed> {
  const detections = await deps.eyes.detect(frame)
  const { seen, ended } = deps.tracker.update(detections, frame.monoMs)
  for (const { id } of ended) end(id, deps)
  for (const { id, kind, unsure } of seen) if (unsure && kind === 'horse') deps.identity.doubt(id)
  const { horses, looked } = await look(
    frame,
    seen.filter(({ kind }) => kind === 'horse'),
    deps,
  )
  for (const tracklet of horses) {
    deps.identity.seen(frame.stream, tracklet.id, { box: tracklet.box, monoMs: frame.monoMs })
    if (isDoubtful(candidate(frame, tracklet, deps), frame.width)) deps.identity.doubt(tracklet.id)
  }
  const verdicts = decideAll({ stream: frame.stream, monoMs: takenMs }, horses, deps)
  for (const tracklet of horses) {
    deps.book.note(frame.stream, tracklet.id, verdicts.get(tracklet.id), frame.utcMs)
  }
  for (const one of looked) await remember(frame, one, verdicts, deps)
  const persons = seen.filter(({ kind }) => kind === 'person')
  return describe(frame, [...horses, ...persons], verdicts)
}

function end(id: TrackletId, { identity, book }: StreamDeps): void {
  identity.end(id)
  book.end(id)
}

/** The rest of a tracklet that turned out to be another animal, under its new id. */
function renew(tracklet: Tracklet, deps: StreamDeps): Tracklet {
  end(tracklet.id, deps)
  return deps.tracker.renew(tracklet.id) ?? tracklet
}

/** A tracklet and the look at it by which it is decided on. */
interface Looked {
  readonly tracklet: Tracklet
  readonly look: Look
  readonly use: 'evidence' | 'glimpse'
}

/** Embeds the boxes worth it. Answers all horses, renewed where a look said so, and those that are decided on by it. */
async function look(
  frame: Frame,
  horses: readonly Tracklet[],
  deps: StreamDeps,
): Promise<{ horses: Tracklet[]; looked: Looked[] }> {
  const boxes = horses.map(({ box }) => box)
  const chosen = horses.flatMap((tracklet) => {
    const one = candidate(frame, tracklet, deps)
    const use = worthALook(one, boxes, frame.width, frame.monoMs)
    // It may found a horse later, when these pixels are gone.
    return use === null ? [] : [{ tracklet, use, crop: one.need === 'undecided' && use === 'evidence' }]
  })
  if (chosen.length === 0) return { horses: [...horses], looked: [] }
  const looks = await deps.eyes.embed(
    frame,
    chosen.map(({ tracklet }) => tracklet.box),
    chosen.map(({ crop }) => crop),
  )
  const taken = chosen.flatMap((one, index) => {
    const look = looks[index]
    return look ? [{ ...one, look: { ...look, camera: frame.stream } }] : []
  })
  const after = new Map<Tracklet, Tracklet>()
  const looked: Looked[] = []
  for (const { tracklet, use, look } of taken) {
    const same = await take(frame, tracklet, { look, use }, deps)
    after.set(tracklet, same)
    if (use !== 'test') looked.push({ tracklet: same, look, use })
  }
  return { horses: horses.map((one) => after.get(one) ?? one), looked }
}

function candidate(frame: Frame, { id, box, stillSinceMs }: Tracklet, { identity }: StreamDeps): Candidate {
  return { box, stillMs: frame.monoMs - stillSinceMs, ...identity.lookState(id, box) }
}

/** Hands a look to identity; where it is of another animal, it becomes the first look of a new tracklet. */
async function take(
  frame: Frame,
  tracklet: Tracklet,
  seen: Pick<Taken, 'look' | 'use'>,
  deps: StreamDeps,
): Promise<Tracklet> {
  const taken = { ...seen, box: tracklet.box, monoMs: frame.monoMs }
  if (deps.identity.addLook(deps.scopeId, tracklet.id, taken) === 'same') return tracklet
  const fresh = renew(tracklet, deps)
  if (seen.use !== 'evidence') return fresh
  const crop = await cropOf(frame, tracklet, seen.look, deps)
  deps.identity.addLook(deps.scopeId, fresh.id, { ...taken, look: { ...seen.look, crop } })
  return fresh
}

/** The crop of a look that was taken in this frame. */
const cropOf = async (frame: Frame, { box }: Tracklet, { crop }: Look, { eyes }: StreamDeps) =>
  crop ?? (await eyes.crop(frame, box))

/** One decision for all live tracklets, hidden ones included: they hold on to their horse. */
function decideAll(
  { stream, monoMs }: Pick<Frame, 'stream' | 'monoMs'>,
  horses: readonly Tracklet[],
  deps: StreamDeps,
): Map<TrackletId, Verdict> {
  const seen = new Set(horses.map(({ id }) => id))
  const ids = new Set(seen)
  for (const { id, kind } of deps.tracker.live) if (kind === 'horse') ids.add(id)
  const elsewhere = deps.others.of(stream, monoMs)
  deps.others.note(stream, ids, seen, monoMs)
  return new Map(
    deps.identity.decide(deps.scopeId, [...ids], elsewhere).map((verdict) => [verdict.trackletId, verdict]),
  )
}

/** What a look leaves behind: what was thought of it, a new horse, a vector, an avatar. */
async function remember(
  frame: Frame,
  looked: Looked,
  verdicts: Map<TrackletId, Verdict>,
  deps: StreamDeps,
): Promise<void> {
  const { tracklet, use } = looked
  const verdict = verdicts.get(tracklet.id)
  if (!verdict) return
  if (use === 'glimpse') {
    if (verdict.horseId === null || !deps.book.wants(tracklet.id, frame.utcMs)) return
    // Why it has its name; the look that is kept for people is the next whole one.
    const judged = await judge(frame, looked, verdict, false, deps)
    if (judged) deps.book.judged(tracklet.id, judged)
    return
  }
  if (verdict.kind === 'new') {
    // Held against the horses that were known before it.
    const judged = await judge(frame, looked, verdict, true, deps)
    const horse = await found(frame, tracklet, verdict, deps)
    if (judged) deps.book.judged(tracklet.id, judged)
    verdicts.set(tracklet.id, { ...verdict, kind: 'matched', horseId: horse.id })
    return
  }
  const wanted = deps.book.wants(tracklet.id, frame.utcMs)
  if (wanted) {
    const judged = await judge(frame, looked, verdict, wanted === 'look', deps)
    if (judged) deps.book.judged(tracklet.id, judged)
  }
  if (verdict.horseId === null) return
  const lesson = deps.identity.lesson(deps.scopeId, verdict)
  if (lesson) {
    const { vector, sharpness, infrared, camera } = lesson.look
    const jpeg = await cropOf(frame, tracklet, lesson.look, deps)
    const seen = { trackletId: tracklet.id, camera, takenMs: frame.utcMs }
    const taught = { horseId: verdict.horseId, vector, jpeg, quality: sharpness, infrared, ...seen }
    const home = deps.registry.horses.get(verdict.horseId)?.streamId ?? frame.stream
    const id = deps.looks.add(home, taught, lesson.instead)
    deps.identity.learn(
      { id, horseId: verdict.horseId, scopeId: deps.scopeId, vector, infrared, camera },
      lesson.instead,
    )
  }
  await betterPicture(frame, tracklet, verdict.horseId, deps)
}

/** A look, and why its tracklet was given the horse that it was given, or none. */
async function judge(
  frame: Frame,
  { tracklet, look }: Looked,
  verdict: Verdict,
  isKept: boolean,
  deps: StreamDeps,
): Promise<Judged | undefined> {
  const reasons = deps.identity.why(deps.scopeId, verdict)
  if (!reasons) return undefined
  const kept = isKept ? { ...look, crop: await cropOf(frame, tracklet, look, deps) } : null
  return { kind: deps.looks.kind, look: kept, takenMs: frame.utcMs, reasons }
}

async function found(frame: Frame, tracklet: Tracklet, verdict: Verdict, deps: StreamDeps): Promise<Horse> {
  const jpeg = await deps.eyes.thumbnail(frame, tracklet.box)
  const streamId: StreamId = frame.stream
  const looks = deps.identity.foundingLooks(tracklet.id)
  const { horse, vectors } = deps.registry.atomically(() => {
    const horse = deps.registry.horses.create({
      streamId,
      seenMs: frame.utcMs,
      confidence: Math.max(0, verdict.score ?? 0),
      avatar: { jpeg, score: avatarScore(tracklet), takenMs: frame.utcMs },
    })
    const vectors = looks.map(({ vector, crop, sharpness, infrared, camera }) => {
      const seen = { trackletId: tracklet.id, camera, takenMs: frame.utcMs }
      const kept = { vector, jpeg: crop, quality: sharpness, infrared, ...seen }
      const id = deps.looks.add(streamId, { horseId: horse.id, ...kept })
      return { id, horseId: horse.id, scopeId: deps.scopeId, vector, infrared, camera }
    })
    return { horse, vectors }
  })
  deps.identity.found(tracklet.id, horse.id, vectors)
  deps.book.founded(tracklet.id, horse.id)
  deps.onHorse(horse, 'new')
  return horse
}

async function betterPicture(
  frame: Frame,
  tracklet: Tracklet,
  horseId: HorseId,
  deps: StreamDeps,
): Promise<void> {
  const score = avatarScore(tracklet)
  if (score < deps.registry.horses.avatarScore(horseId) * betterAvatar) return
  const jpeg = await deps.eyes.thumbnail(frame, tracklet.box)
  if (!deps.registry.horses.updateAvatar(horseId, { jpeg, score, takenMs: frame.utcMs })) return
  const horse = deps.registry.horses.get(horseId)
  if (horse) deps.onHorse(horse, 'avatar')
}

/** The registry's measure of a frame: confidence x box area. */
function avatarScore({ score, box }: Tracklet): number {
  return score * area(box)
}

function describe(
  frame: Frame,
  seen: readonly Tracklet[],
  verdicts: ReadonlyMap<TrackletId, Verdict>,
): Analysed {
  return {
    streamId: frame.stream,
    seq: frame.seq,
    utcMs: frame.utcMs,
    width: frame.width,
    height: frame.height,
    boxes: seen.map(({ id, kind, box, score }) => {
      const verdict = verdicts.get(id)
      const horseId = verdict?.horseId ?? null
      const certainty = horseId === null ? null : (verdict?.score ?? null)
      return { box, score, kind, trackletId: id, certainty, horseId }
    }),
  }
}
