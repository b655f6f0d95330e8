/**
 * A Swin transformer's weights, whatever file and key layout they came in: which Swin it is follows from the tensors,
 * and every tensor is there with the right shape or the file is refused.
 */
import { isSafetensors, readSafetensors } from './safetensors.ts'
import { readTorchFile } from './torch-file.ts'
import { isWeight, refused, shown, type Weight, type WeightSource } from './weight-source.ts'
import { isZip } from './zip.ts'

export interface SwinShape {
  /** Channels of the first stage; each of the four has twice as many as the one before. */
  readonly embed: number
  readonly depths: readonly number[]
  readonly heads: readonly number[]
  /** Tokens on a window's side: 7 for pictures of 224 pixels, 12 for 384. */
  readonly window: number
}

export interface SwinWeights {
  readonly shape: SwinShape
  /** Old: as timm wrote it until 0.8 and Microsoft does, with downsampling at the end of a stage. */
  readonly layout: 'old' | 'new'
  /** By the new layout's keys, exactly those of `tensorShapes`. */
  readonly weights: ReadonlyMap<string, Weight>
}

export const stages = 4
export const patchSide = 4

/** One window covers the last stage. */
export const inputSide = ({ window }: SwinShape) => window * patchSide * 2 ** (stages - 1)
export const channelsOf = ({ embed }: SwinShape, stage: number) => embed * 2 ** stage

/** Every tensor that a Swin of this shape has, by the new layout's keys. */
export function tensorShapes(shape: SwinShape): Map<string, readonly number[]> {
  const { embed, depths, heads, window } = shape
  const all = new Map<string, readonly number[]>([
    ['patch_embed.proj.weight', [embed, 3, patchSide, patchSide]],
  ])
  const vector = (key: string, size: number) => all.set(key, [size])
  const norm = (key: string, size: number) => vector(`${key}.weight`, size) && vector(`${key}.bias`, size)
  const linear = (key: string, out: number, from: number) =>
    all.set(`${key}.weight`, [out, from]) && vector(`${key}.bias`, out)
  vector('patch_embed.proj.bias', embed)
  norm('patch_embed.norm', embed)
  depths.forEach((depth, stage) => {
    const c = channelsOf(shape, stage)
    if (stage > 0) {
      norm(`layers.${stage}.downsample.norm`, 2 * c)
      all.set(`layers.${stage}.downsample.reduction.weight`, [c, 2 * c])
    }
    for (let block = 0; block < depth; block++) {
      const key = `layers.${stage}.blocks.${block}`
      norm(`${key}.norm1`, c)
      all.set(`${key}.attn.relative_position_bias_table`, [(2 * window - 1) ** 2, heads[stage] ?? 0])
      linear(`${key}.attn.qkv`, 3 * c, c)
      linear(`${key}.attn.proj`, c, c)
      norm(`${key}.norm2`, c)
      linear(`${key}.mlp.fc1`, 4 * c, c)
      linear(`${key}.mlp.fc2`, c, 4 * c)
    }
  })
  norm('norm', channelsOf(shape, stages - 1))
  return all
}

/** Reads and checks all but the values. */
export function readSwin(source: WeightSource): SwinWeights {
  const found = chosen(source, readAny(source))
  const layout = [...found.keys()].some((key) => key.startsWith('layers.0.downsample.')) ? 'old' : 'new'
  const weights = new Map<string, Weight>()
  for (const [key, weight] of found) if (!ignored.test(key)) weights.set(renamed(key, layout), weight)
  const shape = shapeOf(source, weights)
  checkTensors(source, weights, tensorShapes(shape))
  return { shape, layout, weights }
}

/** Computed from the window, or of no use without the classes it was trained on. */
const ignored = /^head\.|\.attn\.relative_position_index$|\.attn_mask$/

function renamed(key: string, layout: SwinWeights['layout']): string {
  if (layout === 'new') return key
  return key.replace(
    /^layers\.([0-2])\.downsample\./,
    (_, stage) => `layers.${Number(stage) + 1}.downsample.`,
  )
}

function readAny(source: WeightSource): unknown {
  const start = source.read(0, Math.min(16, source.size))
  if (isZip(start)) return readTorchFile(source)
  if (isSafetensors(start)) return readSafetensors(source)
  if (isLegacyTorch(start)) {
    throw refused(
      source.name,
      'was saved by a PyTorch before 1.6, which is not read; ask for it as safetensors',
    )
  }
  throw refused(source.name, 'is neither safetensors nor a file of torch.save')
}

