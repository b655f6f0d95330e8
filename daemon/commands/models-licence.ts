/**
 * Which licences a person must have taken before a model is installed: those that forbid earning money, and those
 * that ask for the source of what they are used in.
 */
import type { CatalogEntry, Licence } from '../../models/catalog.ts'
import { onnxMetadata } from '../../models/convert/onnx-metadata.ts'
import { BarnboxError } from '../lib/errors.ts'

/** What a file of no catalogue entry says of its licence; undefined where it says nothing. */
export function licenceOfFile(file: string): Licence | undefined {
  const said = onnxMetadata(file).get('license')
  if (said === undefined || said === '') return undefined
  const spdx = said.match(/\bA?GPL-\d(\.\d)?|\bCC-BY[\w.-]*/i)?.[0] ?? said.slice(0, 60)
  return { spdx, commercial: !/\bNC\b|non-?commercial/i.test(said), copyleft: /\bA?GPL/i.test(said) }
}

export const licenceOf = (entry: CatalogEntry | undefined, file: string) =>
  entry?.licence ?? (file.endsWith('.onnx') ? licenceOfFile(file) : undefined)

/** Whether the licence was taken by a person's word; throws where it must be and was not. */
export function mustAccept(
  name: string,
  licence: Licence | undefined,
  accepted: string | undefined,
): boolean {
  if (!licence || (licence.commercial && !licence.copyleft)) return false
  const word = accepted?.toLowerCase()
  if (word === licence.spdx.toLowerCase() || word === name) return true
  const what = licence.commercial
    ? 'asks for the source of everything it is used in'
    : 'does not allow commercial use'
  const note = licence.note ? ` (${licence.note})` : ''
  const cure = `--accept-license ${licence.spdx}`
  throw new BarnboxError(
    'MODEL_LICENCE',
    `${name} is under ${licence.spdx}, which ${what}${note}; to take it: ${cure}`,
    { context: { name, licence: licence.spdx, cure } },
  )
}
