/**
 * A replay as a person reads it (pure).
 */
import type { Replay } from './replay.ts'
import type { AlertRow, HorseRow, ToldSpan } from './replay-rows.ts'

type Clocked = (utcMs: number) => string

export function replayText(replay: Replay, clocked: Clocked): string {
  const { span, cameras, frames, rows } = replay
  const head = [
    `${clocked(span.fromMs)} to ${clocked(span.toMs)}, ${cameras.join(', ')}: ${frames.now} pictures`,
    ...replay.notes,
  ]
  const horses = [
    ['horse', 'as it is', 'as asked'],
    ...rows.horses.map(horseLine),
    ['nobody known', minutes(rows.unknown.now), minutes(rows.unknown.asked)],
  ]
  const alerts = [
    ['alert', 'as it is', 'as asked'],
    ...rows.alerts.map((row) => alertLine(row, clocked)),
    ...(rows.alerts.length === 0 ? [['none', '', '']] : []),
  ]
  return [...head, '', ...table(horses), '', ...table(alerts)].join('\n')
}

const minutes = (value: number | null) => (value === null ? '-' : `${value.toFixed(1)} min`)

const horseLine = ({ horse, name, isNew, now, asked }: HorseRow): string[] => [
  `${name === horse ? name : `${name} (${horse})`}${isNew ? ', new' : ''}`,
  minutes(now),
  minutes(asked),
]

function alertLine({ kind, camera, stall, horse, now, asked }: AlertRow, clocked: Clocked): string[] {
  const about = [stall ?? camera, horse].filter((one) => one !== null)
  return [[kind, ...about].join(' '), spanText(now, clocked), spanText(asked, clocked)]
}

const spanText = (span: ToldSpan | null, clocked: Clocked) =>
  span === null ? '-' : `${clocked(span.fromMs)} to ${span.toMs === null ? 'the end' : clocked(span.toMs)}`

/** The first column to the left, in columns as wide as they need be. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = [0, 1, 2].map((at) => Math.max(...rows.map((row) => [...(row[at] ?? '')].length)))
  return rows.map((row) =>
    row
      .map((cell, at) => `${cell}${' '.repeat(Math.max(0, (widths[at] ?? 0) - [...cell].length))}`)
      .join('   ')
      .trimEnd(),
  )
}
