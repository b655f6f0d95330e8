/**
 * What an ONNX file says about itself; the runtime does not hand it out.
 */
import { readFileSync, statSync } from 'node:fs'
import proto from 'onnx-proto'

/** The whole file is read for it: a larger one is taken unread. */
const mostBytes = 400e6

/** The metadata's keys and values; empty where there is none or the file is no ONNX. */
export function onnxMetadata(file: string): ReadonlyMap<string, string> {
  if (statSync(file).size > mostBytes) return new Map()
  try {
    const { metadataProps } = proto.onnx.ModelProto.decode(readFileSync(file))
    return new Map(metadataProps.map(({ key, value }) => [key ?? '', value ?? '']))
  } catch {
    // Whether it can be used at all is for the runtime to say.
    return new Map()
  }
}
