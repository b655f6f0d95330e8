/**
 * The rules of BarnHand's tracker, from their description (vision reference, section 1; registry reference, section 4):
 * boxes are matched with the last box alone; one vector a horse, an exponential mean; lost horses are known again for ten
 * seconds; with an official horse in the barn everybody else is pressed into one.
 */
import { assign } from '../../../daemon/lib/assignment.ts'
import { iou } from '../../../daemon/lib/boxes.ts'
import type { Box } from '../../../daemon/types.ts'
import { blend, unit } from '../embedding.ts'
import type { System } from '../system.ts'

export interface BarnHandOptions {
  /** Pictures a second of the video: its memory of a track that is not found counts pictures. */
  readonly fps: number
  /** Whether a horse that gets a name becomes official, as it does there; else names change nothing. */
  readonly namesAreOfficial: boolean
}

export interface Candidate {
  readonly box: Box
  readonly score: number
  /** How it looks: asked for only where BarnHand would. */
  look(): Float32Array
}

export interface BarnHand {
  /** What is given out: a detection without an id is not. */
  update(found: readonly Candidate[], atMs: number): { readonly box: Box; readonly id: string }[]
  /** These are official from now on. */
  makeOfficial(ids: readonly string[]): void
  /** A chunk of video ends: what is kept is half the old vector and half the new. */
  save(): void
  vectorOf(id: string): Float32Array | undefined
  readonly created: number
}

const leastIou = 0.3
const everyNth = 10
const oldWeight = 0.8
const savedWeight = 0.5
const officialAbove = 0.6
const officialScore = 0.7
const guestAbove = 0.7
const lostFrames = 30
const againMs = 10_000
const droppedMs = 30_000
const fastest = 200
/** What the detector must say at least: not told there; chosen in its favour, for boxes of nothing become horses. */
const detectAbove = 0.5

interface Horse {
  readonly id: string
  vector: Float32Array
  saved: Float32Array
  official: boolean
  /** Null when it is neither followed nor remembered. */
  track: { box: Box; lastMs: number; detections: number } | null
}

export function createBarnHand({ fps }: Pick<BarnHandOptions, 'fps'>): BarnHand {
  const horses: Horse[] = []
  let minted = 0
  const begin = ({ box, look }: Candidate, atMs: number): Horse => {
    const vector = look()
    const horse = {
      id: `horse-${++minted}`,
      vector,
      saved: vector,
      official: false,
      track: { box, lastMs: atMs, detections: 1 },
    }
    horses.push(horse)
    return horse
  }
  return {
    update(found, atMs) {
      forget(horses, atMs)
      const active = horses.filter(({ track }) => track && ((atMs - track.lastMs) / 1000) * fps <= lostFrames)
      const given = matchBoxes(active, found)
      const used = new Set(given.values())
      for (const [at, horse] of given) follow(horse, found[at] as Candidate, atMs)
      const officialMode = horses.some(({ official }) => official)
      found.forEach((candidate, at) => {
        if (given.has(at)) return
        const known = recognise(horses, active, used, candidate, atMs, officialMode)
        const horse = known ?? (officialMode ? undefined : begin(candidate, atMs))
        if (!horse) return
        if (known) takeOver(known, candidate, atMs)
        used.add(horse)
        given.set(at, horse)
      })
      return [...given].map(([at, { id }]) => ({ id, box: found[at]?.box as Box }))
    },
    makeOfficial(ids) {
      for (const horse of horses) horse.official ||= ids.includes(horse.id)
    },
    save() {
      for (const horse of horses) {
        horse.vector = mix(horse.saved, horse.vector, savedWeight)
        horse.saved = horse.vector
      }
    },
    vectorOf: (id) => horses.find((horse) => horse.id === id)?.vector,
    get created() {
      return minted
    },
  }
}

/** After half a minute a guest is gone for good; an official stays known, but is no longer followed. */
function forget(horses: Horse[], atMs: number): void {
  for (const horse of horses) if (horse.track && atMs - horse.track.lastMs > droppedMs) horse.track = null
}

function matchBoxes(active: readonly Horse[], found: readonly Candidate[]): Map<number, Horse> {
  const columns = assign(
    active.map(({ track }) =>
      found.map(({ box }) => {
        const overlap = track ? iou(track.box, box) : 0
        return overlap > leastIou ? 1 - overlap : 1e6
      }),
    ),
  )
  return new Map(columns.flatMap((at, row) => (at >= 0 ? [[at, active[row] as Horse] as const] : [])))
}

function follow(horse: Horse, { box, look }: Candidate, atMs: number): void {
  const detections = (horse.track?.detections ?? 0) + 1
  horse.track = { box, lastMs: atMs, detections }
  if (detections % everyNth === 0) horse.vector = mix(horse.vector, look(), oldWeight)
}

function takeOver(horse: Horse, { box, look }: Candidate, atMs: number): void {
  horse.vector = mix(horse.vector, look(), oldWeight)
  horse.track = { box, lastMs: atMs, detections: 1 }
}

/** An official that looks like it, else a guest lost just now, else (with officials in the barn) the nearest official at all. */
function recognise(
  horses: readonly Horse[],
  active: readonly Horse[],
  used: ReadonlySet<Horse>,
  { box, score, look }: Candidate,
  atMs: number,
  officialMode: boolean,
): Horse | undefined {
  const vector = look()
  const ranked = horses
    .filter((horse) => !used.has(horse))
    .map((horse) => ({ horse, similarity: cosine(horse.vector, vector) }))
    .sort((a, b) => b.similarity - a.similarity)
  const official = ranked.find(({ horse }) => horse.official)
  if (official && official.similarity > officialAbove && score >= officialScore) return official.horse
  const guest = ranked.find(({ horse, similarity }) => {
    if (horse.official || !horse.track || active.includes(horse) || similarity <= guestAbove) return false
    const seconds = (atMs - horse.track.lastMs) / 1000
    return seconds * 1000 <= againMs && distance(horse.track.box, box) < fastest * seconds
  })
  return guest?.horse ?? (officialMode ? official?.horse : undefined)
}

function mix(old: Float32Array, fresh: Float32Array, weight: number): Float32Array {
  return unit(
    blend(old.length, [
      [weight, old],
      [1 - weight, fresh],
    ]),
  )
}

function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let at = 0; at < a.length; at++) sum += (a[at] as number) * (b[at] as number)
  return sum
}

function distance(a: Box, b: Box): number {
  return Math.hypot(a[0] + a[2] - b[0] - b[2], a[1] + a[3] - b[1] - b[3]) / 2
}

export function openBarnHand(options: BarnHandOptions): System {
  const barn = createBarnHand(options)
  let visit = -1
  return {
    async show(frame) {
      if (frame.visit !== visit) barn.save()
      visit = frame.visit
      const found = frame.found
        .filter(({ score }) => score >= detectAbove)
        .map((one) => ({ box: one.box, score: one.score, look: () => frame.look(one).vector }))
      return barn.update(found, frame.atMs).map(({ id, box }) => ({ id, box, horse: id }))
    },
    // Its state lies in Redis and outlives a restart as it outlives the end of a chunk.
    restart() {},
    teach({ names }) {
      if (options.namesAreOfficial) barn.makeOfficial([...names.keys()])
      return names
    },
    get created() {
      return barn.created
    },
    [Symbol.dispose]() {},
  }
}
