/**
 * `barnbox models list | use | verify | remove`: what there is, what is chosen, and whether it is whole.
 */
import { rmSync } from 'node:fs'
import { catalog, catalogEntry, isBuiltIn, type Task } from '../../models/catalog.ts'
import { BarnboxError } from '../lib/errors.ts'
import { leastCosine } from '../vision/int8.ts'
import { chosenModels, howToBring } from '../vision/resolve.ts'
import {
  hashFile,
  type Int8Model,
  installedPath,
  int8Name,
  readChoice,
  readInstalled,
  writeChoice,
  writeInstalled,
} from '../vision/store.ts'

export interface Listed {
  readonly name: string
  readonly task: Task
  readonly state: 'built-in' | 'installed' | 'not installed'
  /** Chosen by `use`, or because nothing else was; the config may name another. */
  readonly chosen: boolean
  readonly licence: string | null
  readonly what: string
  /** Of a model that has a variant in 8 bits: how like the model that was found to be, null before it was measured. */
  readonly int8?: { readonly cosine: number; readonly crops: number; readonly good: boolean } | null
}

/** The catalogue, then what was brought under other names. */
export function listModels(stateDir: string): Listed[] {
  const installed = readInstalled(stateDir)
  const chosen = Object.values(chosenModels({}, stateDir))
  const known = catalog.map(({ name, task, licence, what, form }): Listed => {
    const there = installed[name] ? 'installed' : 'not installed'
    const state = form === 'npm' ? 'built-in' : there
    const int8 = measuredOf(installed[name]?.int8)
    return { name, task, state, chosen: chosen.includes(name), licence: licence.spdx, what, ...int8 }
  })
  const own = Object.entries(installed)
    .filter(([name]) => !catalogEntry(name))
    .map(([name, { task, licence, layout, input, from, int8 }]): Listed => {
      const what = `${layout}, ${input.width} x ${input.height}, from ${from}`
      return {
        name,
        task,
        state: 'installed',
        chosen: chosen.includes(name),
        licence,
        what,
        ...measuredOf(int8),
      }
    })
  return [...known, ...own]
}

function measuredOf(int8: Int8Model | undefined): Pick<Listed, 'int8'> {
  if (!int8) return {}
  const { cosine, crops = 0 } = int8
  return { int8: cosine === undefined ? null : { cosine, crops, good: cosine >= leastCosine } }
}

function int8Text({ int8 }: Listed): string {
  if (int8 === undefined) return ''
  if (int8 === null) return ' [int8: not measured yet]'
  const { cosine, crops, good } = int8
  return ` [int8: ${good ? 'used' : 'not used'}, lowest cosine ${cosine.toFixed(4)} on ${crops} crops]`
}

/** The list for people, the chosen ones marked. */
export function listText(models: readonly Listed[]): string {
  const rows = models.map((model) => {
    const { name, task, state, chosen, licence, what } = model
    const mark = chosen ? '*' : ' '
    return `${mark} ${name.padEnd(22)} ${task.padEnd(6)}  ${state.padEnd(13)}  ${(licence ?? 'unknown').padEnd(12)}  ${what}${int8Text(model)}`
  })
  return rows.join('\n')
}

/** Records the choice; it takes effect when the daemon starts, unless the config names another. */
export function useModel(name: string, stateDir: string): { task: Task } {
  const task = isBuiltIn(name) ? catalogEntry(name)?.task : readInstalled(stateDir)[name]?.task
  if (task === undefined) throw notInstalled(name)
  const choice = readChoice(stateDir)
  writeChoice(stateDir, { ...choice, [task === 'detect' ? 'detector' : 'embedder']: name })
  return { task }
}

export interface Verified {
  readonly name: string
  readonly state: 'whole' | 'damaged' | 'missing'
}

/** Hashes what was brought; the built-in models are looked after at each start. */
export async function verifyModels(stateDir: string): Promise<Verified[]> {
  const verified: Verified[] = []
  for (const [name, model] of Object.entries(readInstalled(stateDir))) {
    const states = [await stateOf(model), model.engine && (await stateOf(model.engine))]
    verified.push({ name, state: states.find((state) => state && state !== 'whole') ?? 'whole' })
    if (model.int8) verified.push({ name: int8Name(name), state: await stateOf(model.int8) })
  }
  return verified

  async function stateOf(one: { file: string; sha256: string }): Promise<Verified['state']> {
    const hash = await hashFile(installedPath(stateDir, one)).catch(() => undefined)
    if (hash === undefined) return 'missing'
    return hash === one.sha256 ? 'whole' : 'damaged'
  }
}

export function removeModel(name: string, stateDir: string): void {
  const { [name]: model, ...others } = readInstalled(stateDir)
  if (!model) throw notInstalled(name, '`barnbox models list` says what is')
  const { detector, embedder } = readChoice(stateDir)
  if (name === detector || name === embedder) {
    throw new BarnboxError('BAD_REQUEST', `${name} is in use; \`barnbox models use\` another one first`)
  }
  const engine = Object.entries(others).find(([, other]) => other.engine?.of === name)?.[0]
  if (engine !== undefined) {
    throw new BarnboxError('BAD_REQUEST', `the engine ${engine} was built of ${name}; remove that first`)
  }
  // The record first: a file that nobody knows does no harm.
  writeInstalled(stateDir, others)
  for (const file of [model, model.engine, model.int8]) {
    if (file) rmSync(installedPath(stateDir, file), { force: true })
  }
}

function notInstalled(name: string, cure = howToBring(name)): BarnboxError {
  if (isBuiltIn(name)) return new BarnboxError('BAD_REQUEST', `${name} is built in and stays`)
  return new BarnboxError('NOT_FOUND', `the model ${name} is not installed: ${cure}`)
}
