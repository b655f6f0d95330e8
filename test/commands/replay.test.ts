import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import t from 'tap'
import { ringFolderOf } from '../../daemon/barn-replay.ts'
import { type Replay, replay } from '../../daemon/commands/replay.ts'
import { sayReplay } from '../../daemon/commands/replay-flags.ts'
import { loadConfig } from '../../daemon/config/load.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { openRegistry, registryFile } from '../../daemon/registry/registry.ts'
import { openRing } from '../../daemon/replay/ring.ts'
import type { SeenBy, SeenFrame } from '../../daemon/replay-types.ts'
import type { Box, HorseId } from '../../daemon/types.ts'
import { axis, cropOf } from '../identity/vectors.ts'
import { by, north, startMs } from '../replay/seen.ts'

const never = new AbortController().signal
const options = { keepMs: 1e9, quotaBytes: { seen: 1e9, pictures: 1e9 }, pictureMs: 0 }
const stand: Box = [300, 200, 700, 600]

/** A state folder in which Bella is known and expected in stall 1. */
function newState() {
  const stateDir = mkdtempSync(join(tmpdir(), 'barnbox-replay-test-'))
  using registry = openRegistry(registryFile(stateDir), silentLog, 'none')
  const { embedder } = by
  if (!embedder) throw new Error('an embedder was expected')
  registry.embedders.note(embedder)
  registry.embedders.use(embedder.id)
  const looks = registry.openLooks(embedder)
  const horse = registry.horses.create({ streamId: north, seenMs: startMs, confidence: 1, standing: 'horse' })
  for (let n = 0; n < 5; n++) looks.add(north, lookOf(horse.id))
  registry.horses.updateHorseDetails(horse.id, { name: 'Bella' }, { actor: null, nowMs: startMs })
  const corners = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ] as const
  registry.stalls.add(
    { streamId: north, kind: 'stall', name: '1', corners, expected: [horse.id] },
    { actor: null, nowMs: startMs },
  )
  const config = join(stateDir, 'barnbox.yaml')
  writeFileSync(config, 'cameras: [{id: north, url: "rtsp://127.0.0.1/x"}]\nidentity: {compare: plain}\n')
  return { stateDir, config }
}

const lookOf = (horseId: HorseId) => ({
  ...{ horseId, vector: axis(0), jpeg: cropOf(axis(0)), quality: 100, infrared: false },
  ...{ camera: north, takenMs: startMs },
})

/** Bella for five minutes, then nobody for twenty, every two seconds, as the daemon's ring keeps it. */
async function keepNight(stateDir: string, more: Partial<SeenBy> = {}): Promise<void> {
  // A monotonic clock knows parts of milliseconds.
  const time = { nowMs: 0.25 }
  const clock = { utcMs: () => Math.round(startMs + time.nowMs), monoMs: () => time.nowMs }
  await using ring = openRing(options, { folder: ringFolderOf(stateDir), clock, log: silentLog }, never)
  ring.state(north, 'live')
  const keeper = ring.begin({ ...by, ...more })
  for (let second = 2; second <= 1500; second += 2) keeper.keep(frameAt(second, second <= 300))
}

const frameAt = (second: number, isThere: boolean): SeenFrame => ({
  ...{
    streamId: north,
    takenMs: second * 1000 + 0.5,
    sceneMs: second * 1000 + 0.5,
    width: 1280,
    height: 720,
  },
  detections: isThere ? [{ box: stand, score: 0.9, kind: 'horse', label: 'horse' }] : [],
  looks: isThere ? [{ box: stand, look: { vector: axis(0), sharpness: 100 } }] : [],
})

const known = newState()
t.before(() => keepNight(known.stateDir))

const hashOf = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex')

function ask({ stateDir, config }: ReturnType<typeof newState>, settings: Record<string, string> = {}) {
  const [now, asked] = [{}, settings].map((more) => loadConfig(config, more).config)
  if (!now || !asked) throw new Error('two configs were expected')
  const span = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, cameras: [] }
  return replay({ ...span, now, asked, stateDir, zone: 'UTC' }, never)
}

t.test('the same settings give the same rows, byte for byte, and change nothing', async (t) => {
  const before = hashOf(registryFile(known.stateDir))
  const [once, again] = [await ask(known), await ask(known)]
  t.equal(JSON.stringify(again), JSON.stringify(once))
  t.equal(hashOf(registryFile(known.stateDir)), before)
  t.same(once.frames, { now: 750, asked: 750 })
  const [bella, ...others] = once.rows.horses
  t.match(bella, { horse: 'north_horse_001', name: 'Bella', isNew: false })
  t.ok((bella?.now ?? 0) > 4.8 && (bella?.now ?? 0) <= 5, `named for ${bella?.now} minutes`)
  t.equal(bella?.asked, bella?.now)
  t.same(others, [])
  t.match(once.rows.alerts, [
    { kind: 'horse_missing', stall: '1', horse: 'Bella', now: { toMs: null }, asked: { toMs: null } },
  ])
})

t.test('another rule tells earlier, or not at all', async (t) => {
  const alertOf = ({ rows }: Replay) => rows.alerts[0]
  const sooner = await ask(known, { BARNBOX__ALERTS__RULES__HORSE_MISSING__AFTER_SECONDS: '60' })
  const [now, asked] = [alertOf(sooner)?.now, alertOf(sooner)?.asked]
  t.equal((now?.fromMs ?? 0) - (asked?.fromMs ?? 0), 540_000)
  const off = await ask(known, { BARNBOX__ALERTS__ENABLED: 'false' })
  t.match(off.rows.alerts, [{ now: { toMs: null }, asked: null }])
})

