/**
 * The document of the API, as tests read it.
 */
import { z } from 'zod'
import type { Role } from '../../daemon/types.ts'
import type { Json } from './registry-box.ts'

export interface Operation {
  readonly operationId: string
  readonly security?: readonly object[]
  readonly 'x-barnbox-role'?: Role
  readonly 'x-barnbox-events'?: Record<string, Json>
  readonly parameters: readonly { name: string; in: string; required: boolean; schema: Json }[]
  readonly requestBody?: { content: { 'application/json': { schema: Json } } }
  readonly responses: Record<string, { content?: Record<string, { schema?: Json }> }>
}

export interface Document {
  readonly openapi: string
  readonly info: { version: string }
  readonly paths: Record<string, Record<string, Operation>>
  readonly components: { schemas: Record<string, Json>; responses: Record<string, Json> }
}

export const operationsOf = ({ paths }: Document) =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )

const made = new WeakMap<Json, z.ZodType>()

/** A schema of the document as one that can be asked. */
export function readable({ components }: Document, schema: Json): z.ZodType {
  const moved = (part: unknown) =>
    JSON.parse(JSON.stringify(part).replaceAll('#/components/schemas/', '#/$defs/'))
  const asked = made.get(schema) ?? z.fromJSONSchema({ ...moved(schema), $defs: moved(components.schemas) })
  made.set(schema, asked)
  return asked
}
