/**
 * Stores a small, populated database as the registry of a checkout writes it, for the tests of the migrations.
 *
 *   git worktree add --detach DIR COMMIT && ln -s "$PWD/node_modules" DIR/node_modules
 *   scripts/on-node node scripts/store-schema.ts DIR
 *
 * Goes to test/registry/schemas/VERSION.db.gz. A new migration wants it of the last commit without that.
 */
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { mintId } from '../daemon/lib/ids.ts'
import { silentLog } from '../daemon/lib/log.ts'
import { inspectDatabase } from '../daemon/registry/database.ts'
import type { Looks, Registry } from '../daemon/registry/registry.ts'
import type { SightingUpdate } from '../daemon/registry/sightings.ts'
import type { ClipId, HorseId, Picture, SightingId, StreamId, TrackletId } from '../daemon/types.ts'
import { encodeCrop, encodeThumbnail } from '../daemon/vision/jpeg.ts'

const startMs = Date.UTC(2026, 10, 1)
const [yard, stall] = ['yard' as StreamId, 'box-2' as StreamId]
const kind = { id: 'stored@2', dim: 16, name: 'stored', preprocess: { width: 96 }, licence: 'MIT' }
const earlier = { ...kind, id: 'stored@1', dim: 8 }
const by = { actor: 'anna', nowMs: startMs + 3_600_000 }

/** The registry that a checkout has, spoken to as today's is; what differs is asked for by version. */
interface Old {
  readonly registry: Registry
  readonly version: number
  readonly jpegs: readonly Uint8Array[]
}

interface Known {
  readonly id: HorseId
  readonly sightings: readonly SightingId[]
}

async function main([checkout]: readonly string[]): Promise<void> {
  if (checkout === undefined) throw new Error('usage: store-schema.ts CHECKOUT')
  const module = pathToFileURL(resolve(checkout, 'daemon/registry/registry.ts')).href
  const { openRegistry } = (await import(module)) as typeof import('../daemon/registry/registry.ts')
  const folder = mkdtempSync(join(tmpdir(), 'barnbox-schema-'))
  const file = join(folder, 'barnbox.db')
  openRegistry(file, silentLog)[Symbol.dispose]()
  const { version } = inspectDatabase(file)
  const jpegs = await Promise.all([0, 1, 2, 3].map(picture))
  // Old registries open one embedder's looks, once.
  const before = within(openRegistry(file, silentLog), (registry) => addEarlier({ registry, version, jpegs }))
  within(openRegistry(file, silentLog), (registry) => populate({ registry, version, jpegs }, before))
  const out = new URL(`../test/registry/schemas/${version}.db.gz`, import.meta.url)
  writeFileSync(out, gzipSync(readFileSync(file), { level: 9 }))
  rmSync(folder, { recursive: true })
  process.stdout.write(`${out.pathname}\n`)
}

function within<T>(opened: Registry, work: (registry: Registry) => T): T {
  using registry = opened
  return work(registry)
}

/** A JPEG of a made-up horse: an avatar for the first, small crops for the others. */
async function picture(seed: number): Promise<Uint8Array> {
  const [width, height] = [64, 48]
  const pixels = Uint8Array.from(
    { length: width * height * 1.5 },
    (_, i) => 60 + ((i * (seed + 3)) % 97) + ((i % width) >> 1),
  )
  const taken: Picture = { format: 'nv12', width, height, pixels }
  if (seed === 0) return await encodeThumbnail(taken, [8, 8, 56, 40])
  return await encodeCrop(taken, { x1: 8, y1: 8, x2: 40, y2: 32 })
}

function populate(old: Old, before: HorseId): void {
  const { registry, version } = old
  if (version >= 2) addUsers(registry)
  const looks = registry.openLooks(kind)
  if (version >= 3) registry.embedders.use(kind.id)
  const horses = [0, 1, 2, 3, 4, 5, 6].map((n) => addHorse(old, looks, n))
  saveUnknown(registry)
  editHorses(old, horses)
  if (version >= 3) registry.vectors.add(earlier, 2, unit(earlier.dim, 5))
  if (version >= 4) correct(registry, horses)
  if (version >= 5) addTracks(registry, horses)
  if (version >= 8) addToken(registry)
  if (version >= 9) addClip(registry)
  if (version >= 10) addStalls(registry, horses)
  if (version >= 11) addAlerts(registry)
  if (version >= 13) hearOthers(registry, horses)
  registry.horses.remove(before, by.nowMs)
}

function addUsers({ users }: Registry): void {
  const passwordHash = `scrypt$16384$8$1$${'c2FsdA'.repeat(4)}$${'aGFzaA'.repeat(8)}`
  users.add({ name: 'anna', role: 'admin', passwordHash }, startMs)
  const { id } = users.add({ name: 'Björn', role: 'viewer', passwordHash }, startMs)
  users.change(id, { role: 'caretaker' })
}

