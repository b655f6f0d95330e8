/**
 * The tables `tracks` and `last_places`: how each camera's tracker stood at a frame, and where each horse was seen last.
 */
import type { Box, HorseId, LastPlace, StreamId } from '../types.ts'
import type { Db } from './database.ts'

/** A tracker at a frame. */
export interface SavedTracks {
  readonly streamId: StreamId
  /** When the frame was taken, UTC. */
  readonly atMs: number
  /** Of the picture that the boxes lie in. */
  readonly width: number
  readonly height: number
  /** JSON: read with care, it may be an older program's. */
  readonly state: unknown
}

export interface Tracks {
  get(streamId: StreamId): SavedTracks | undefined
  /** In place of what is there. */
  put(saved: SavedTracks): void
  /** A horse was seen in a picture: where, in its pixels. */
  place(horseId: HorseId, box: Box, picture: Omit<SavedTracks, 'state'>): void
  /** Where those horses were that were seen last on a stream, the newest first. */
  places(streamId: StreamId): LastPlace[]
}

interface Row {
  at_ms: number
  width: number
  height: number
  state: string
}

type PlaceRow = { horse_id: string; at_ms: number } & Record<'x1' | 'y1' | 'x2' | 'y2', number>

export function openTracks(db: Db): Tracks {
  const select = db.prepare<[string], Row>('SELECT * FROM tracks WHERE stream_id = ?')
  const upsert = db.prepare(
    `INSERT INTO tracks (stream_id, at_ms, width, height, state) VALUES (@streamId, @atMs, @width, @height, @json)
     ON CONFLICT (stream_id) DO UPDATE SET at_ms = @atMs, width = @width, height = @height, state = @json`,
  )
  // A horse may be deleted or merged while it is watched, and seen by another camera since.
  const upsertPlace = db.prepare(
    `INSERT INTO last_places (horse_id, x1, y1, x2, y2, at_ms, stream_id)
     SELECT id, @x1, @y1, @x2, @y2, @atMs, @streamId FROM living WHERE id = @horseId
     ON CONFLICT (horse_id) DO UPDATE SET x1 = @x1, y1 = @y1, x2 = @x2, y2 = @y2, at_ms = @atMs, stream_id = @streamId
       WHERE stream_id IS @streamId OR at_ms <= @atMs`,
  )
  const selectPlaces = db.prepare<[string], PlaceRow>(
    `SELECT p.* FROM last_places p JOIN living h ON h.id = p.horse_id WHERE p.stream_id = ?
     ORDER BY p.at_ms DESC, p.horse_id`,
  )
  return {
    get(streamId) {
      const row = select.get(streamId)
      if (!row) return undefined
      const { at_ms: atMs, width, height, state } = row
      return { streamId, atMs, width, height, state: JSON.parse(state) }
    },
    put: ({ state, ...saved }) => void upsert.run({ ...saved, json: JSON.stringify(state) }),
    place(horseId, [left, top, right, bottom], { streamId, atMs, width, height }) {
      const [x1, x2] = [left / width, right / width]
      const [y1, y2] = [top / height, bottom / height]
      upsertPlace.run({ horseId, streamId, x1, y1, x2, y2, atMs })
    },
    places: (streamId) =>
      selectPlaces.all(streamId).map(({ horse_id, x1, y1, x2, y2, at_ms }) => ({
        horseId: horse_id as HorseId,
        box: [x1, y1, x2, y2],
        atMs: at_ms,
      })),
  }
}
