/**
 * Measures one thing against a peer or a limit, both in the same run.
 *
 *   npm run bench -- NAME [--quick] [--json]
 *
 * A bench is a file in scripts/bench/ that exports `run({quick}): Promise<Record<string, number>>`; the figures' names end
 * in their unit. It may also export `faults(): string[]`, what did not hold of that which the figures rest on: any of it
 * makes the exit code 1, and so does a figure that is missing, or beyond its limit (`bench/parts/limits.ts`) but in a quick
 * run. A promise that is known not to be reached says NOT KEPT, and fails a run only where it has become worse. With --json
 * the last line is one object `{bench, figures, machine}`.
 */
import { readdirSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { isKept, mayPass, missing, promised, required } from './bench/parts/limits.ts'

const folder = fileURLToPath(new URL('./bench/', import.meta.url))

const HELP = `usage: npm run bench -- NAME [--quick] [--json]
       npm run bench -- --list

  --quick   few rounds: rough figures, but soon
  --json    also prints the figures as one JSON object, as the last line
  --list    prints the names of the benches
`

type Figures = Readonly<Record<string, number>>

const benches = (): string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -3))
    .sort()

function machine(): object {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memory_gb: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform}-${process.arch}`,
    node: process.versions.node,
  }
}

/** Four significant digits: more are noise. */
const short = (value: number) => Number(value.toPrecision(4))

function table(figures: Figures): string {
  const width = Math.max(...Object.keys(figures).map((name) => name.length))
  return Object.entries(figures)
    .map(([name, value]) => `${name.padEnd(width)}  ${String(value).padStart(10)}${besides(name, value)}\n`)
    .join('')
}

function besides(name: string, value: number): string {
  const limit = promised(name)
  return limit && `  ${limit}${isKept(name, value) ? '' : ': NOT KEPT'}`
}

async function measure(name: string, json: boolean, quick: boolean): Promise<void> {
  const { run, faults } = (await import(pathToFileURL(`${folder}${name}.ts`).href)) as {
    run(wish: { quick: boolean }): Promise<Figures>
    faults?(): string[]
  }
  const measured = Object.entries(await run({ quick }))
  const figures = Object.fromEntries(measured.map(([key, value]) => [key, short(value)]))
  process.stdout.write(table(figures))
  const broken = quick ? [] : Object.entries(figures).filter((one) => !mayPass(...one))
  const beyond = broken.map(([key, value]) => `${key} is ${value}: it must be ${required(key)}`)
  const unmeasured = missing(name, figures).map((key) => `${key} was not measured`)
  for (const fault of [...(faults?.() ?? []), ...beyond, ...unmeasured]) {
    process.stderr.write(`bench: ${fault}\n`)
    process.exitCode = 1
  }
  if (json) process.stdout.write(`${JSON.stringify({ bench: name, figures, machine: machine() })}\n`)
}

function options(): {
  name: string | undefined
  json: boolean
  quick: boolean
  list: boolean
  help: boolean
} {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (positionals.length > 1) throw new Error(`one bench at a time, not ${positionals.join(', ')}`)
  const [name] = positionals
  const known = benches()
  if (name !== undefined && !known.includes(name))
    throw new Error(`no bench ${name}; there are ${known.join(', ')}`)
  if (name === undefined && !values.list && !values.help) throw new Error(`which? ${known.join(', ')}`)
  return { name, ...values }
}

/** The wish, or undefined after saying what is wrong with it. */
function wished(): ReturnType<typeof options> | undefined {
  try {
    return options()
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 2
    return undefined
  }
}

const wish = wished()
if (wish?.help) process.stdout.write(HELP)
else if (wish?.list) process.stdout.write(`${benches().join('\n')}\n`)
else if (wish?.name !== undefined) await measure(wish.name, wish.json, wish.quick)
