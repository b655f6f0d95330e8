/**
 * The pages that the menu leads to, and who may open them. The rights themselves are checked elsewhere (`auth/rights.ts`):
 * here only what is of no use to somebody is not offered.
 */
import type { Place } from '../../../web/layout.ts'
import type { Role } from '../../types.ts'
import { isAtLeast } from '../auth/rights.ts'

const all: readonly (Place & { readonly least: Role })[] = [
  { href: '/', name: 'now', least: 'viewer' },
  { href: '/alerts', name: 'alerts', least: 'viewer' },
  { href: '/unknowns', name: 'unknowns', least: 'viewer' },
  { href: '/cameras', name: 'cameras', least: 'viewer' },
  { href: '/system', name: 'system', least: 'viewer' },
  { href: '/users', name: 'users', least: 'admin' },
]

export const placesFor = (role: Role): Place[] =>
  all.filter(({ least }) => isAtLeast(role, least)).map(({ href, name }) => ({ href, name }))
