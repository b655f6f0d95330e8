/**
 * A TensorRT engine as an ONNX file: one node, `EPContext`, that names the engine beside it. onnxruntime's TensorRT
 * provider then loads the engine instead of building one. The format is that of `gen_trt_engine_wrapper_onnx_model.py`
 * in onnxruntime.
 */
import { closeSync, openSync, readSync } from 'node:fs'
import { BarnboxError } from '../../daemon/lib/errors.ts'
import { createOnnxGraph, type Dim, isDataType, type OutputPort } from './onnx-writer.ts'

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

/** Enough for the head of any model: what stands before the first node's kind is names. */
const headBytes = 65_536

/** Whether the model is a wrapper: its first node is an `EPContext`. What is no ONNX file is none. */
export function isEngineWrapper(file: string): boolean {
  let head: Uint8Array
  try {
    head = readHead(file)
  } catch {
    // Whoever opens it will say what is wrong.
    return false
  }
  const graph = fieldOf(head, fields.graph)
  const node = graph && fieldOf(graph, fields.node)
  const opType = node && fieldOf(node, fields.opType)
  return opType !== undefined && Buffer.from(opType).toString('latin1') === contextOp
}

function readHead(file: string): Uint8Array {
  const handle = openSync(file, 'r')
  try {
    const head = new Uint8Array(headBytes)
    return head.subarray(0, readSync(handle, head))
  } finally {
    closeSync(handle)
  }
}

/** Numbers in onnx.proto of ModelProto's graph, GraphProto's node and NodeProto's kind. */
const fields = { graph: 7, node: 1, opType: 4 } as const

/** What protobuf calls the ways in which a value is written. */
const wire = { varint: 0, eightBytes: 1, lengthGiven: 2, fourBytes: 5 } as const

/** The first value of a field that holds bytes, as far as it was read; undefined where it is not among them. */
function fieldOf(message: Uint8Array, wanted: number): Uint8Array | undefined {
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = message[at++]
      if (byte === undefined) return Number.NaN
      value += (byte & 127) * 2 ** shift
      if (byte < 128) return value
    }
    return Number.NaN
  }
  while (at < message.length) {
    const tag = varint()
    const kind = tag % 8
    if (kind === wire.varint) varint()
    else if (kind === wire.eightBytes) at += 8
    else if (kind === wire.fourBytes) at += 4
    else if (kind === wire.lengthGiven) {
      const length = varint()
      if (!(length >= 0)) return undefined
      if (Math.floor(tag / 8) === wanted) return message.subarray(at, at + length)
      at += length
    } else return undefined
  }
  return undefined
}