/** A bare pickle. */
export const isLegacyTorch = (start: Uint8Array) => start[0] === 0x80

const landmark = 'patch_embed.proj.weight'

/** Trainers put the weights beside other things: only the dict that has them is looked at. */
function chosen(source: WeightSource, saved: unknown): Map<string, Weight> {
  const outer = saved instanceof Map ? saved : new Map()
  const dicts = [outer, outer.get('model'), outer.get('state_dict')]
  const dict: unknown = dicts.find((one) => one instanceof Map && isWeight(one.get(landmark)))
  if (!(dict instanceof Map)) {
    const keys = [...outer.keys()].filter((key) => typeof key === 'string').slice(0, 3)
    const seen = keys.length ? `; it begins with ${keys.map(shown).join(', ')}` : ''
    throw refused(source.name, `holds no Swin: ${landmark} is missing${seen}`)
  }
  const weights = new Map<string, Weight>()
  for (const [key, value] of dict) if (typeof key === 'string' && isWeight(value)) weights.set(key, value)
  return weights
}

const mostEmbed = 512
const mostBlocks = 48
const mostHeads = 64
const windows: readonly number[] = [7, 12]

/** What Swin the tensors must be of; that they are is checked later. */
function shapeOf(source: WeightSource, weights: ReadonlyMap<string, Weight>): SwinShape {
  const no = (what: string) => refused(source.name, `holds no Swin that is known: ${what}`)
  const embed = weights.get(landmark)?.shape[0] ?? 0
  if (embed < 1 || embed > mostEmbed) throw no(`${landmark} has ${embed} channels`)
  const depths = Array.from({ length: stages }, () => 0)
  const tables = new Map<number, readonly number[]>()
  for (const [key, { shape }] of weights) {
    const [, stage = '', block = '', rest] = /^layers\.([0-3])\.blocks\.(\d{1,3})\.(.+)$/.exec(key) ?? []
    if (rest === undefined) continue
    depths[Number(stage)] = Math.max(depths[Number(stage)] ?? 0, Number(block) + 1)
    if (rest === 'attn.relative_position_bias_table' && shape.length === 2) tables.set(Number(stage), shape)
  }
  depths.forEach((depth, stage) => {
    if (depth < 1 || depth > mostBlocks) throw no(`stage ${stage} has ${depth} blocks`)
    if (!tables.has(stage)) throw no(`stage ${stage} lacks its attn.relative_position_bias_table`)
  })
  const window = (Math.sqrt(tables.get(0)?.[0] ?? 0) + 1) / 2
  if (!windows.includes(window)) throw no('its windows are neither 7 nor 12 wide')
  const heads = depths.map((_, stage) => tables.get(stage)?.[1] ?? 0)
  heads.forEach((count, stage) => {
    if (count < 1 || count > mostHeads || (embed * 2 ** stage) % count)
      throw no(`stage ${stage} has ${count} heads`)
  })
  return { embed, depths, heads, window }
}

const mostFaults = 6

function checkTensors(
  source: WeightSource,
  weights: ReadonlyMap<string, Weight>,
  expected: ReadonlyMap<string, readonly number[]>,
): void {
  const faults: string[] = []
  for (const [key, shape] of expected) {
    const weight = weights.get(key)
    if (!weight) faults.push(`${key} is missing`)
    else if (weight.shape.join() !== shape.join()) faults.push(`${key} is [${weight.shape}], not [${shape}]`)
    else if (!weight.type.includes('float')) faults.push(`${key} holds ${weight.type}`)
  }
  // A key more is another network (Swin V2, absolute positions), which would run and answer wrongly.
  for (const key of weights.keys()) if (!expected.has(key)) faults.push(`${shown(key)} is unknown`)
  if (faults.length === 0) return
  const more = faults.length > mostFaults ? `; and ${faults.length - mostFaults} more` : ''
  throw refused(source.name, `is not a whole Swin: ${faults.slice(0, mostFaults).join('; ')}${more}`)
}

/** Far beyond any trained weight: what a flipped bit in an exponent makes. */
const mostValue = 1e6

/** Reads every value once: damaged bytes, infinities and numbers that no training leaves are refused. */
export function checkValues(source: WeightSource, { weights }: SwinWeights): void {
  for (const [key, weight] of weights) {
    for (const value of weight.floats()) {
      if (!(Math.abs(value) < mostValue)) throw refused(source.name, `${key} holds ${value} (damaged?)`)
    }
  }
}
