/**
 * Ingredients of ours, each taken away by a wrapper around its room: what the room does without it is what it is worth.
 */
import { type Caretaker, caretaker } from './caretaker.ts'
import { type Photos, shownOtherwise } from './enrolment.ts'
import type { Ablation } from './ours.ts'
import { enrolment } from './parameters.ts'

/** A nominal interval where the time of pictures is not looked at. */
const nominalMs = 200

const noPhotos = (): Photos => new Map()
const namesAlone: Caretaker = (_, __, { names }) => new Map(names)

export const ablations: Readonly<Record<string, Ablation>> = {
  /** Pictures are counted, their time is not looked at. */
  time: {
    tracker(tracker) {
      let frames = 0
      return {
        update: (detections) => tracker.update(detections, ++frames * nominalMs),
        renew: (id) => tracker.renew(id),
        resume: (...asked) => tracker.resume(...asked),
        get state() {
          return tracker.state
        },
        get live() {
          return tracker.live
        },
      }
    },
  },
  /** A horse is what it looked like when it was founded, one vector of it: by no photos either. */
  prototypes: {
    photos: noPhotos,
    identity: (identity) => ({
      ...identity,
      foundingLooks: (id) => identity.foundingLooks(id).slice(0, 1),
      lesson: () => null,
    }),
  },
  /** Nothing is learnt after a horse was founded. */
  learning: { identity: (identity) => ({ ...identity, lesson: () => null }) },
  /** Looks are compared as they are: plain cosines, with one threshold. */
  space: { rules: (rules) => ({ ...rules, isPlain: true }) },
  /** Where a horse was seen last says nothing. */
  places: { identity: (identity) => ({ ...identity, seen: () => {} }) },
  /** Looks by infrared light are taken for others. */
  infrared: {
    identity: (identity) => ({
      ...identity,
      addLook: (stream, id, { look, ...taken }) =>
        identity.addLook(stream, id, { ...taken, look: { ...look, infrared: false } }),
    }),
  },
  /** The horses are known by what the camera saw alone. */
  photos: { photos: noPhotos },
  /** The photos are given with the names, when the camera has seen the horses for two visits each. */
  'photos at first': { photosAreLate: true },
  /** The telephone shows every horse otherwise than the camera does. */
  'photos of its kind': { photos: (photos) => shownOtherwise(photos, enrolment.otherwise) },
  /** The caretaker corrects nothing: what was seen of each identity mostly is its name. */
  corrections: { caretaker: namesAlone },
  'corrections and photos': { photos: noPhotos, caretaker: namesAlone },
  /** The caretaker puts right what was seen of horses, and does not answer for what was seen of nobody. */
  answers: { caretaker: caretaker({ unknowns: false }) },
  /** Each tracklet is decided by itself: a horse may be in two places. */
  'one-to-one': {
    identity: (identity) => ({
      ...identity,
      decide: (stream, live) => live.flatMap((id) => identity.decide(stream, [id])),
    }),
  },
  /** What the tracker is not sure of is believed. */
  doubt: { identity: (identity) => ({ ...identity, doubt: () => {} }) },
}
