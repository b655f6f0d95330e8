/** Another embedder is chosen: the daemon goes on with the old one, prepares the new one, and forgets no horse. */
import Database from 'better-sqlite3'
import t from 'tap'
import { registryFile } from '../../daemon/registry/registry.ts'
import { type Box, startBox } from '../../scripts/demonstration/box.ts'
import { watchFrames } from '../../scripts/demonstration/watch.ts'
import { barnbox } from '../commands/cli.ts'
import { startRtspCamera } from '../support/rtsp.ts'
import { slowEmbedder } from '../support/slow-embedder.ts'
import {
  type HorseAnswer,
  horsesOf,
  nameHorse,
  noSystem,
  stateFolder,
  swayClip,
  until,
  untilHorses,
} from './harness.ts'

const skip = await noSystem()
if (skip) {
  t.plan(0, skip)
  process.exit()
}
t.setTimeout(300_000)

const camera = await startRtspCamera({ '/cam': await swayClip() })
t.teardown(() => camera[Symbol.asyncDispose]())
const config = { http: { port: 0 }, cameras: [{ id: 'yard', url: camera.url('/cam') }] }
const stateDir = await stateFolder(t)
const models = (...args: string[]) => barnbox(['models', ...args], { BARNBOX_STATE_DIR: stateDir })
const start = () => startBox({ config, stateDir })

const embedding = 'an embedder looks at the kept crops'
const changed = 'horses are known by another embedder'
const linesOf = (box: Box, message: string) => box.log.filter(({ msg }) => msg === message)

interface Row {
  readonly id: number
  readonly look_id: number | null
  readonly model: string
  readonly bytes: string
}

/** What is stored, read beside the daemon. */
function stored(): { rows: Row[]; looks: number; inUse: unknown } {
  const db = new Database(registryFile(stateDir), { readonly: true })
  const rows = db
    .prepare<[], Row>('SELECT id, look_id, model, hex(vector) AS bytes FROM vectors ORDER BY id')
    .all()
  const looks = Number(db.prepare('SELECT count(*) FROM looks').pluck().get())
  const inUse = db.prepare(`SELECT value FROM settings WHERE key = 'embedder'`).pluck().get()
  db.close()
  return { rows, looks, inUse }
}
const isNew = ({ model }: Row) => model.startsWith('second@')

const idsSeen = (frames: ReturnType<typeof watchFrames>['frames']) =>
  new Set(frames.flatMap(({ boxes }) => boxes.flatMap(({ horseId }) => horseId ?? [])) as string[])

let known: HorseAnswer[] = []
let begun: Row[] = []

t.test('horses are known by the built-in embedder', async (t) => {
  t.match(await models('import', slowEmbedder(), '--as', 'second'), { code: 0, stderr: '' })
  const box = await start()
  await untilHorses(box, 'yard', 3)
  await until('looks enough to be interrupted among', () => stored().looks >= 10, 90_000)
  known = await horsesOf(box, 'yard')
  for (const { id, number } of known) await nameHorse(box, 'yard', id, `Thunder ${number}`)
  t.equal(await box.end('SIGTERM'), 0)
  const { rows, inUse } = stored()
  t.ok(
    rows.every(({ look_id }) => look_id !== null),
    'every vector has its look',
  )
  t.equal(inUse, 'appearance-mnv3@1')
})

t.test('another one is chosen: the old one goes on; killed in the midst, nothing is lost', async (t) => {
  t.match(await models('use', 'second'), { code: 0 })
  const before = stored()
  const box = await start()
  using watch = watchFrames(box.url, 'yard')
  await until('the first looks', () => stored().rows.filter(isNew).length >= 2, 60_000)
  await until('a horse is known', () => known.some(({ id }) => idsSeen(watch.frames).has(id)), 60_000)
  await box.end('SIGKILL')
  const { rows, inUse, looks } = stored()
  begun = rows.filter(isNew)
  t.comment(`${begun.length} of ${looks} looked at when it was killed`)
  t.ok(begun.length > 0 && begun.length < looks, 'it was in the midst of it')
  t.equal(inUse, 'appearance-mnv3@1')
  const old = rows.filter((row) => !isNew(row))
  for (const row of before.rows.filter(({ id }) => old.some((one) => one.id === id))) {
    t.same(
      old.find(({ id }) => id === row.id),
      row,
    )
  }
})

t.test('the next start goes on where it was, changes over, and knows every horse', async (t) => {
  await using box = await start()
  using all = watchFrames(box.url, 'yard')
  await until('the change', () => linesOf(box, changed).length > 0, 120_000)
  t.match(linesOf(box, embedding)[0], { state: 're-embedding', from: 'appearance-mnv3@1' })
  t.ok(Number(linesOf(box, embedding)[0]?.['done']) >= begun.length - 1, 'what was done counts')
  const { rows, inUse } = stored()
  t.match(inUse, /^second@/)
  const now = new Map(rows.map((row) => [row.id, row]))
  const kept = begun.filter(({ id }) => now.has(id))
  t.ok(kept.length >= begun.length - 1, 'a horse may have let go of a look since')
  for (const row of kept) t.same(now.get(row.id), row, 'not made again')
  t.equal(linesOf(box, 'models loaded').at(-1)?.['embedder'], 'second')

  using watch = watchFrames(box.url, 'yard')
  await until('all are recognised', () => known.every(({ id }) => idsSeen(watch.frames).has(id)), 90_000)
  await until('some frames more', () => watch.frames.length >= 40, 90_000)
  const gaps = all.frames.map(({ utcMs }, at) => utcMs - (all.frames[at - 1]?.utcMs ?? utcMs))
  t.comment(`the longest time without an analysed frame: ${Math.max(...gaps)} ms`)
  t.same([...idsSeen(watch.frames)].sort(), known.map(({ id }) => id).sort(), 'and nobody else')
  t.same(
    (await horsesOf(box, 'yard')).map(({ id, number, name }) => [id, number, name]),
    known.map(({ id, number }) => [id, number, `Thunder ${number}`]),
  )
  t.same(
    box.log.filter(({ level }) => level === 'error'),
    [],
  )
  t.equal(await box.end('SIGTERM'), 0)
})

t.test('and so does the one after: nothing is left to do', async (t) => {
  await using box = await start()
  using watch = watchFrames(box.url, 'yard')
  await until('all are recognised', () => known.every(({ id }) => idsSeen(watch.frames).has(id)), 90_000)
  t.same(linesOf(box, embedding), [])
  t.equal((await horsesOf(box, 'yard')).length, known.length)
})
