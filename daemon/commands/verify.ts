/**
 * `barnbox verify`: whether a package is signed by the key that this box trusts. Says nothing of what is in it.
 */
import { createHash } from 'node:crypto'
import { createReadStream, readFileSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { BarnboxError } from '../lib/errors.ts'
import { checkSignature } from '../lib/minisign.ts'

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new BarnboxError('FILE_MISSING', `${file} cannot be read`, { context: { file }, cause })
  }
}

/** The signature lies beside the file, as minisign puts it. Answers its comment. */
export async function verifyFile(file: string, keyFile: string): Promise<string> {
  const [key, signature] = [read(keyFile), read(`${file}.minisig`)]
  const hash = createHash('blake2b512')
  try {
    await pipeline(createReadStream(file), hash)
  } catch (cause) {
    throw new BarnboxError('FILE_MISSING', `${file} cannot be read`, { context: { file }, cause })
  }
  return checkSignature(signature, key, hash.digest())
}
