/**
 * `barnbox models VERB`: each verb done, and told to a person or, with `json`, to a program.
 */

import { BarnboxError } from '../lib/errors.ts'
import type { AskedProvider } from '../vision/providers.ts'
import { listModels, listText, removeModel, useModel, verifyModels } from './models.ts'
import type { Download } from './models-download.ts'
import { importEngine, isEngineFile } from './models-engine.ts'
import { fetchModel, importModel } from './models-fetch.ts'
import { createProgress, type Screen } from './models-progress.ts'
import { benchModel, embedImage } from './models-try.ts'

export interface Place {
  readonly stateDir: string
  readonly say: (text: string) => void
}

export interface Bring {
  readonly acceptLicense?: string
  readonly normalise: 'imagenet' | 'half'
  readonly int8?: boolean
}

interface Json {
  readonly json?: boolean
}

interface On {
  readonly provider: AskedProvider
}

export async function sayFetch(
  name: string,
  { acceptLicense, normalise, int8 = false }: Bring,
  { stateDir, say }: Place,
  outside: { env: NodeJS.ProcessEnv; screen: Screen; signal: AbortSignal },
): Promise<void> {
  const { env, screen, signal } = outside
  const onProgress: Download['onProgress'] = createProgress(name, screen)
  const deps = { stateDir, env, onProgress, signal }
  const { layout, from } = await fetchModel(name, { acceptLicense, normalise, int8 }, deps)
  say(installedText(name, layout, from))
}

export async function sayImport(
  file: string,
  { as: name, of, acceptLicense, normalise, int8 = false }: Bring & { as: string; of?: string },
  { stateDir, say }: Place,
): Promise<void> {
  if (isEngineFile(file)) {
    const { layout, from } = await importEngine(name, file, of, stateDir)
    say(installedText(name, layout, from))
    return say(`whether it runs on this machine: barnbox models bench ${name}`)
  }
  if (of !== undefined)
    throw new BarnboxError('BAD_REQUEST', '--of belongs to TensorRT engines (.engine, .plan, .trt)')
  const { layout, from } = await importModel(name, file, { acceptLicense, normalise, int8 }, stateDir)
  say(installedText(name, layout, from))
}

const installedText = (name: string, layout: string, from: string) =>
  `${name} is installed (${layout}) from ${from}; choose it with: barnbox models use ${name}`

export function sayList({ json }: Json, { stateDir, say }: Place): void {
  const models = listModels(stateDir)
  say(json ? JSON.stringify({ models }) : listText(models))
}

export function sayUse(name: string, { stateDir, say }: Place): void {
  const place = useModel(name, stateDir).task === 'detect' ? 'vision.detector' : 'vision.embedder'
  say(`${name} is chosen, from the daemon's next start on, unless ${place} in the config names another`)
}

/** Answers whether all are whole. */
export async function sayVerify({ json }: Json, { stateDir, say }: Place): Promise<boolean> {
  const models = await verifyModels(stateDir)
  if (json) say(JSON.stringify({ models }))
  else if (models.length === 0) say('no model was brought; the built-in ones are looked after at each start')
  else for (const { name, state } of models) say(`${state.padEnd(7)}  ${name}`)
  return models.every(({ state }) => state === 'whole')
}

export function sayRemove(name: string, { stateDir, say }: Place): void {
  removeModel(name, stateDir)
  say(`${name} is removed`)
}

export async function sayEmbed(
  image: string,
  { json, model, provider }: Json & On & { model?: string },
  { stateDir, say }: Place,
): Promise<void> {
  const embedded = await embedImage(image, { model, provider }, stateDir)
  const { model: id, dim } = embedded
  say(json ? JSON.stringify(embedded) : `${id}: ${dim} numbers, on ${ranOn(embedded)} (--json prints them)`)
}

/** What it really ran on, and why it is not what was asked for. */
const ranOn = ({ provider, fallback }: { provider: string; fallback: string | null }) =>
  fallback === null ? provider : `${provider}, for ${fallback}`

export async function sayBench(
  name: string,
  { json, threads, provider }: Json & On & { threads: number },
  { stateDir, say }: Place,
): Promise<void> {
  const timed = await benchModel(name, { threads, provider }, stateDir)
  const { load_ms, median_ms, p95_ms } = timed
  const times = `median ${median_ms} ms, p95 ${p95_ms} ms, load ${load_ms} ms`
  say(json ? JSON.stringify(timed) : `${name}: ${times}, on ${ranOn(timed)}`)
}
