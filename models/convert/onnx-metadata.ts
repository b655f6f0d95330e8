/**
 * What an ONNX file says of itself, which the runtime does not hand out. The network is passed over unread, so the file
 * may be large; that it reads to its last byte is what tells an ONNX file from others, whatever it is called.
 */
import { type Field, fieldsOf } from './protobuf.ts'
import { refused, shown, type WeightSource } from './weight-source.ts'

/** Numbers in onnx.proto of ModelProto's graph and metadata, and of what an entry of the latter holds. */
const fields = { graph: 7, metadata: 14, key: 1, value: 2 } as const

const mostEntryBytes = 4 * 2 ** 20
const mostEntries = 1000

/** The metadata's keys and values; undefined where the file is no ONNX. Refuses a file that says a thing twice. */
export function onnxMetadata(source: WeightSource): ReadonlyMap<string, string> | undefined {
  const says = new Map<string, string>()
  let hasGraph = false
  for (const field of fieldsOf(source, 0, source.size)) {
    if (field === undefined) return undefined
    if (field.number === fields.graph && field.isLong) hasGraph = true
    if (field.number !== fields.metadata) continue
    const entry = field.isLong ? readEntry(source, field) : undefined
    if (!entry) return undefined
    const [key, value] = entry
    if (says.has(key)) throw refused(source.name, `says its ${shown(key)} twice`)
    if (says.set(key, value).size > mostEntries) throw refused(source.name, 'says too much of itself')
  }
  return hasGraph ? says : undefined
}

function readEntry(source: WeightSource, { start, end }: Field): [key: string, value: string] | undefined {
  if (end - start > mostEntryBytes) throw refused(source.name, 'says too much of itself')
  let [key, value] = ['', '']
  for (const field of fieldsOf(source, start, end)) {
    if (field === undefined) return undefined
    const said = () => Buffer.from(source.read(field.start, field.end - field.start)).toString('utf8')
    if (field.number === fields.key) key = said()
    if (field.number === fields.value) value = said()
  }
  return [key, value]
}
