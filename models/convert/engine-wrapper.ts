/**
 * A TensorRT engine as an ONNX file: one node, `EPContext`, that names the engine beside it. onnxruntime's TensorRT
 * provider then loads the engine instead of building one. The format is that of `gen_trt_engine_wrapper_onnx_model.py`
 * in onnxruntime.
 */
import { BarnboxError } from '../../daemon/lib/errors.ts'
import { createOnnxGraph, type Dim, isDataType, type OutputPort } from './onnx-writer.ts'
import { type Field, fieldsOf } from './protobuf.ts'
import { fileSource, type WeightSource } from './weight-source.ts'

/** An input or output as the runtime tells it; a dimension without a number is open. */
export interface EnginePort {
  readonly name: string
  readonly type: string
  readonly shape: readonly Dim[]
}

const contextOp = 'EPContext'

/**
 * The wrapper of `engineFile`, a name without a path: the provider takes nothing but a file in the wrapper's folder.
 * The ports are those of the ONNX model that the engine was built of.
 */
export function wrapEngine(
  engineFile: string,
  inputs: readonly EnginePort[],
  outputs: readonly EnginePort[],
): Uint8Array {
  if (!/^[\w-][\w.-]*$/.test(engineFile) || engineFile.includes('..')) {
    throw new BarnboxError('BAD_REQUEST', `${engineFile} is no file name that a wrapper can hold`)
  }
  const onnx = createOnnxGraph('trt_engine_wrapper', { domains: { 'com.microsoft': 1 } })
  const names = inputs.map(ported).map(({ name, type, shape }) => onnx.input(name, type, shape))
  onnx.last(`com.microsoft.${contextOp}`, names, outputs.map(ported), {
    main_context: 1,
    embed_mode: 0,
    ep_cache_context: engineFile,
    source: 'TensorrtExecutionProvider',
  })
  return onnx.encode({ engine: engineFile })
}

function ported({ name, type, shape }: EnginePort): OutputPort {
  if (!isDataType(type)) throw new BarnboxError('MODEL_BROKEN', `${name} holds ${type}, which is not known`)
  // The runtime tells an open dimension by its name or, where it has none, as '' or -1.
  const open = (dim: Dim) => dim === '' || dim === -1
  return { name, type, shape: shape.map((dim, i) => (open(dim) ? `${name}_${i}` : dim)) }
}

/** Numbers in onnx.proto of ModelProto's graph, GraphProto's node and NodeProto's kind. */
const wayToKind = [7, 1, 4] as const

/** Whether the model is a wrapper: its first node is an `EPContext`. What is no ONNX file is none. */
export function isEngineWrapper(file: string): boolean {
  try {
    const source = fileSource(file)
    let part: Pick<Field, 'start' | 'end'> | undefined = { start: 0, end: source.size }
    for (const number of wayToKind) part = part && firstOf(source, part, number)
    const length = part ? part.end - part.start : 0
    if (!part || length !== contextOp.length) return false
    return Buffer.from(source.read(part.start, length)).toString('latin1') === contextOp
  } catch {
    // Whoever opens it will say what is wrong.
    return false
  }
}

function firstOf(source: WeightSource, { start, end }: Pick<Field, 'start' | 'end'>, number: number) {
  for (const field of fieldsOf(source, start, end)) if (field?.number === number && field.isLong) return field
  return undefined
}
