/**
 * With which embedder the models are opened: the one that is wanted, the one that horses are known by while their looks
 * still wait for the other, or, where one of the two cannot be opened, the other.
 */
import { asBarnboxError, BarnboxError } from './lib/errors.ts'
import type { Log } from './lib/log.ts'
import type { Registry } from './registry/registry.ts'
import type { EmbedderKind } from './types.ts'
import { isOnCpu, provenVariant } from './vision/int8.ts'
import { embedderIdOf } from './vision/resolve.ts'
import { int8Name } from './vision/store.ts'
import type { Vision } from './vision/vision.ts'

export interface OpeningDeps {
  readonly stateDir: string
  /** The embedder that the config or a person names. */
  readonly chosen: string
  /** Whether its 8-bit variant may stand for it. */
  readonly int8: 'auto' | 'never'
  readonly registry: Pick<Registry, 'crops' | 'embedders'>
  readonly log: Log
  /** All models, with this embedder; without any where it cannot be used. */
  readonly open: (embedder: string) => Promise<Vision>
}

/** An embedder by what opens it and by what its vectors are stored under. */
export interface Named {
  readonly name: string
  readonly id: string
}

/** Models that know horses. */
export type Knowing = Vision & { readonly embedder: EmbedderKind }

export const isKnowing = (vision: Vision): vision is Knowing => vision.embedder !== null

/** All models, with this embedder. Throws what is the matter with it. */
export async function openKnowing({ open }: Pick<OpeningDeps, 'open'>, name: string): Promise<Knowing> {
  const vision = await open(name)
  if (isKnowing(vision)) return vision
  await vision[Symbol.asyncDispose]()
  const { code, message } = vision.about.embedderFault ?? {
    code: 'MODEL_MISSING',
    message: 'there is no embedder',
  }
  throw new BarnboxError(code, message)
}

/**
 * What is to be the embedder: the chosen one, or its 8-bit variant where that is proven and what runs now runs where it
 * pays. Before anything runs, as it was last time. Throws `MODEL_MISSING` and the like.
 */
export function wantedOf({ stateDir, chosen, int8, registry }: OpeningDeps, vision?: Vision): Named {
  const before = () => registry.embedders.inUse()?.name === int8Name(chosen)
  const pays = int8 === 'auto' && (vision ? isOnCpu(vision.about) : before())
  const name = pays ? provenVariant(stateDir, chosen) : chosen
  return { name, id: embedderIdOf(stateDir, name) }
}

export interface Opened {
  /** Without an embedder where none can be used. */
  readonly vision: Vision
  /** Why the wanted embedder is not the one that was opened, where it cannot be used and another can. */
  readonly fault?: BarnboxError | undefined
}

/** The models to begin with. Throws what opening throws where they cannot even find horses. */
export async function openFirst(deps: OpeningDeps, inUse: Named | undefined): Promise<Opened> {
  const { registry, stateDir, chosen, open, log } = deps
  const wanted = await attempt(async () => wantedOf(deps))
  const [id, unknown] = wanted instanceof BarnboxError ? [undefined, wanted] : [wanted.id, undefined]
  const name = wanted instanceof BarnboxError ? chosen : wanted.name
  if (!inUse || id === inUse.id) return { vision: await open(name) }
  const openInUse = async () => {
    if (embedderIdOf(stateDir, inUse.name) === inUse.id) return openKnowing(deps, inUse.name)
    throw new BarnboxError('MODEL_MISSING', `${inUse.name} names another embedder now`)
  }
  const looksWait = id === undefined || registry.crops.missing(id).length > 0
  const first = await attempt(looksWait ? openInUse : () => openKnowing(deps, name))
  if (!(first instanceof BarnboxError)) return { vision: first, fault: unknown }
  if (looksWait) {
    log.warn(
      { code: first.code, err: first, embedder: inUse.id },
      'the embedder in use cannot be opened any more',
    )
    return { vision: await open(name) }
  }
  const second = await attempt(openInUse)
  return second instanceof BarnboxError ? { vision: await open(name) } : { vision: second, fault: first }
}

/** What comes of it, or why nothing does. A fault of ours is thrown on. */
async function attempt<T>(work: () => Promise<T>): Promise<T | BarnboxError> {
  try {
    return await work()
  } catch (thrown) {
    const error = asBarnboxError(thrown)
    if (error.kind === 'bug') throw error
    return error
  }
}
