/**
 * A value that a JSON Schema of ours takes, to show how it is asked. Pure.
 */
export interface Schema {
  readonly $ref?: string
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly format?: string
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly minItems?: number
  readonly minLength?: number
  readonly minimum?: number
}

const id = '01980000-0000-7000-8000-000000000001'

/** A triangle: what a list of points must be, and harmless for any other. */
const shares = [
  [0.1, 0.1],
  [0.5, 0.1],
  [0.5, 0.9],
]

function listOf({ items = {}, minItems = 1 }: Schema): unknown[] {
  if (items.type === 'array' && items.items?.type === 'number') return shares.slice(0, Math.max(3, minItems))
  return Array.from({ length: Math.max(1, minItems) }, () => exampleOf(items))
}

/** All that must be there of an object; where nothing must, its first field. */
function objectOf({ properties = {}, required = [] }: Schema): unknown {
  const names = required.length > 0 ? required : Object.keys(properties).slice(0, 1)
  return Object.fromEntries(names.map((name) => [name, exampleOf(properties[name] ?? {})]))
}

export function exampleOf(schema: Schema): unknown {
  const [first] = schema.anyOf ?? schema.oneOf ?? []
  if (first) return exampleOf(first)
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[0]
  switch (schema.type) {
    case 'object':
      return objectOf(schema)
    case 'array':
      return listOf(schema)
    case 'integer':
    case 'number':
      return Math.max(0, schema.minimum ?? 0)
    case 'boolean':
      return true
    case 'null':
      return null
    default:
      return schema.format === 'uuid' ? id : 'Thunder'.padEnd(schema.minLength ?? 0, '!')
  }
}
