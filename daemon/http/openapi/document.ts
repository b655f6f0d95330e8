/**
 * The document of the API (OpenAPI 3.1): made of the routes that the server really has, the schemas that check their
 * requests, the table of rights and the table of operations. Pure.
 */
import { z } from 'zod'
import { roleFor } from '../auth/rights.ts'
import { COOKIE } from '../auth/session.ts'
import { type Taken, takenBy } from '../takes.ts'
import { answers } from './answers.ts'
import { media, type Operation, operations } from './operations.ts'
import { told } from './told.ts'

/** A route as the app lists it: one row for each of its handlers, those of one route by its method and path. */
export interface Route {
  readonly method: string
  readonly path: string
  readonly handler: object
}

type Json = Readonly<Record<string, unknown>>

const plain = {
  io: 'input',
  // Where a format says it, its pattern is noise; so are the bounds of all whole numbers. `$id` would be another base.
  override({ jsonSchema }: { jsonSchema: Record<string, unknown> }): void {
    if (jsonSchema['format'] !== undefined) delete jsonSchema['pattern']
    if (jsonSchema['minimum'] === Number.MIN_SAFE_INTEGER) delete jsonSchema['minimum']
    if (jsonSchema['maximum'] === Number.MAX_SAFE_INTEGER) delete jsonSchema['maximum']
  },
} as const

function withoutHead({ $schema: _schema, $id: _id, ...rest }: Json): Json {
  return rest
}

const schemaOf = (schema: z.ZodType) => withoutHead(z.toJSONSchema(schema, plain) as Json)
const refTo = (name: string) => ({ $ref: `#/components/schemas/${name}` })
const eventName = (event: string) =>
  `Event ${event}`.replaceAll(/\W+(\w)/g, (_, first) => first.toUpperCase())

/** All answers and events by name, each referring to the others. */
function components(): Json {
  const named = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(answers)) named.add(schema, { id })
  for (const [event, schema] of Object.entries(told)) {
    // `camera:changed` tells what an answer tells too, which has its name already.
    if (!named.has(schema)) named.add(schema, { id: eventName(event) })
  }
  const { schemas } = z.toJSONSchema(named, { ...plain, uri: (id) => refTo(id).$ref })
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, withoutHead(schema as Json)]))
}

function parametersOf(taken: readonly Taken[]): Json[] {
  return taken.flatMap(({ part, schema }) => {
    if (part === 'body') return []
    const { properties = {}, required = [] } = schemaOf(schema) as { properties?: Json; required?: string[] }
    return Object.entries(properties).map(([name, schema]) => ({
      name,
      in: part,
      required: part === 'path' || required.includes(name),
      schema,
    }))
  })
}

/** What photos come as; the daemon looks at the bytes, not at this. */
const photo = Object.fromEntries(['jpeg', 'png', 'webp', 'avif'].map((type) => [`image/${type}`, {}]))

function contentOf(answer: Operation['answers'][number]): Json {
  if (answer === 'nothing') return {}
  if (typeof answer === 'string') return { content: { 'application/json': { schema: refTo(answer) } } }
  if ('media' in answer) return { content: { [media[answer.media]]: {} } }
  return { content: { 'application/json': { schema: { anyOf: answer.map(refTo) } } } }
}

function responsesOf({ answers, does }: Operation): Json {
  const rows = Object.entries(answers).map(([status, answer]) => [
    status,
    { description: does, ...contentOf(answer) },
  ])
  return { ...Object.fromEntries(rows), default: { $ref: '#/components/responses/Problem' } }
}

function operationOf(route: Route, operation: Operation, taken: readonly Taken[]): Json {
  const body = taken.find(({ part }) => part === 'body')
  const role = operation.isOpen ? undefined : roleFor(route.method, route.path)
  return {
    operationId: operation.id,
    summary: operation.does,
    ...(role === undefined ? { security: [] } : { 'x-barnbox-role': role }),
    parameters: parametersOf(taken),
    ...(body && {
      requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body.schema) } } },
    }),
    ...(operation.takes === 'photo' && { requestBody: { required: true, content: photo } }),
    responses: responsesOf(operation),
    ...(operation.id === 'listen' && { 'x-barnbox-events': events() }),
  }
}

/** OpenAPI has no word for what a WebSocket tells. */
function events(): Json {
  return Object.fromEntries(
    Object.entries(told).map(([event, schema]) => [
      event,
      refTo(
        Object.entries(answers).find(([, known]) => known === (schema as z.ZodType))?.[0] ?? eventName(event),
      ),
    ]),
  )
}

/** The document of these routes; those without an operation are pages for people. */
export function apiDocument(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {}
  for (const [key, handlers] of Map.groupBy(routes, ({ method, path }) => `${method} ${path}`)) {
    const operation = operations[key]
    const [route] = handlers
    if (operation === undefined || route === undefined) continue
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}')
    const taken = handlers.flatMap(({ handler }) => takenBy(handler) ?? [])
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route, operation, taken) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'barnbox', version, description: 'Who is in the barn, and what people set right.' },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }, { cookie: [] }],
    paths,
    components: {
      schemas: components(),
      responses: {
        Problem: {
          description: 'What went wrong',
          content: { 'application/json': { schema: refTo('Problem') } },
        },
      },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'A user’s pass or the access token' },
        cookie: { type: 'apiKey', in: 'cookie', name: COOKIE },
      },
    },
  }
}
