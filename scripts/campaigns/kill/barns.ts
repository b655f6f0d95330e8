/**
 * Lives of the load, each ended by SIGKILL at a moment that chance picked, and what was left each time.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { type Db, openDatabase } from '../../../daemon/registry/database.ts'
import { encodeCrop, encodeThumbnail } from '../../../daemon/vision/jpeg.ts'
import { createRandom, type Random } from '../../simulator/random.ts'
import type { Fact } from './facts.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { readPictures } from './stable.ts'
import { fileFaults, halfWritten } from './whole.ts'

const load = fileURLToPath(new URL('load.ts', import.meta.url))
const schemas = new URL('../../../test/registry/schemas/', import.meta.url)

/**
 * When a life ends: under load; under load without people, who make the box store more often than it does by itself;
 * while the file is opened, made or migrated; while it is closed.
 */
export type Moment = 'load' | 'watch' | 'open' | 'birth' | 'migration' | 'close'

const mostLostMs = 1000

export interface Death {
  readonly moment: Moment
  /** After the load said that it is there. */
  readonly afterMs: number
  /** What was half written, forgotten, given twice, or lost beyond a second; nothing, where all is well. */
  readonly faults: readonly string[]
  /** The most of "last seen" that was lost of a horse. */
  readonly lostMs: number
  /** What it had said, in lines. */
  readonly said: number
}

interface Barn {
  readonly file: string
  readonly pictures: string
  readonly ledger: Ledger
}

interface Plan {
  readonly moment: Moment
  readonly afterMs: number
  /** Kill when it says next that it is about to store something. */
  readonly aimed: boolean
  readonly closeAfterMs?: number
}

/** Most of them under load; a barn grows old over so many deaths before another one is built. */
const moments: readonly Moment[] = [
  ...(['load', 'open', 'load', 'migration', 'load', 'close'] as const),
  ...(['load', 'birth', 'watch', 'load', 'migration', 'load'] as const),
]
const deathsOfABarn = 50

