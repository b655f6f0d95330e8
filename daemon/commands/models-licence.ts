/**
 * Which licences a person must have taken before a model is installed: those that forbid earning money, and those
 * that ask for the source of what they are used in.
 */
import type { Licence } from '../../models/catalog.ts'
import { shown } from '../../models/convert/weight-source.ts'
import { BarnboxError } from '../lib/errors.ts'

/** What a file's metadata says of its licence; undefined where it says nothing. */
export function licenceSaid(says: ReadonlyMap<string, string>): Licence | undefined {
  const all = [...says].filter(([key]) => /^licen[cs]e$/i.test(key.trim())).map(([, text]) => text.trim())
  const said = shown([...new Set(all)].filter((text) => text !== '').join('; '))
  if (said === '') return undefined
  const spdx = said.match(/\bA?GPL-\d(\.\d)?|\bCC-BY[\w.-]*/i)?.[0] ?? said
  const commercial = !/(?<![a-z])NC(?![a-z])|non-?\s?commercial/i.test(said)
  return { spdx, commercial, copyleft: /\bA?GPL|\bAffero\b|\bGNU General Public/i.test(said) }
}

/** The stricter of what the catalogue and the file say: neither takes back what the other asks for. */
export function stricter(known: Licence | undefined, said: Licence | undefined): Licence | undefined {
  if (!known || !said) return known ?? said
  if (known.spdx.toLowerCase() === said.spdx.toLowerCase() || (isFree(known) && isFree(said))) return known
  if (isFree(known)) return { ...said, note: `so says the file; the catalogue says ${known.spdx}` }
  const fileSays = `the file itself says ${said.spdx}`
  const note = known.note === undefined ? fileSays : `${known.note}; ${fileSays}`
  if (isFree(said)) return { ...known, note }
  return {
    spdx: `${known.spdx} AND ${said.spdx}`,
    commercial: known.commercial && said.commercial,
    copyleft: known.copyleft || said.copyleft,
    note,
  }
}

const isFree = ({ commercial, copyleft }: Licence) => commercial && !copyleft

/** Whether the licence was taken by a person's word; throws where it must be and was not. */
export function mustAccept(
  name: string,
  licence: Licence | undefined,
  accepted: string | undefined,
): boolean {
  if (!licence || isFree(licence)) return false
  const word = accepted?.toLowerCase()
  if (word === licence.spdx.toLowerCase() || word === name) return true
  const what = [
    licence.commercial ? [] : 'does not allow commercial use',
    licence.copyleft ? 'asks for the source of everything it is used in' : [],
  ]
  const note = licence.note ? ` (${licence.note})` : ''
  const cure = `--accept-license ${/\s/.test(licence.spdx) ? name : licence.spdx}`
  throw new BarnboxError(
    'MODEL_LICENCE',
    `${name} is under ${licence.spdx}, which ${what.flat().join(' and ')}${note}; to take it: ${cure}`,
    { context: { name, licence: licence.spdx, cure } },
  )
}
