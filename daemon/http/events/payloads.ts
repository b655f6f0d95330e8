/**
 * What the events carry: BarnHand's payloads, with the faults of its sender left out. Pure.
 */
import type { Facts } from '../../types.ts'
import { horseFacts } from '../api/horse-json.ts'
import type { Told } from '../openapi/told.ts'

/** `horses:detected`: only horses that were really sighted. */
export function detected(fact: Facts['horses-seen'], nowMs: number): Told<'horses:detected'> {
  return {
    streamId: fact.streamId,
    horses: fact.horses.map(horseFacts),
    timestamp: new Date(nowMs).toISOString(),
  }
}

/** `horses:updated`, of the camera that saw it last: a horse is new, was renamed, or got a better avatar. */
export function updated(fact: Facts['horse-changed'], nowMs: number): Told<'horses:updated'> {
  return {
    streamId: fact.horse.lastStreamId,
    horse: horseFacts(fact.horse),
    change: fact.change,
    timestamp: new Date(nowMs).toISOString(),
  }
}

/** `horses:removed`: a horse is deleted, or another name of one that stays. */
export function removed(fact: Facts['horse-gone'], nowMs: number): Told<'horses:removed'> {
  const { streamId, horseId, into } = fact
  return { streamId, horse_id: horseId, merged_into: into, timestamp: new Date(nowMs).toISOString() }
}
