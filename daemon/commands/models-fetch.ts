/**
 * `barnbox models fetch NAME` and `import FILE --as NAME`: the two ways in which a model comes.
 */
import { setGlobalProxyFromEnv } from 'node:http'
import path from 'node:path'
import { type CatalogEntry, catalogEntry } from '../../models/catalog.ts'
import { asBarnboxError, BarnboxError } from '../lib/errors.ts'
import { type InstalledModel, modelsFolder } from '../vision/store.ts'
import { type Download, download, forget } from './models-download.ts'
import { checkName, type InstallOptions, installModel } from './models-install.ts'
import { mustAccept } from './models-licence.ts'

export interface FetchDeps {
  readonly stateDir: string
  /** Of the process: `HF_ENDPOINT` and the proxies' variables are read. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly onProgress: Download['onProgress']
  readonly signal: AbortSignal
  /** What tests replace. */
  readonly pauseMs?: number
  readonly entry?: CatalogEntry
}

export async function fetchModel(
  name: string,
  options: InstallOptions,
  { stateDir, env, onProgress, signal, pauseMs, entry = catalogEntry(name) }: FetchDeps,
): Promise<InstalledModel> {
  if (!entry) {
    throw new BarnboxError('NOT_FOUND', `there is no ${name} in the catalogue: see \`barnbox models list\``)
  }
  checkName(name)
  if (entry.url === null) {
    const cure = `make or find the file and \`barnbox models import FILE --as ${name}\``
    throw new BarnboxError('BAD_REQUEST', `nobody offers ${name} for download; ${cure} (${entry.source})`)
  }
  // Before hundreds of megabytes have come for nothing.
  mustAccept(name, entry.licence, options.acceptLicense)
  useProxies(env)
  const url = mirrored(entry.url, env['HF_ENDPOINT'])
  const part = path.join(modelsFolder(stateDir), `${name}.part${path.extname(new URL(url).pathname)}`)
  await download({ url, part, onProgress, signal, ...(pauseMs !== undefined && { pauseMs }) })
  try {
    const model = await installModel({ name, file: part, from: url }, options, stateDir, entry)
    await forget(part)
    return model
  } catch (error) {
    // A file that will never do is not gone on with.
    if (asBarnboxError(error).kind === 'data') await forget(part)
    throw error
  }
}

/** The base name is enough to know a stick's file again; where it was mounted is nobody's business. */
export const importModel = (name: string, file: string, options: InstallOptions, stateDir: string) =>
  installModel({ name, file, from: path.basename(file) }, options, stateDir)

const huggingFace = 'https://huggingface.co/'

function mirrored(url: string, endpoint: string | undefined): string {
  if (!endpoint || !url.startsWith(huggingFace)) return url
  const mirror = `${endpoint.replace(/\/+$/, '')}/${url.slice(huggingFace.length)}`
  if (/^https?:/.test(mirror) && URL.canParse(mirror)) return mirror
  throw new BarnboxError('BAD_REQUEST', `HF_ENDPOINT is no address: ${endpoint}`)
}

/** HTTP_PROXY, HTTPS_PROXY and NO_PROXY: Node heeds them only when told to. */
function useProxies(env: FetchDeps['env']): void {
  try {
    setGlobalProxyFromEnv({ ...env })
  } catch (cause) {
    throw new BarnboxError('BAD_REQUEST', 'HTTP_PROXY or HTTPS_PROXY is no address', { cause })
  }
}
