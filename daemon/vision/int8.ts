/**
 * Whether a model's 8-bit variant is as good as the model: measured on the owner's own crops, and remembered.
 */
import type { About } from './protocol.ts'
import { type Int8Model, int8Name, readInstalled, writeInstalled } from './store.ts'

/** The lowest cosine between the two that may be taken for the same. */
export const leastCosine = 0.995
/** Crops that a measurement needs, and takes at most. */
export const fewestCrops = 16
export const mostCrops = 64

/** What stands for a chosen model: its 8-bit variant where that was measured and is good enough. */
export function provenVariant(stateDir: string, name: string): string {
  const { cosine } = readInstalled(stateDir)[name]?.int8 ?? {}
  return cosine !== undefined && cosine >= leastCosine ? int8Name(name) : name
}

/** The 8-bit variant of a model that nobody has measured. */
export function unmeasured(stateDir: string, name: string): Int8Model | undefined {
  const int8 = readInstalled(stateDir)[name]?.int8
  return int8?.cosine === undefined ? int8 : undefined
}

/** Remembers how a variant was measured, unless another one stands in its place by now. */
export function noteLikeness(
  stateDir: string,
  name: string,
  { sha256 }: Int8Model,
  measured: { readonly cosine: number; readonly crops: number },
  utcMs: number,
): void {
  const installed = readInstalled(stateDir)
  const model = installed[name]
  if (model?.int8?.sha256 !== sha256) return
  const int8 = { ...model.int8, ...measured, measuredAt: new Date(utcMs).toISOString() }
  writeInstalled(stateDir, { ...installed, [name]: { ...model, int8 } })
}

/** Whether the models run where whole numbers pay: a box with a GPU has it look at crops as they are. */
export const isOnCpu = ({ running }: About): boolean =>
  [running.detector, running.embedder].every(
    (one) => one === null || one.provider === 'cpu' || one.provider === 'wasm',
  )
