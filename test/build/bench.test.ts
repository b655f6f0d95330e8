/**
 * The bench harness's way of speaking, with its quickest bench, and that the others give the figures they are known by.
 * Times are not tested here: machines differ.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { isKept, mayPass, missing, promised, required } from '../../scripts/bench/parts/limits.ts'
import { middle } from '../../scripts/bench/parts/statistics.ts'

t.setTimeout(300_000)

const root = fileURLToPath(new URL('../..', import.meta.url))

function bench(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = ['-u', 'NODE_OPTIONS', process.execPath, 'scripts/bench.ts', ...args]
  return new Promise((resolve) => {
    execFile('env', command, { cwd: root }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr })
    })
  })
}

t.test('prints a table, then one object as the last line', async (t) => {
  const { code, stdout, stderr } = await bench('gate', '--json')
  t.equal(code, 0, stderr)
  const lines = stdout.trimEnd().split('\n')
  const { bench: name, figures, machine } = JSON.parse(lines.at(-1) ?? '')
  t.equal(name, 'gate')
  t.match(machine, { cores: Number, node: process.versions.node })
  for (const [key, value] of Object.entries(figures)) {
    t.match(key, /^[a-z0-9_]+$/)
    t.ok(Number.isFinite(value), key)
    t.ok(
      lines.some((line) => line.startsWith(`${key} `)),
      `${key} stands in the table`,
    )
  }
})

t.test('the middle of measurements is as sure as their mean, and no single one misleads it', (t) => {
  const off = [0.9, 1.1, 0.95, 1.05, 1, 1.02, 0.98]
  t.match(middle(off).toFixed(2), '1.00')
  t.match(middle([...off, 100]).toFixed(2), /^1\.0[0-3]$/)
  t.equal(middle([1, 2]), 1.5)
  t.equal(middle([3]), 3)
  t.end()
})

t.test('a figure beyond its limit is said so', (t) => {
  t.ok(isKept('tfjs_speedup', 3))
  t.notOk(isKept('tfjs_speedup', 2.99))
  t.ok(isKept('worker_overhead_ratio', 1.1))
  t.notOk(isKept('worker_overhead_ratio', 1.11))
  t.notOk(isKept('worker_overhead_ratio', Number.NaN))
  t.ok(isKept('ten_viewers_ratio', 1.99))
  t.notOk(isKept('ten_viewers_ratio', 2))
  t.ok(isKept('detector_bare_ms', 1e6), 'nothing is promised of it')
  t.same(
    [promised('tfjs_speedup'), promised('client_kb_gz'), promised('detector_bare_ms')],
    ['at least 3', 'at most 25', ''],
  )
  t.end()
})

t.test('a promise that is not reached yet fails a run only where it has become worse', (t) => {
  for (const [figure, kept, reached, worse] of [
    ['stranger_named_rate', 0.02, 0.03, 0.06],
    ['known_named_rate', 0.8, 0.78, 0.74],
    ['returns_same_id_rate_easy', 0.99, 0.985, 0.97],
  ] as const) {
    const of = (ask: (figure: string, value: number) => boolean) =>
      [kept, reached, worse, Number.NaN].map((value) => ask(figure, value))
    t.same(of(isKept), [true, false, false, false], `${figure}: kept`)
    t.same(of(mayPass), [true, true, false, false], `${figure}: may pass`)
  }
  t.same(
    [promised, required].map((words) => ['known_named_rate', 'stranger_named_rate'].map(words)),
    [
      ['at least 0.8', 'at most 0.02'],
      ['at least 0.75', 'at most 0.05'],
    ],
  )
  for (const [figure, kept, beyond] of [
    ['wrong_name_minutes_ratio', 0.2, 0.21],
    ['idf1_lead', 0.1, 0.09],
    ['ten_viewers_ratio', 1.99, 2],
  ] as const) {
    t.same([mayPass(figure, kept), mayPass(figure, beyond)], [true, false], `${figure} is hard`)
    t.equal(required(figure), promised(figure))
  }
  t.end()
})

t.test('what is promised and was not measured is said so', (t) => {
  const measured = { live_cpu_ratio: 21, ten_viewers_ratio: 1.5 }
  t.same(missing('live', measured), ['live_latency_p50_ms'])
  t.same(missing('live', { ...measured, live_latency_p50_ms: 300 }), [])
  t.same(missing('registry', { match_vs_vec_ratio: 0.5 }), ['match_vs_vss_ratio'], 'without sqlite-vss')
  t.same(missing('gate', {}), [])
  t.end()
})

t.test('lists its benches and refuses others', async (t) => {
  const { stdout } = await bench('--list')
  t.same(stdout, 'alerts\ncrop\ncrowd\ngate\nidentity\nlive\nmodels\npipeline\nregistry\nsoak\nsync\nweb\n')
  for (const wrong of [['nope'], [], ['--jsn'], ['registry', 'models'], ['../bench']]) {
    const { code, stderr } = await bench(...wrong)
    t.equal(code, 2, wrong.join(' '))
    t.match(stderr, /^bench: /)
  }
  t.match(
    (await bench('nope')).stderr,
    /no bench nope; there are alerts, crop, crowd, gate, identity, live, models, pipeline, registry, soak, sync, web/,
  )
})

t.test('models, quickly, gives its figures', async (t) => {
  const { code, stdout, stderr } = await bench('models', '--quick', '--json')
  t.equal(code, 0, stderr)
  const { figures } = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')
  for (const figure of ['worker_overhead_ratio', 'int8_speedup', 'tfjs_speedup', 'event_loop_p99_ms'])
    t.ok(figures[figure] > 0, `${figure} ${figures[figure]}`)
  for (const [figure, value] of Object.entries(figures)) t.ok(Number.isFinite(value), figure)
})
