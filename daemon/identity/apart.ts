/**
 * Which horses are two, by when and where they were seen (pure): together in the pictures of a camera, or at one time before
 * cameras that look at different places.
 */
import type { HorseId, StreamId } from '../types.ts'

/** From when to when somebody was seen, UTC ms. */
export type Span = readonly [fromMs: number, toMs: number]

/** And before which camera. */
export type Seen = readonly [...Span, streamId: StreamId]

/** Whether two cameras look at one place; a camera and itself do. */
type Overlap = (one: StreamId, other: StreamId) => boolean

/** A sighting may end late, and a horse is not before two cameras at once. */
const lateMs = 2000

/** Whether two were ever seen at the same time: in one picture, where one span ends as the other begins. In any order. */
export function wereTogether(some: readonly Span[], others: readonly Span[]): boolean {
  const tagged = [some, others].flatMap((spans, whose) => spans.map(([from, to]) => ({ from, to, whose })))
  const latest = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const { from, to, whose } of tagged.sort((a, b) => a.from - b.from)) {
    if (from <= (latest[1 - whose] as number)) return true
    latest[whose] = Math.max(latest[whose] as number, to)
  }
  return false
}

/** Whether two were ever seen as two. */
export function wereApart(some: readonly Seen[], others: readonly Seen[], overlap: Overlap): boolean {
  const [mine, theirs] = [byCamera(some), byCamera(others)]
  return [...mine].some(([one, spans]) =>
    [...theirs].some(([other, more]) => {
      if (one === other) return wereTogether(spans, more)
      return !overlap(one, other) && wereTogether(spans.map(sooner), more.map(sooner))
    }),
  )
}

const byCamera = (seen: readonly Seen[]): Map<StreamId, Span[]> =>
  new Map(
    [...Map.groupBy(seen, ([, , streamId]) => streamId)].map(([streamId, spans]) => [
      streamId,
      spans.map(([from, to]) => [from, to]),
    ]),
  )

const sooner = ([from, to]: Span): Span => [from, Math.max(from, to - lateMs)]

/** When and where a horse was seen. */
export interface Sighted {
  readonly horseId: HorseId
  readonly span: Seen
}

/** The pairs of horses that were ever seen as two, of sightings in any order. */
export function pairsApart(sightings: readonly Sighted[], overlap: Overlap): (readonly [HorseId, HorseId])[] {
  const pairs = new Map<string, readonly [HorseId, HorseId]>()
  let going: readonly Sighted[] = []
  for (const one of [...sightings].sort((a, b) => a.span[0] - b.span[0])) {
    going = going.filter(({ span }) => span[1] >= one.span[0])
    for (const { horseId, span } of going) {
      if (horseId === one.horseId || !wereApart([span], [one.span], overlap)) continue
      const pair =
        horseId < one.horseId ? ([horseId, one.horseId] as const) : ([one.horseId, horseId] as const)
      pairs.set(pair.join(' '), pair)
    }
    going = [...going, one]
  }
  return [...pairs.values()]
}
