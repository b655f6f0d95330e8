/**
 * The schema file that editors use says what the code says, and the example is right by both.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { parse } from 'yaml'
import { configSchema } from '../../daemon/config/schema.ts'
import { schemaFile, schemaText } from '../../scripts/config-schema.ts'

const example = readFileSync(
  fileURLToPath(new URL('../../config/barnbox.example.yaml', import.meta.url)),
  'utf8',
)

interface Node {
  readonly properties?: Readonly<Record<string, Node>>
  readonly items?: Node
}

t.test('config/barnbox.schema.json is not stale', async (t) => {
  t.equal(readFileSync(schemaFile, 'utf8'), schemaText(), 'run: node scripts/config-schema.ts')
})

t.test('the example is a right config, and stays one with everything in it taken up', async (t) => {
  t.ok(configSchema.safeParse(parse(example)).success)
  const full = parse(
    example.replace(/^( *)# ([a-z_]+:( |$))/gm, '$1$2').replace(/^#( {3,}[a-z_-]+:)/gm, '$1'),
  )
  const taken = configSchema.safeParse(full)
  t.ok(taken.success, JSON.stringify(taken.error?.issues))
})

t.test('the example names every key there is', async (t) => {
  const schema = JSON.parse(schemaText()) as Node
  const keys = (node: Node): string[] =>
    Object.entries(node.properties ?? {})
      .flatMap(([key, child]) => [key, ...keys(child)])
      .concat(node.items ? keys(node.items) : [])
  for (const key of new Set(keys(schema))) t.match(example, new RegExp(`\\b${key}:`), key)
})
