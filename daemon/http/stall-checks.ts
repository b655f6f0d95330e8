/**
 * What a stall must look like, as programs send it and as the page's form does.
 */
import { z } from 'zod'
import { fewestCorners, mostCorners, onGrid, type PolygonFault, polygonFault } from '../lib/polygon.ts'
import type { StallId } from '../types.ts'
import { horseId, line, revision, typed } from './checks.ts'

export const stallParams = z.object({
  stallId: z.uuid('is not the id of a stall').transform((text) => text.toLowerCase() as StallId),
})

const faults: Readonly<Record<PolygonFault, string>> = {
  fewCorners: `must be at least ${fewestCorners}`,
  manyCorners: `must be at most ${mostCorners}`,
  outside: 'must lie in the picture: 0 to 1',
  crossing: 'make an outline that crosses or touches itself',
  tooSmall: 'make a place that is too small',
}

const share = z.number().min(0, faults.outside).max(1, faults.outside)
const corner = z
  .array(share)
  .length(2, 'must be x and y')
  .transform(([x = 0, y = 0]) => onGrid([x, y]))

const corners = z
  .array(corner)
  .min(fewestCorners, faults.fewCorners)
  .max(mostCorners, faults.manyCorners)
  .superRefine((given, context) => {
    const why = polygonFault(given)
    if (why !== undefined) context.addIssue({ code: 'custom', message: faults[why], params: { why } })
  })
  .describe('x, y in shares of the picture’s sides, around the place; the outline may not cross itself')

const fields = {
  name: line(60, 'must not be empty'),
  kind: z.enum(['stall', 'zone'], 'must be stall or zone'),
  corners,
  expected: z.array(horseId).max(20, 'must be at most 20'),
}

export const newStall = z.strictObject({
  ...fields,
  kind: fields.kind.default('stall'),
  expected: fields.expected.default([]),
})

export const stallChange = z
  .strictObject({
    name: fields.name.optional(),
    kind: fields.kind.optional(),
    corners: fields.corners.optional(),
    expected: fields.expected.optional(),
    revision,
  })
  .transform(({ revision, ...change }) => ({ change, revision }))
  .refine(
    ({ change }) => Object.values(change).some((value) => value !== undefined),
    'nothing to change: give name, kind, corners or expected',
  )

/** Corners come as JSON, for a script draws them; a form without it has those that were there. */
const drawn = typed.transform((text): unknown => {
  try {
    return JSON.parse(text ?? '[]')
  } catch {
    return null
  }
})
const some = z
  .union([z.string().transform((one) => [one]), z.array(z.string())])
  .optional()
  .transform((list) => list ?? [])

/** The page's form: what it says is checked as what programs send. */
export const stallForm = z.object({
  name: typed.transform((text) => text ?? ''),
  kind: typed,
  corners: drawn,
  expected: some,
  revision: z.coerce.number().int().min(0).optional().catch(undefined),
})
