/**
 * Who may do what: one row a rule, the first that fits counts. What no row names nobody may: a new route is closed until
 * it has its row here.
 */
import type { MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { Role } from '../../types.ts'
import { nothingHere } from '../errors.ts'

/** Each may do what those before it may. */
export const roles: readonly Role[] = ['viewer', 'caretaker', 'admin']

const READS = new Set(['GET', 'HEAD', 'OPTIONS'])

export const isRead = (method: string) => READS.has(method)

interface Rule {
  readonly does: 'read' | 'change' | 'any'
  readonly path: RegExp
  readonly least: Role
}

const rules: readonly Rule[] = [
  // People change their own password, whoever they are.
  { does: 'any', path: /^(\/api\/v1)?\/me(\/|$)/, least: 'viewer' },
  { does: 'any', path: /^(\/api\/v1)?\/(users|tokens|diagnostics)(\/|$)/, least: 'admin' },
  { does: 'any', path: /^\/restore(\/|$)/, least: 'admin' },
  { does: 'change', path: /^\/api\/v1\/backups$/, least: 'admin' },
  { does: 'any', path: /^\/alerts\/settings$/, least: 'admin' },
  { does: 'change', path: /^\/api\/v1\/alerts\/settings$/, least: 'admin' },
  { does: 'any', path: /^\/add-camera(\/|$)/, least: 'admin' },
  { does: 'any', path: /^(\/api\/v1)?\/cameras\/([^/]+\/)?settings$/, least: 'admin' },
  { does: 'change', path: /^\/api\/v1\/cameras(\/|$)/, least: 'admin' },
  { does: 'change', path: /^\/cameras\/[^/]+\/(pause|remove)$/, least: 'admin' },
  { does: 'any', path: /^(\/api\/v1)?\/cameras\/[^/]+\/(test(\/|$)|report$)/, least: 'admin' },
  {
    does: 'change',
    path: /^\/api\/v1\/streams\/[^/]+\/(horses\/|photos$|chunks\/|stalls$)/,
    least: 'caretaker',
  },
  { does: 'change', path: /^\/api\/v1\/(horses|sightings|corrections|stalls|alerts)\//, least: 'caretaker' },
  { does: 'change', path: /^\/(horses|sightings|corrections|stalls|alerts)\//, least: 'caretaker' },
  { does: 'change', path: /^\/streams\/[^/]+\/stalls$/, least: 'caretaker' },
  { does: 'read', path: /^\/api\/v1\//, least: 'viewer' },
  {
    does: 'read',
    path: /^\/($|(parts|horses|streams|sightings|unknowns)\/|(alerts|api|corrections|unknowns|cameras|system|readyz|metrics)$)/,
    least: 'viewer',
  },
]

/** The least role that may do it; undefined where nobody may. */
export function roleFor(method: string, path: string): Role | undefined {
  const does = isRead(method) ? 'read' : 'change'
  return rules.find((rule) => (rule.does === 'any' || rule.does === does) && rule.path.test(path))?.least
}

export const isAtLeast = (role: Role, least: Role) => roles.indexOf(role) >= roles.indexOf(least)

/** Lets past who may do what the request asks for. Who is asking was found out before (`access.ts`). */
export const requireRight: MiddlewareHandler = async (c, next) => {
  const least = roleFor(c.req.method, c.req.path)
  const role = c.get('caller').role
  // Also where there is a route: one that has no row yet.
  if (least === undefined) throw nothingHere()
  if (isAtLeast(role, least)) return next()
  throw new HTTPException(403, { message: `This needs the role ${least}; yours is ${role}.` })
}
