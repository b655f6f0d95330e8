/**
 * What a schema of the API's document allows, and what it does not: arbitraries made of the schema alone.
 */
import fc, { type Arbitrary } from 'fast-check'
import type { Json } from './registry-box.ts'

type Schemas = Readonly<Record<string, Json>>

const list = (value: unknown) => (Array.isArray(value) ? (value as Json[]) : [])
const bound = (schema: Json, name: string, otherwise: number) => Number(schema[name] ?? otherwise)

function text(schema: Json): Arbitrary<string> {
  if (schema['format'] === 'uuid') return fc.uuid()
  if (schema['format'] === 'date-time') return fc.date({ noInvalidDate: true }).map((at) => at.toISOString())
  if (typeof schema['pattern'] === 'string') return fc.stringMatching(new RegExp(schema['pattern'], 'u'))
  const [minLength, maxLength] = [bound(schema, 'minLength', 0), bound(schema, 'maxLength', 40)]
  return fc.string({ minLength, maxLength })
}

function object(schema: Json, schemas: Schemas): Arbitrary<unknown> {
  const properties = Object.entries((schema['properties'] ?? {}) as Schemas)
  const known = Object.fromEntries(properties.map(([name, one]) => [name, allowed(one, schemas)]))
  return fc.record(known, { requiredKeys: (schema['required'] ?? []) as string[] })
}

/** A value as the schema wants it. */
export function allowed(schema: Json, schemas: Schemas): Arbitrary<unknown> {
  const refers = schema['$ref']
  if (typeof refers === 'string') return allowed(schemas[refers.split('/').at(-1) ?? ''] ?? {}, schemas)
  const choices = [...list(schema['anyOf']), ...list(schema['oneOf'])]
  if (choices.length > 0) return fc.oneof(...choices.map((one) => allowed(one, schemas)))
  if ('const' in schema) return fc.constant(schema['const'])
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as unknown[]))
  if (schema['type'] === 'string') return text(schema)
  if (schema['type'] === 'boolean') return fc.boolean()
  if (schema['type'] === 'null') return fc.constant(null)
  if (schema['type'] === 'array') {
    const [minLength, maxLength] = [bound(schema, 'minItems', 0), Math.min(bound(schema, 'maxItems', 5), 8)]
    return fc.array(allowed((schema['items'] ?? {}) as Json, schemas), { minLength, maxLength })
  }
  if (schema['type'] === 'object') return object(schema, schemas)
  if (schema['type'] === 'integer' || schema['type'] === 'number') {
    const [min, max] = [bound(schema, 'minimum', -1e9), bound(schema, 'maximum', 1e9)]
    return schema['type'] === 'integer' ? fc.integer({ min, max }) : fc.double({ min, max, noNaN: true })
  }
  return fc.jsonValue()
}

/** Texts that have hurt others. */
export const hurtful = fc.constantFrom(
  ...['', ' ', '..', '../../etc/passwd', '%00', 'a\u0000b', 'half \ud83d', '__proto__', '-0', '1e999', 'NaN'],
  ...[
    "' OR 1=1 --",
    '<script>',
    'x'.repeat(5_000),
    '🐴'.repeat(300),
    'one\r\nSet-Cookie: a=b',
    '\u202e',
    '9e15',
  ],
)

/** Right, a little wrong, or quite something else. */
export function nearly(schema: Json, schemas: Schemas): Arbitrary<unknown> {
  const right = allowed(schema, schemas)
  const odd = fc.oneof(fc.jsonValue(), hurtful)
  const one = fc.tuple(right, fc.nat(20), odd, fc.string()).map(([value, at, other, key]) => {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return other
    const keys = [...Object.keys(value), key]
    return { ...value, [keys[at % keys.length] ?? key]: other }
  })
  return fc.oneof(
    { weight: 3, arbitrary: right },
    { weight: 3, arbitrary: one },
    { weight: 1, arbitrary: odd },
  )
}
