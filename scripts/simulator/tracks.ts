/**
 * Identity without tracking: the looks of one horse in one visit as one faultless tracklet, asked of the daemon's identity
 * room against the horses it was taught in the enrolment.
 */
import type { Rules } from '../../daemon/identity/identity.ts'
import { createIdentity, type Identity } from '../../daemon/identity/identity.ts'
import { worthALook } from '../../daemon/identity/look-gate.ts'
import { scopes } from '../../daemon/pipeline/scope.ts'
import type { Box, HorseId, Look, StreamId, TrackletId } from '../../daemon/types.ts'
import type { CoatSetting } from './embedding.ts'
import type { Answer } from './score/open-set.ts'
import { picture } from './stall/geometry.ts'
import type { Plan } from './stall/plan.ts'
import { play, type StallModel } from './stall/stall.ts'

export interface Track {
  readonly horse: number
  readonly enrolment: boolean
  readonly looks: readonly Taken[]
}

interface Taken {
  readonly look: Look
  readonly box: Box
  readonly monoMs: number
}

const scopeOf = scopes('stream')
const stall = 'stall' as StreamId
/** What is kept of a look; nobody looks at it again. */
const noPixels = new Uint8Array(0)
const fps = 2

/** Every horse's looks of each visit, one a second at most, of boxes that the look gate lets pass. */
export function tracksOf(plan: Plan, coats: CoatSetting, model: StallModel): Track[] {
  const tracks = new Map<string, { horse: number; enrolment: boolean; looks: Taken[] }>()
  for (const frame of play(plan, coats, fps, model)) {
    const boxes = frame.found.map(({ box }) => box)
    for (const found of frame.found) {
      if (found.horse === null) continue
      const key = `${frame.visit}/${found.horse}`
      const enrolment = plan.visits[frame.visit]?.enrolment ?? false
      const track = tracks.get(key) ?? { horse: found.horse, enrolment, looks: [] }
      tracks.set(key, track)
      const lastLookMs = track.looks.at(-1)?.monoMs ?? null
      if (lastLookMs !== null && frame.atMs - lastLookMs < 1000) continue
      const candidate = { box: found.box, need: 'undecided' as const, lastLookMs, stillMs: 0 }
      if (worthALook(candidate, boxes, picture.width, frame.atMs) !== 'evidence') continue
      track.looks.push({ look: { ...frame.look(found), crop: noPixels }, box: found.box, monoMs: frame.atMs })
    }
  }
  return [...tracks.values()].filter(({ looks }) => looks.length > 0)
}

/** What is asked of each track. */
export interface Question {
  readonly rules: Rules
  /** Looks of it that are shown. */
  readonly looks: number
  /** Tracks of other cameras, whose horses are known there. */
  readonly elsewhere: readonly (readonly Track[])[]
}

/** Asks who each track after the enrolment is, by its first looks. */
export function askAll(plan: Plan, tracks: readonly Track[], asked: Question): Answer[] {
  const identity = createIdentity(asked.rules, [], () => true)
  for (const [at, others] of asked.elsewhere.entries()) teach(identity, `camera ${at}` as StreamId, others)
  teach(identity, stall, tracks)
  return tracks
    .filter(({ enrolment }) => !enrolment)
    .map(({ horse, looks }, at): Answer => {
      const id = `probe ${at}` as TrackletId
      const scopeId = scopeOf(stall)
      for (const taken of looks.slice(0, asked.looks))
        identity.addLook(scopeId, id, { ...taken, use: 'evidence' })
      const [said] = identity.decide(scopeId, [id])
      identity.end(id)
      return {
        truth: horse < plan.residents ? horse : null,
        nearest: said?.nearest ? Number(said.nearest) : null,
        accepted: said?.horseId !== null && said?.horseId !== undefined,
        score: said?.score ?? 0,
      }
    })
}

let lastId = 0

/** Makes every resident known at a camera, by looks of its enrolment. */
function teach(identity: Identity, streamId: StreamId, tracks: readonly Track[]): void {
  const scopeId = scopeOf(streamId)
  for (const [at, { horse, looks }] of tracks.filter(({ enrolment }) => enrolment).entries()) {
    const trackletId = `taught ${streamId} ${at}` as TrackletId
    for (const taken of looks) identity.addLook(scopeId, trackletId, { ...taken, use: 'evidence' })
    const horseId = String(horse) as HorseId
    const vectors = identity
      .foundingLooks(trackletId)
      .map(({ vector, infrared }) => ({ id: ++lastId, horseId, scopeId, vector, infrared }))
    identity.found(trackletId, horseId, vectors)
    identity.end(trackletId)
  }
}
