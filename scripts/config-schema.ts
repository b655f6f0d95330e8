/**
 * Writes config/barnbox.schema.json, by which editors complete and check barnbox.yaml, from the schema in the code.
 *
 *   node scripts/config-schema.ts
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { configSchema } from '../daemon/config/schema.ts'

export const schemaFile = fileURLToPath(new URL('../config/barnbox.schema.json', import.meta.url))

/** What may be written in the file: keys with a default may be left out. */
export function schemaText(): string {
  const schema = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-7' })
  return `${JSON.stringify({ ...schema, title: 'barnbox configuration' }, null, 2)}\n`
}

if (import.meta.main) writeFileSync(schemaFile, schemaText())
