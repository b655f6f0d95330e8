/**
 * The documents keep to what there is: every link, path, script, command, variable and topic they name exists.
 */
import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { parse } from 'yaml'
import { configSchema } from '../../daemon/config/schema.ts'
import { topicsOf } from '../../daemon/mqtt/topics.ts'
import type { AlertKind } from '../../daemon/presence-types.ts'
import type { HorseId, StallId, StreamId } from '../../daemon/types.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const documents = globSync('{*.md,docs/**/*.md,models/*.md}', { cwd: root }).sort()
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, found = '']) => found)

/** Where the tree begins: a name in backticks that starts so is a path in it. */
const tops = 'daemon|web|models|config|scripts|systemd|test|docs|bin'
const path = new RegExp(`\`((?:${tops})/[^\`\\s]*|build\\.ts|package\\.json|biome\\.json|\\.npmrc)`, 'g')
/** In shell blocks, where no backticks stand. */
const shellPath = /(?:^|\s)((?:scripts|bin|test|systemd|config)\/[\w./-]+)/gm

function namedPaths(text: string): string[] {
  const blocks = all(text, /^```sh\n([\s\S]*?)^```/gm).join('\n')
  return [...all(text, path), ...all(blocks, shellPath)]
}

t.test('every relative link leads somewhere', async (t) => {
  t.ok(documents.length > 10)
  for (const file of documents) {
    for (const link of all(read(file), /\]\(([^)]+)\)/g)) {
      if (/^[a-z]+:/.test(link)) continue
      t.ok(existsSync(join(root, dirname(file), link.replace(/#.*/, ''))), `${file}: ${link}`)
    }
  }
})

t.test('every named path exists', async (t) => {
  for (const file of documents) {
    for (const named of new Set(namedPaths(read(file)))) {
      const found = existsSync(join(root, named)) || existsSync(join(root, dirname(file), named))
      t.ok(found, `${file}: ${named}`)
    }
  }
})

t.test('L24: every npm script, command and variable exists', async (t) => {
  const { scripts } = JSON.parse(read('package.json'))
  const main = read('daemon/main.ts')
  const sources = globSync('{daemon,scripts,test}/**/*.ts', { cwd: root }).map(read).join('\n')
  for (const file of documents) {
    const text = read(file)
    for (const name of all(text, /npm run ([a-z]+)/g)) t.ok(name in scripts, `${file}: npm run ${name}`)
    for (const name of all(text, /\bbarnbox (run|doctor|detect|[a-z]+-[a-z]+)\b/g))
      t.ok(main.includes(`.command('${name}')`), `${file}: barnbox ${name}`)
    // BARNBOX__A__B is made by rule.
    for (const name of all(text, /\b(BARNBOX_[A-Z]+(?:_[A-Z]+)*)\b/g))
      t.ok(sources.includes(name), `${file}: ${name}`)
  }
})

t.test('every room has its row', async (t) => {
  const text = read('docs/architecture.md')
  const rooms = readdirSync(join(root, 'daemon'), { withFileTypes: true }).filter((one) => one.isDirectory())
  for (const { name } of rooms) t.match(text, `| \`daemon/${name}/\` |`, name)
})

t.test('every MQTT topic is told', async (t) => {
  const topics = topicsOf('base', 'box')
  const told = all(read('docs/operations.md'), /^\| `<base>(\/[^`]+)` \|/gm)
  const [camera, horse, stall] = ['camera' as StreamId, 'horse' as HorseId, 'stall' as StallId]
  const { status, info, health, event } = topics
  const there = [
    ...[status, info, health, event, topics.cameraStatus(camera), topics.cameraSnapshot(camera)],
    ...[topics.horse(horse), topics.horseSnapshot(horse), topics.stall(stall)],
    ...[topics.alert('kind' as AlertKind), topics.set('thing'), topics.state('thing')],
    ...[topics.command('name'), topics.response('name')],
  ]
  t.same(told.map((one) => `base${one.replace(/[<>]/g, '')}`).sort(), there.sort())
})

t.test('every exit code is told', async (t) => {
  const told = all(read('docs/operations.md'), /^\| (\d+) \|/gm)
  const codes = all(read('daemon/main.ts'), /^const exitCodes.*= \{(.*)\}$/gm)[0] ?? ''
  for (const code of all(codes, /: (\d+)/g)) t.ok(told.includes(code), code)
})

t.test('every bench is told', async (t) => {
  const text = read('docs/testing.md')
  for (const file of readdirSync(join(root, 'scripts/bench'))) {
    if (file.endsWith('.ts')) t.match(text, `| \`${file.slice(0, -3)}\` |`, file)
  }
})

t.test('the first camera of the README is a right config, and its picture is small', async (t) => {
  const [config = ''] = all(read('README.md'), /<<'YAML'\n([\s\S]*?)\nYAML/g)
  t.ok(configSchema.safeParse(parse(config)).success)
  t.ok(statSync(join(root, 'docs/now.png')).size < 300_000)
})
