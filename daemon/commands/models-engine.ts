/**
 * `barnbox models import FILE.engine --as NAME --of NAME`: a TensorRT engine that was built on this machine becomes an
 * installed model. It is not run here: the self-test at the start does that, against the model that it was built of.
 */
import { rename, stat } from 'node:fs/promises'
import path from 'node:path'
import { catalogEntry, isBuiltIn } from '../../models/catalog.ts'
import { wrapEngine } from '../../models/convert/engine-wrapper.ts'
import { BarnboxError } from '../lib/errors.ts'
import { discard, syncFolder } from '../lib/whole-file.ts'
import { inputsOf, openSession, outputsOf } from '../vision/session.ts'
import {
  hashFile,
  type InstalledModel,
  installedPath,
  modelsFolder,
  readInstalled,
  writeInstalled,
  writeModelFile,
} from '../vision/store.ts'
import { checkName, copyWhole, readable } from './models-install.ts'

/** What `trtexec --saveEngine` is usually told to write. */
const endings = ['.engine', '.plan', '.trt']

export const isEngineFile = (file: string) => endings.includes(path.extname(file).toLowerCase())

/**
 * Installs the engine under a name of its own. What it takes and gives, and what its vectors are stored under, is that
 * of `of`, an installed ONNX model: it stays installed, to be compared with and to fall back to.
 */
export async function importEngine(
  name: string,
  file: string,
  of: string | undefined,
  stateDir: string,
): Promise<InstalledModel> {
  checkName(name)
  if (catalogEntry(name)) {
    throw refused(`${name} is the catalogue's name of an ONNX model; give the engine one of its own`)
  }
  const original = originalOf(name, of, stateDir)
  await readable(file)
  if ((await stat(file)).size === 0) throw new BarnboxError('MODEL_BROKEN', `${file} is empty`)
  const folder = modelsFolder(stateDir)
  const engine = `${name}.engine`
  const temporary = path.join(folder, `${engine}.${process.pid}.tmp`)
  try {
    const wrapper = await wrapperFor(engine, installedPath(stateDir, original.model))
    await copyWhole(file, temporary)
    const sha256 = await hashFile(temporary)
    await rename(temporary, path.join(folder, engine))
    syncFolder(folder)
    const wrapperFile = path.join(folder, `${name}.onnx`)
    writeModelFile(wrapperFile, [wrapper])
    // Its 8-bit variant stays the original's.
    const { int8: _int8, ...shared } = original.model
    const model: InstalledModel = {
      ...shared,
      file: path.basename(wrapperFile),
      sha256: await hashFile(wrapperFile),
      bytes: wrapper.length,
      from: path.basename(file),
      fromSha256: sha256,
      installedAt: new Date().toISOString(),
      engine: { file: engine, sha256, of: original.name, ofSha256: original.model.sha256 },
    }
    writeInstalled(stateDir, { ...readInstalled(stateDir), [name]: model })
    return model
  } finally {
    discard(temporary)
  }
}

const refused = (message: string) => new BarnboxError('BAD_REQUEST', message)

function originalOf(
  name: string,
  of: string | undefined,
  stateDir: string,
): { name: string; model: InstalledModel } {
  if (of === undefined) {
    throw refused('an engine does not say what it holds: name the installed model it was built of with --of')
  }
  if (isBuiltIn(of))
    throw refused(`${of} is built in and takes pictures of any size: no engine can be its own`)
  const model = readInstalled(stateDir)[of]
  if (!model) {
    const message = `the model ${of} is not installed: \`barnbox models import FILE.onnx --as ${of}\` first`
    throw new BarnboxError('NOT_FOUND', message)
  }
  if (model.engine) throw refused(`${of} is an engine itself; name the ONNX model`)
  if (of === name) throw refused(`${name} is the ONNX model; give the engine a name of its own`)
  return { name: of, model }
}

/** The runtime tells what the original takes and gives. */
async function wrapperFor(engine: string, original: string): Promise<Uint8Array> {
  const session = await openSession(original, 1)
  try {
    return wrapEngine(engine, inputsOf(session), outputsOf(session))
  } finally {
    await session.release()
  }
}
