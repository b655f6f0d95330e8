/**
 * `/api`: the document of the API as a page.
 */
import { Hono } from 'hono'
import { z } from 'zod'
import { type ApiOperation, apiPage } from '../../../web/pages/api.ts'
import type { Role } from '../../types.ts'
import type { Assets } from '../assets.ts'
import { apiDocument, type Route } from '../openapi/document.ts'
import { exampleOf, type Schema } from '../openapi/example.ts'
import { takesQuery } from '../takes.ts'
import { frameOf } from './board.ts'

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>
}

/** The document as far as it is shown here: `document.ts` makes it. */
interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly 'x-barnbox-role'?: Role
  readonly parameters: readonly {
    readonly name: string
    readonly in: 'path' | 'query'
    readonly required: boolean
    readonly schema: Schema
  }[]
  readonly requestBody?: Content
  readonly responses: Readonly<Record<string, Content>>
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

const refs = ({ $ref, anyOf = [] }: Schema): string[] => [
  ...($ref === undefined ? [] : [$ref.split('/').at(-1) ?? '']),
  ...anyOf.flatMap(refs),
]

function answersOf({ responses }: Operation): ApiOperation['answers'] {
  return Object.entries(responses).map(([status, { content }]) => {
    if (status === 'default') return { status, type: '', shapes: ['Problem'] }
    const [type = '', { schema = {} } = {}] = Object.entries(content ?? {})[0] ?? []
    return { status, type, shapes: refs(schema) }
  })
}

/** `CAMERA` for a camera's id, `HORSE` for a horse's. */
const wanted = (name: string) => (name === 'id' ? 'CAMERA' : name.replace(/Id$/, '').toUpperCase())

function curlOf(method: string, path: string, { parameters, requestBody, ...operation }: Operation): string {
  const query = parameters
    .filter((one) => one.in === 'query' && one.required)
    .map(({ name }) => `${name}=${name.toUpperCase()}`)
  const address = `$BOX${path.replaceAll(/\{(\w+)\}/g, (_, name: string) => wanted(name))}`
  const [type, body] = Object.entries(requestBody?.content ?? {})[0] ?? []
  const sent = body?.schema ? `'${JSON.stringify(exampleOf(body.schema))}'` : '@photo.jpg'
  return [
    'curl',
    ...(method === 'GET' ? [] : [`-X ${method}`]),
    ...(operation['x-barnbox-role'] === undefined ? [] : ['-H "Authorization: Bearer $TOKEN"']),
    ...(type === undefined ? [] : [`-H 'Content-Type: ${type}' --data-binary ${sent}`]),
    `"${[address, ...(query.length === 0 ? [] : [query.join('&')])].join('?')}"`,
  ].join(' ')
}

function operationsOf({ paths }: Document): ApiOperation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([word, operation]) => {
      const method = word.toUpperCase()
      const [type, body] = Object.entries(operation.requestBody?.content ?? {})[0] ?? []
      return {
        ...{ id: operation.operationId, method, path, does: operation.summary },
        role: operation['x-barnbox-role'] ?? null,
        parameters: operation.parameters.map(({ name, in: place, required, schema }) => {
          return { name, place, mustBe: required, schema: JSON.stringify(schema) }
        }),
        body:
          type === undefined
            ? null
            : { type, schema: body?.schema ? JSON.stringify(body.schema, null, 2) : '' },
        answers: answersOf(operation),
        example: curlOf(method, path, operation),
      }
    }),
  )
}

const asked = z.object({ q: z.string().max(100).catch('') })

/** `routes` are asked for at the first request, when all are there. */
export function apiPages(routes: () => readonly Route[], version: string, assets: Assets): Hono {
  let made: Pick<Parameters<typeof apiPage>[0], 'operations' | 'shapes'> | undefined
  const read = () => {
    const document = apiDocument(routes(), version) as unknown as Document
    const shapes = Object.entries(document.components.schemas).map(
      ([name, schema]) => [name, JSON.stringify(schema, null, 2)] as const,
    )
    return { operations: operationsOf(document), shapes }
  }
  return new Hono().get('/api', takesQuery(asked), (c) => {
    made ??= read()
    const { q: query } = c.req.valid('query')
    const sought = query.trim().toLowerCase()
    const operations = made.operations.filter(({ id, method, path, does }) =>
      `${id} ${method} ${path} ${does}`.toLowerCase().includes(sought),
    )
    return c.html(apiPage({ ...frameOf(c, assets), query, operations, shapes: made.shapes }))
  })
}