/** A horse of the embedder before this one, which will be a tombstone. */
function addEarlier(old: Old): HorseId {
  const { registry, jpegs } = old
  const looks = registry.openLooks(earlier)
  const avatar = { jpeg: jpegs[0] as Uint8Array, score: 1 }
  const { id } = registry.horses.create({ streamId: yard, seenMs: startMs, confidence: 0.4, avatar })
  const look = { jpeg: jpegs[1] as Uint8Array, vector: unit(earlier.dim, 1), quality: 0.5, takenMs: startMs }
  looks.add(yard, { horseId: id, ...look })
  return id
}

/** Born of three looks, seen in two tracklets; its second look gives way to a better one. The sixth has no avatar. */
function addHorse({ registry, jpegs }: Old, looks: Looks, n: number): Known {
  const streamId = n % 3 === 2 ? stall : yard
  const atMs = startMs + n * 60_000
  const avatar = n === 5 ? undefined : { jpeg: jpegs[0] as Uint8Array, score: 0.8 * (n + 1) }
  const tracklets = [mintId<TrackletId>(), mintId<TrackletId>()] as const
  const lookAt = (horseId: HorseId, m: number) => {
    const jpeg = jpegs[1 + (m % 3)] as Uint8Array
    const vector = unit(kind.dim, n * 4 + m)
    return { horseId, trackletId: tracklets[0], jpeg, vector, quality: 0.25 * (m + 1), takenMs: atMs + m }
  }
  const { horse, ids } = registry.atomically(() => {
    const horse = registry.horses.create({ streamId, seenMs: atMs, confidence: 0.875, avatar })
    return { horse, ids: [0, 1, 2].map((m) => looks.add(streamId, lookAt(horse.id, m))) }
  })
  if (n % 2 === 0) looks.add(streamId, lookAt(horse.id, 3), ids[1])
  const sightings = tracklets.map((trackletId, m) => {
    const [fromMs, toMs] = [atMs + m * 20_000, atMs + m * 20_000 + 9000]
    const decided = { score: 0.9, secondScore: m === 0 ? null : 0.4, threshold: 0.75, margin: 0.05 }
    const decision = { kind: m === 0 ? 'created' : 'matched', ...decided, model: kind.id } as const
    const seen = { id: mintId<SightingId>(), streamId, trackletId, horseId: horse.id, decision }
    const update: SightingUpdate = { ...seen, fromMs, toMs, detections: 45, addedDetections: 45 }
    registry.sightings.save([{ ...update, toMs: fromMs + 1000, detections: 5, addedDetections: 5 }])
    registry.sightings.save([{ ...update, addedDetections: 40 }])
    return update.id
  })
  return { id: horse.id, sightings }
}

function saveUnknown(registry: Registry): void {
  const nobody = { score: null, secondScore: null, threshold: 0.75, margin: 0.05, model: null }
  const [id, trackletId] = [mintId<SightingId>(), mintId<TrackletId>()]
  const seen = { streamId: stall, horseId: null, fromMs: startMs, toMs: startMs + 400, detections: 3 }
  const decision = { kind: 'unknown', ...nobody } as const
  registry.sightings.save([{ id, trackletId, ...seen, addedDetections: 0, decision }])
}

function editHorses({ registry: { horses }, version, jpegs }: Old, known: readonly Known[]): void {
  const [a, b, c] = known.map(({ id }) => id) as [HorseId, HorseId, HorseId]
  // Before people's edits were stamped, the time alone was given.
  const edit = version >= 4 ? by : (by.nowMs as unknown as typeof by)
  horses.updateHorseDetails(a, { name: 'Donner', notes: 'kicks' }, edit)
  horses.updateHorseDetails(a, { name: 'Donner 🐴 \u202eٱ' }, edit)
  horses.updateHorseDetails(b, { name: 'x' }, edit)
  horses.updateHorseDetails(b, { name: null, notes: 'a; DROP TABLE horses' }, edit)
  horses.updateAvatar(c, { jpeg: jpegs[1] as Uint8Array, score: 1000 })
}

function correct({ corrections, horses }: Registry, known: readonly Known[]): void {
  const [a, b, c, d, e, f, g] = known as readonly [Known, Known, Known, Known, Known, Known, Known]
  horses.updateHorseDetails(a.id, { breed: 'Hanoverian', age: 12, coat: 'bay', gender: 'mare' }, by)
  horses.setOfficial(a.id, true, by)
  corrections.reassign(b.sightings[0] as SightingId, a.id, by)
  corrections.notThisHorse(d.sightings[0] as SightingId, by)
  const { correction } = corrections.incorrect(e.sightings[1] as SightingId, by)
  corrections.undo(correction.id, by)
  corrections.newHorse(b.sightings[1] as SightingId, by)
  corrections.merge(d.id, e.id, by)
  corrections.split(g.id, g.sightings.slice(1), by)
  corrections.remove(c.id, by)
  horses.promote([f.id], 2)
}