t.test(
  'what the page has changed of the rules holds in both, but where something else is asked for',
  async (t) => {
    const state = newState()
    await keepNight(state.stateDir)
    const beginOf = async (settings: Record<string, string> = {}) => {
      const { now, asked } = (await ask(state, settings)).rows.alerts[0] ?? {}
      return [now?.fromMs, asked?.fromMs] as const
    }
    const [usual = 0] = await beginOf()
    {
      using registry = openRegistry(registryFile(state.stateDir), silentLog, 'none')
      const wishes = { rules: { horse_missing: { after_seconds: 120 } } }
      registry.settings.set(
        'alert_wishes',
        JSON.stringify({ version: 1, wishes, changedMs: startMs, changedBy: 'anna' }),
      )
    }
    const sooner = usual - 480_000
    t.same(await beginOf(), [sooner, sooner])
    t.same(await beginOf({ BARNBOX__ALERTS__RULES__HORSE_MISSING__SEVERITY: 'info' }), [sooner, sooner])
    t.same(await beginOf({ BARNBOX__ALERTS__RULES__HORSE_MISSING__AFTER_SECONDS: '60' }), [
      sooner,
      sooner - 60_000,
    ])
  },
)

t.test('other thresholds recognise otherwise', async (t) => {
  const blind = await ask(known, { BARNBOX__VISION__THRESHOLD: '0.95' })
  t.match(blind.rows.horses, [{ name: 'Bella', asked: null }])
  const strict = await ask(known, { BARNBOX__IDENTITY__LOOKS_TO_DECIDE: '20' })
  const [bella] = strict.rows.horses
  t.ok((bella?.asked ?? 9) < (bella?.now ?? 0), 'it is named later')
})

t.test('what nobody knew is founded in the replay only', async (t) => {
  const state = newState()
  {
    using registry = openRegistry(registryFile(state.stateDir), silentLog, 'none')
    for (const { id } of registry.horses.all()) registry.horses.remove(id, startMs)
  }
  await keepNight(state.stateDir)
  const { rows } = await ask(state)
  t.match(rows.horses, [{ horse: 'north_horse_002', isNew: true }])
  using registry = openRegistry(registryFile(state.stateDir), silentLog, 'none')
  t.same(registry.horses.all(), [])
})

t.test('other models look at the pictures that are kept', async (t) => {
  const state = newState()
  {
    const clock = { utcMs: () => startMs, monoMs: () => 0 }
    const folder = ringFolderOf(state.stateDir)
    await using ring = openRing({ ...options, pictureMs: 1 }, { folder, clock, log: silentLog }, never)
    const jpeg = await sharp({ create: { width: 320, height: 240, channels: 3, background: '#777' } })
      .jpeg()
      .toBuffer()
    const keeper = ring.begin(by)
    for (let n = 1; n <= 5; n++) keeper.keep(frameAt(n * 10, true), jpeg)
  }
  const graph = join(import.meta.dirname, '../../node_modules/@vladmandic/human/models/centernet.json')
  const { frames, rows, notes } = await ask(state, { BARNBOX__VISION__DETECTOR: graph })
  t.same(frames, { now: 5, asked: 5 })
  t.match(notes, [/kept pictures only/])
  t.same(rows.horses, [], 'nothing is on them, whatever was seen at the time')
})

t.test('nothing is kept, or nothing that can be run', async (t) => {
  const state = newState()
  await t.rejects(ask(state), { code: 'REPLAY_EMPTY', message: /nothing is kept/ })
  const embedder = { ...(by.embedder as NonNullable<SeenBy['embedder']>), id: 'another@1' }
  await keepNight(state.stateDir, { embedder })
  await t.rejects(ask(state), { code: 'REPLAY_EMPTY', message: /another embedder/ })
})

t.test('the command: a table, JSON, and what it refuses', async (t) => {
  const said: string[] = []
  const place = {
    stateDir: known.stateDir,
    say: (text: string) => void said.push(text),
    load: (file: string | undefined, more: object) => loadConfig(file ?? known.config, { ...more }),
  }
  const nowMs = startMs + 3600_000
  await sayReplay({ set: ['alerts.rules.horse_missing.after_seconds=60'] }, place, nowMs, never)
  t.match(said[0], /Bella \(north_horse_001\) +[45]\.\d min +[45]\.\d min/)
  t.match(said[0], /horse_missing 1 Bella +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d to the end/)
  await sayReplay({ from: '1h', camera: ['north'], json: true }, place, nowMs, never)
  t.match(JSON.parse(said[1] ?? ''), { cameras: ['north'], horses: [{ name: 'Bella', is_new: false }] })
  const refused = (flags: object, code: string) =>
    t.rejects(sayReplay(flags, place, nowMs, never), { code }, JSON.stringify(flags))
  await refused({ from: 'yesterday' }, 'BAD_REQUEST')
  await refused({ from: '1h', to: '2h' }, 'BAD_REQUEST')
  await refused({ set: ['nothing'] }, 'BAD_REQUEST')
  await refused({ set: ['no.such.key=1'] }, 'CONFIG_INVALID')
  await refused({ camera: ['south'] }, 'REPLAY_EMPTY')
})
