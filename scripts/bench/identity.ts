/**
 * Which horse is it: the daemon's own chain beside BarnHand's rules and three trackers, on simulated stalls whose truth is
 * known; every run also measures that the simulator is as hard as life.
 */
import {
  brokenPromises,
  type Measured,
  mainSetting,
  measureIdentity,
  type Row,
  sharesOf,
  type TracksRow,
} from '../simulator/measure.ts'
import { seeds } from '../simulator/parameters.ts'

/** Shares are 0-1; settings: 5 pictures a second and mixed coats unless the name says otherwise. */
export async function run(): Promise<Record<string, number>> {
  measured = await measureIdentity(seeds.scoring)
  process.stdout.write(tables(measured))
  return figuresOf(measured)
}

/** What must hold for the figures to mean anything. */
export function faults(): string[] {
  return measured ? brokenPromises(measured) : []
}

let measured: Measured | undefined

/**
 * The figures by which identity is followed from release to release. Horses are named after photos and by the camera; what is compared with
 * others is measured without photos, for they take none.
 */
export function figuresOf({ hardness, rows }: Measured): Record<string, number> {
  const main = rows.filter(
    ({ setting }) => setting.coats === mainSetting.coats && setting.fps === mainSetting.fps,
  )
  const rowOf = (some: readonly Row[], name: string) => some.find(({ system }) => system === name) as Row
  // What is promised comes first, on all seeds.
  const promised = sharesOf(rowOf(main, 'ours').product)
  const easy = sharesOf(
    rowOf(
      rows.filter(({ setting }) => setting.coats === 'easy'),
      'ours',
    ).product,
  )
  const others = main.filter(({ system }) => !/^(ours|without )/.test(system))
  // The others can be given no photos.
  const ours = rowOf(main, 'without photos')
  const [own, theirs] = [sharesOf(ours.product), sharesOf(rowOf(main, 'barnhand_named').product)]
  const best = (of: (row: Row) => number) => Math.max(...others.map(of))
  const bestIdf1 = best(({ whole }) => whole.idf1)
  return {
    ids_per_horse: own.idsPerHorse,
    wrong_name_minutes_ratio: own.wrongMinutesPerHour / Math.max(theirs.wrongMinutesPerHour, 1e-9),
    idf1_ours: ours.whole.idf1,
    idf1_best_baseline: bestIdf1,
    idf1_lead: ours.whole.idf1 - bestIdf1,
    hota_ours: ours.whole.hota,
    hota_best_baseline: best(({ whole }) => whole.hota),
    stranger_named_rate: promised.strangerVisitsNamed,
    known_named_rate: promised.knownVisitsNamed,
    stranger_named_time_rate: promised.strangersNamed,
    known_named_time_rate: promised.knownNamed,
    returns_same_id_rate: promised.returnsSame,
    returns_same_id_rate_easy: easy.returnsSame,
    returns_other_id_rate_easy: easy.returnsOther,
    returns_wrong_id_rate_easy: easy.returnsWrong,
    simulator_top1: hardness.top1,
  }
}

function tables({ hardness, rows, tracks }: Measured): string {
  const settings = [
    ...Map.groupBy(rows, ({ setting: { coats, fps } }) => `${coats} coats, ${fps} pictures a second`),
  ]
  const hard = Object.entries(hardness).map(([name, value]) => `${name} ${value.toFixed(3)}`)
  return [
    `the simulator, by the protocol of 189 horses: ${hard.join(', ')}\n`,
    ...settings.map(([name, own]) => `\n${name}\n${table(head, own.map(line))}`),
    `\none faultless tracklet, horses known from the enrolment\n${table(trackHead, tracks.map(trackLine))}\n`,
  ].join('')
}

const head = `system|seeds|IDF1|HOTA|DetA|AssA|MOTA|IDSW|Frag|visits IDF1|ids/horse|wrong min/h|known named|strangers named|of visits|of strangers'|name after s|back 5 s|10 min|8 h|restart`

function line({ setting, system, whole, visits, product }: Row): (string | number)[] {
  const shares = sharesOf(product)
  const { seconds, minutes, hours, restart } = shares.returns
  const tracking = [whole.idf1, whole.hota, whole.detA, whole.assA, whole.mota]
  const counts = [String(whole.switches), String(whole.fragments)]
  const product_ = [shares.idsPerHorse, shares.wrongMinutesPerHour, shares.knownNamed, shares.strangersNamed]
  const visits_ = [shares.knownVisitsNamed, shares.strangerVisitsNamed]
  return [
    system,
    String(setting.seeds),
    ...tracking,
    ...counts,
    visits.idf1,
    ...product_,
    ...visits_,
    shares.nameAfterS,
    seconds,
    minutes,
    hours,
    restart,
  ]
}

const trackHead = 'coats|cameras|looks|top-1|BAKS|BAUS|AUROC of new|TPIR at 1 %|TPIR at 5 %|ECE'

function trackLine({ coats, cameras, looks, top1, openSet }: TracksRow): (string | number)[] {
  const { baks, baus, aurocNew, tpirAt1, tpirAt5, ece } = openSet
  return [coats, String(cameras), String(looks), top1, baks, baus, aurocNew, tpirAt1, tpirAt5, ece]
}

function table(header: string, lines: readonly (readonly (string | number)[])[]): string {
  const cells = [
    header.split('|'),
    ...lines.map((one) => one.map((cell) => (typeof cell === 'number' ? cell.toFixed(3) : cell))),
  ]
  const widths = header.split('|').map((_, at) => Math.max(...cells.map((one) => one[at]?.length ?? 0)))
  return cells
    .map((one) =>
      one
        .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
        .join('  '),
    )
    .map((one) => `${one.trimEnd()}\n`)
    .join('')
}