/** How a camera's tracker stood, and where a horse was; one look by infrared light, and one of a photo. */
function addTracks({ tracks, crops }: Registry, [, second]: readonly Known[]): void {
  const picture = { streamId: yard, atMs: by.nowMs, width: 640, height: 360 }
  tracks.put({ ...picture, state: { tracks: [] } })
  const { id: horseId } = second as Known
  tracks.place(horseId, [10, 20, 300, 340], picture)
  const look = { horseId, jpeg: Uint8Array.of(0xff, 0xd8, 0, 0xff, 0xd9), quality: 0.5, takenMs: by.nowMs }
  crops.add({ ...look, infrared: true, isAnchor: true, photo: 'a0'.repeat(32) })
}

function addToken({ tokens }: Registry): void {
  tokens.add({ name: 'Home Assistant', role: 'viewer', hash: new Uint8Array(32).fill(7) }, startMs)
}

function addClip({ clips }: Registry): void {
  const span = { streamId: yard, fromMs: startMs, toMs: startMs + 10_000 }
  const file = { file: 'yard/a.mp4', bytes: 1000, pictures: 250, isProtected: true }
  clips.add({ id: mintId<ClipId>(), ...span, ...file, frames: null })
}

/** One of them deleted; its name is another's. */
function addStalls({ stalls }: Registry, [first, second]: readonly Known[]): void {
  const corners = [
    [0.1, 0.2],
    [0.4, 0.2],
    [0.4, 0.9],
  ] as const
  const stall = { streamId: yard, kind: 'stall', name: 'Stall 1', corners, expected: [] } as const
  const { id } = stalls.add(stall, by)
  stalls.remove(id, by)
  const again = stalls.add({ ...stall, expected: [first, second].flatMap((one) => one?.id ?? []) }, by)
  stalls.change(again.id, { name: 'Box 1 🐴' }, by)
  stalls.add({ ...stall, kind: 'zone', name: 'Aisle' }, by)
}

/** One that was and was called useless, one that is and waits to be told. */
function addAlerts({ alerts, outbox }: Registry): void {
  const about = { streamId: yard, stallId: null, horseId: null, part: null, detail: 'no route' }
  const raise = (kind: 'camera_down' | 'person_at_night') =>
    alerts.raise(
      { kind, severity: 'warning', ...about, picture: Uint8Array.of(0xff, 0xd8) },
      ['mqtt'],
      startMs,
    )
  const { id } = raise('camera_down')
  alerts.clear(id, startMs + 60_000)
  alerts.judge(id, 'not_useful')
  const told = outbox.next('mqtt', startMs)
  if (told) outbox.sent(told.id, startMs + 1000)
  alerts.snooze(raise('person_at_night').id, by.nowMs, by)
}

/** Another box of the farm, its horse with a look, which was merged into one of this box. */
function hearOthers({ sync, corrections }: Registry, [first]: readonly Known[]): void {
  sync.outbox.begin(startMs)
  const [id, box] = [mintId<HorseId>(), 'a1b2c3d4e5f6']
  const founded = { id, box, stream: 'meadow', number: 1, color: '#2A9D8F', firstMs: startMs }
  const jpeg = Uint8Array.of(0xff, 0xd8, 7, 0xff, 0xd9)
  const crop = createHash('sha256').update(jpeg).digest('hex')
  const taken = { crop, quality: 0.5, takenMs: startMs, tracklet: mintId<TrackletId>(), photo: null }
  const flags = { gone: false, anchor: false, infrared: false }
  const data = new Uint8Array(unit(kind.dim, 40).buffer)
  const vectors = [{ model: kind.id, dim: kind.dim, data }]
  const look = { box, id: 1, horse: id, stream: 'meadow', ...taken, ...flags, vectors }
  const horse = { ...founded, confirmed: true, fields: {} }
  const heard = { horses: [horse], corrections: [], seen: [], looks: [look], blobs: new Map([[crop, jpeg]]) }
  sync.apply(heard, by.nowMs)
  corrections.merge(id, (first as Known).id, by)
}

function unit(dim: number, seed: number): Float32Array {
  const raw = Float32Array.from({ length: dim }, (_, i) => Math.sin((seed + 1) * (i + 1)))
  const norm = Math.hypot(...raw)
  return raw.map((value) => value / norm)
}

await main(process.argv.slice(2))