/** Kills so many lives and answers each death as it comes. The same seed picks the same moments. */
export async function* killLives(deaths: number, seed: string): AsyncGenerator<Death> {
  const folder = mkdtempSync(join(tmpdir(), 'barnbox-kill-'))
  try {
    const pictures = join(folder, 'pictures')
    await takePictures(pictures)
    const random = createRandom(seed)
    const build = (name: string): Barn => {
      mkdirSync(join(folder, name))
      return { file: join(folder, name, 'barnbox.db'), pictures, ledger: createLedger() }
    }
    let old = build('old-0')
    for (let n = 0; n < deaths; n++) {
      if (n > 0 && n % deathsOfABarn === 0) old = build(`old-${n}`)
      const plan = planOf(moments[n % moments.length] as Moment, random)
      if (plan.moment === 'birth') yield await live(build(`fresh-${n}`), plan, `${seed}-${n}`)
      else if (plan.moment === 'migration')
        yield await migrate(build(`stored-${n}`), plan, random, `${seed}-${n}`)
      else yield await live(old, plan, `${seed}-${n}`)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Between these ms after the load has said that it is there. */
const ranges = {
  ...{ load: [0, 900], watch: [900, 2500] },
  ...{ open: [0, 40], birth: [0, 60], migration: [0, 80], close: [0, 12] },
} as const satisfies Record<Moment, readonly [number, number]>

function planOf(moment: Moment, random: Random): Plan {
  const [fromMs, toMs] = ranges[moment]
  const afterMs = random.between(fromMs, toMs)
  const plan = { moment, afterMs, aimed: moment === 'load' && random.chance(0.6) }
  return moment === 'close' ? { ...plan, closeAfterMs: random.between(200, 600) } : plan
}

/** Small and large ones, of noise, so that many take several pages. */
async function takePictures(folder: string): Promise<void> {
  mkdirSync(folder)
  const random = createRandom('pictures')
  for (let n = 0; n < 12; n++) {
    const [width, height] = [320, 240]
    const pixels = Uint8Array.from({ length: width * height * 1.5 }, () => 100 + random.below(8 * n + 4))
    const picture = { format: 'nv12', width, height, pixels } as const
    const side = 40 + 14 * n
    const jpeg =
      n % 2 === 0
        ? await encodeCrop(picture, { x1: 0, y1: 0, x2: side, y2: side })
        : await encodeThumbnail(picture, [0, 0, side, side])
    writeFileSync(join(folder, `${String(n).padStart(2, '0')}.jpg`), jpeg)
  }
}

async function live(barn: Barn, plan: Plan, seed: string): Promise<Death> {
  const { said, words } = await runUntilKilled(barn, plan, seed)
  return inspect(barn, plan, said, words, (db) => halfWritten(db, readPictures(barn.pictures)))
}

/** The first start on a file of an old version: killed at whatever step, all of it is there at the next. */
async function migrate(barn: Barn, plan: Plan, random: Random, seed: string): Promise<Death> {
  const name = random.pick(storedSchemas())
  const stored = gunzipSync(readFileSync(new URL(name, schemas)))
  writeFileSync(barn.file, stored)
  const whole = `${barn.file}.whole`
  writeFileSync(whole, stored)
  const wanted = rowsOf(whole)
  const { said, words } = await runUntilKilled(barn, plan, seed)
  return inspect(barn, plan, said, words, (db) => {
    const left = countRows(db)
    const isLess = keptRows.some((from) => (left[from] ?? 0) < (wanted[from] ?? 0))
    return isLess
      ? [`of schema ${name} is left ${JSON.stringify(left)}, and was ${JSON.stringify(wanted)}`]
      : []
  })
}

/** Oldest first. */
const storedSchemas = () =>
  readdirSync(schemas).sort((one, other) => Number.parseInt(one, 10) - Number.parseInt(other, 10))

/** What every version has had, and no start takes away. */
const keptRows = ['horses', 'horse_names', 'sightings', "vectors WHERE model LIKE 'stored%'"] as const

/** How much a stored file holds once it has been migrated without a kill. */
function rowsOf(file: string): Record<string, number> {
  const db = openDatabase(file)
  try {
    return countRows(db)
  } finally {
    db.close()
  }
}

function countRows(db: Db): Record<string, number> {
  const count = (from: string) => db.prepare<[], number>(`SELECT count(*) FROM ${from}`).pluck().get() ?? 0
  return Object.fromEntries(keptRows.map((from) => [from, count(from)]))
}

/** Opens what was left as the next start would. */
function inspect(
  { file, ledger }: Barn,
  { moment, afterMs }: Plan,
  said: number,
  words: readonly string[],
  look: (db: Db) => string[],
): Death {
  const death = { moment, afterMs, said }
  let db: Db
  try {
    db = openDatabase(file)
  } catch (error) {
    return { ...death, faults: [...words, `it does not open: ${error}`], lostMs: 0 }
  }
  try {
    const { faults, lostMs } = ledger.settle(db)
    const lost = lostMs > mostLostMs ? [`${lostMs} ms of last-seen lost`] : []
    return { ...death, faults: [...words, ...fileFaults(db), ...look(db), ...faults, ...lost], lostMs }
  } finally {
    db.close()
  }
}

const aims = {
  ...{ load: 'open', watch: 'open', close: 'closing' },
  ...{ open: 'opening', birth: 'opening', migration: 'opening' },
} as const satisfies Record<Moment, string>

/** Answers how much it said, and its last words, if it had any. */
async function runUntilKilled(
  { file, pictures, ledger }: Barn,
  { moment, afterMs, aimed, closeAfterMs }: Plan,
  seed: string,
): Promise<{ said: number; words: string[] }> {
  ledger.begin()
  // People let go of horses, and then a migrated file would hold less than it did.
  const who = moment === 'watch' || moment === 'migration' ? 'nobody' : 'people'
  const given = [file, pictures, seed, who, ...(closeAfterMs === undefined ? [] : [String(closeAfterMs)])]
  // Without NODE_OPTIONS: a test runner's module loader is not for the load.
  const child = spawn('env', ['-u', 'NODE_OPTIONS', process.execPath, load, ...given], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const words: string[] = []
  child.stderr.setEncoding('utf8').on('data', (text: string) => void words.push(text))
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve))
  let said = 0
  let isArmed = false
  const kill = () => child.kill('SIGKILL')
  const shoot = () => {
    if (aimed) isArmed = true
    else kill()
  }
  for await (const line of createInterface({ input: child.stdout })) {
    const fact = parse(line)
    if (!fact) continue
    said++
    ledger.take(fact)
    if (isArmed && ('about' in fact || ('at' in fact && fact.at === 'picture'))) kill()
    if ('at' in fact && fact.at === aims[moment]) void wait(afterMs).then(shoot)
  }
  const code = await closed
  // Closed before the kill came, it has ended by itself, and well.
  if (code !== null && !(code === 0 && moment === 'close')) words.push(`it ended by itself with ${code}`)
  return { said, words }
}

/** Undefined for a line that the kill has cut. */
function parse(line: string): Fact | undefined {
  try {
    return JSON.parse(line) as Fact
  } catch {
    return undefined
  }
}
