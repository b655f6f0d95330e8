/**
 * How hot the machine is, as Linux says it: zones in `/sys/class/thermal` with their trip points, in thousandths of a degree.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface Heat {
  /** The sensor's name. */
  readonly zone: string
  readonly celsius: number
  /** Degrees until the machine protects itself: it slows down, or goes off. */
  readonly marginCelsius: number
}

/** Where a zone names no such point. */
const usualLimit = 95
/** From these on the machine does something about it. */
const protecting = new Set(['hot', 'critical'])

/** The zone that is nearest to its limit; undefined where nothing measures. */
export async function readHeat(folder = '/sys/class/thermal'): Promise<Heat | undefined> {
  const names = await readdir(folder).catch(() => [])
  const zones = names.filter((name) => name.startsWith('thermal_zone'))
  const heats = await Promise.all(zones.map((name) => zoneHeat(join(folder, name))))
  return heats.filter((heat) => heat !== undefined).sort((a, b) => a.marginCelsius - b.marginCelsius)[0]
}

async function zoneHeat(zone: string): Promise<Heat | undefined> {
  const text = (file: string) =>
    readFile(join(zone, file), 'utf8').then(
      (all) => all.trim(),
      () => '',
    )
  const celsius = degrees(await text('temp'))
  if (celsius === undefined) return undefined
  const files = await readdir(zone).catch(() => [])
  const points = files.flatMap((file) => /^trip_point_(\d+)_type$/.exec(file)?.[1] ?? [])
  const limits = await Promise.all(
    points.map(async (n) =>
      protecting.has(await text(`trip_point_${n}_type`))
        ? degrees(await text(`trip_point_${n}_temp`))
        : undefined,
    ),
  )
  const known = limits.filter((one): one is number => one !== undefined && one > 0)
  const marginCelsius = (known.length > 0 ? Math.min(...known) : usualLimit) - celsius
  return { zone: (await text('type')) || 'thermal zone', celsius, marginCelsius }
}

/** A sensor that is off says nothing, or something absurd. */
function degrees(text: string): number | undefined {
  const value = text === '' ? Number.NaN : Number(text) / 1000
  return value > -60 && value < 300 ? value : undefined
}
