/**
 * `/api/v1/openapi.json`: the document of the API.
 */
import { Hono } from 'hono'
import { apiDocument, type Route } from './document.ts'

/** `routes` are asked for at the first request, when all are there. */
export function openApi(routes: () => readonly Route[], version: string): Hono {
  let document: ReturnType<typeof apiDocument> | undefined
  return new Hono().get('/openapi.json', (c) => {
    document ??= apiDocument(routes(), version)
    return c.json(document)
  })
}
