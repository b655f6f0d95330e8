/**
 * `catalog.json` is what its types say, and names layouts and sizes that there are.
 */
import t from 'tap'
import { z } from 'zod'
import { mustAccept } from '../../daemon/commands/models-licence.ts'
import { decoderNamed } from '../../daemon/vision/decoders/all.ts'
import { embedderLayouts } from '../../daemon/vision/embedders.ts'
import { catalog } from '../../models/catalog.ts'
import { modelNames } from '../../models/convert/convert.ts'
import { fits, tensorKinds } from '../../models/convert/preprocess.ts'
import { swinVariants } from '../../models/convert/swin-file.ts'

const three = z.tuple([z.number(), z.number(), z.number()])
const schema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,47}$/),
  task: z.enum(['detect', 'embed']),
  what: z.string().min(1),
  licence: z.strictObject({
    spdx: z.string().regex(/^[A-Za-z0-9.+-]+$/),
    commercial: z.boolean(),
    copyleft: z.boolean(),
    note: z.string().optional(),
  }),
  source: z.string().min(1),
  url: z.url({ protocol: /^https$/ }).nullable(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  form: z.enum(['npm', 'onnx', 'swin']),
  layout: z.string(),
  input: z.strictObject({
    width: z.int().positive(),
    height: z.int().positive(),
    fit: z.enum(fits),
    pad: z.int().min(0).max(255),
    colour: z.enum(['rgb', 'bgr']),
    scale: z.number().positive(),
    mean: three,
    std: three,
    tensor: z.enum(tensorKinds),
    antialias: z.boolean(),
  }),
  classes: z.union([z.literal(80), z.literal(91)]).nullable(),
  dim: z.int().positive().nullable(),
  variant: z.string().optional(),
  stopgap: z.boolean().optional(),
  sameAbove: z.number().min(0).max(1).optional(),
  margin: z.number().min(0).max(1).optional(),
})

for (const entry of catalog) {
  t.test(entry.name, async (t) => {
    const parsed = schema.safeParse(entry)
    t.ok(parsed.success, JSON.stringify(parsed.error?.issues))
    const embedder = embedderLayouts.find(({ layout }) => layout === entry.layout)
    const layout = entry.task === 'detect' ? decoderNamed(entry.layout) : embedder
    const { width, height, ...preprocessing } = entry.input
    t.same(preprocessing, layout?.usual, 'preprocessing as its layout has it')
    t.equal(entry.task === 'embed', entry.dim !== null)
    t.equal(entry.classes ?? undefined, decoderNamed(entry.layout)?.usualClasses)
    t.equal(entry.form === 'npm', (modelNames as readonly string[]).includes(entry.name))
    // Networks of 32-pixel cells and patches take no other sizes; DINOv2's patch has 14.
    t.equal(width % (entry.layout === 'tokens' ? 14 : 32), 0)
    t.equal(width, height)
  })
}

t.test('names are unique, and what an owner is promised is there', async (t) => {
  const names = catalog.map(({ name }) => name)
  t.equal(new Set(names).size, names.length)
  const promised = ['t-224', 's-224', 'b-224', 'l-224', 'l-384'].map((one) => `megadescriptor-${one}`)
  promised.push('swin-tiny-in1k', 'dinov2-s', 'yolox-nano', 'yolox-tiny', 'yolox-s', 'yolox-m')
  promised.push('d-fine-n', 'd-fine-s', 'd-fine-m', 'rf-detr-n', 'rf-detr-s', ...modelNames)
  t.same(
    promised.filter((name) => !names.includes(name)),
    [],
  )
})

t.test('a licence that not everybody may take is asked for, by its name or the model’s', async (t) => {
  const asked: string[] = []
  for (const { name, licence } of catalog) {
    try {
      t.equal(mustAccept(name, licence, undefined), false)
    } catch {
      asked.push(licence.spdx)
      t.throws(() => mustAccept(name, licence, 'MIT'), { code: 'MODEL_LICENCE' })
      t.equal(mustAccept(name, licence, licence.spdx.toLowerCase()), true)
      t.equal(mustAccept(name, licence, name), true)
    }
  }
  t.same([...new Set(asked)].sort(), ['AGPL-3.0', 'CC-BY-NC-4.0'])
})

t.test('weights of the catalogue name a size that can be told from a file', async (t) => {
  for (const { name, form, variant } of catalog) {
    if (form === 'swin') t.ok(variant !== undefined && variant in swinVariants, name)
    else t.equal(variant, undefined, name)
  }
})
