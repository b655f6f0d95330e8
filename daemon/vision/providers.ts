/**
 * Execution providers: what runs a network's nodes. Which of them this installation has.
 */
import './no-telemetry.ts'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { listSupportedBackends } from 'onnxruntime-node'

export const providers = ['cpu', 'cuda', 'tensorrt'] as const
export type Provider = (typeof providers)[number]
/** `auto`: CUDA where it is there, right and faster; TensorRT only for an engine that is built already. */
export type AskedProvider = Provider | 'auto'

/** What the runtime calls them in a profile. */
export const executionProviders: Readonly<Record<Provider, string>> = {
  cpu: 'CPUExecutionProvider',
  cuda: 'CUDAExecutionProvider',
  tensorrt: 'TensorrtExecutionProvider',
}

export const providerTitles: Readonly<Record<Provider, string>> = {
  cpu: 'the CPU',
  cuda: 'CUDA',
  tensorrt: 'TensorRT',
}

const help = 'docs/gpu.md says how'

/**
 * Why a provider cannot be used here, in plain words; undefined where only a try can tell. The list of backends is
 * made when the runtime is compiled: it says nothing of a library that is left out of the package.
 */
export function missingProvider(provider: Provider): string | undefined {
  const backend = listSupportedBackends().find(({ name }) => name === provider)
  const title = providerTitles[provider]
  if (!backend)
    return `this build of onnxruntime has no ${title}: it must be built for this machine (${help})`
  const library = libraryOf(provider)
  if (backend.bundled || existsSync(library)) return undefined
  return `${title} is not installed: ${path.basename(library)} is missing (${help})`
}

/** The runtime looks for a provider's library beside its own and nowhere else. */
export function libraryOf(provider: Provider): string {
  const main = createRequire(import.meta.url).resolve('onnxruntime-node')
  const folder = path.join(path.dirname(main), '..', 'bin', 'napi-v6', process.platform, process.arch)
  return path.join(folder, `libonnxruntime_providers_${provider}.so`)
}

/** What the runtime threw when a provider was to be used, in plain words. */
export function plainReason(provider: Provider, thrown: unknown): string {
  let error = thrown
  while (error instanceof Error && error.cause instanceof Error) error = error.cause
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
  // The runtime tells which library it was on stderr alone.
  if (/load (shared )?library/i.test(line)) {
    return `${providerTitles[provider]} does not load: \`ldd ${libraryOf(provider)}\` names what it lacks`
  }
  return `${providerTitles[provider]} fails: ${line}`
}
