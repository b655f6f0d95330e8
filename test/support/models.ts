/**
 * The built-in models as a daemon converts them at its first start: made once a run, and brought into state folders whose test is about
 * something else. First starts are tested in `test/system/stop.test.ts`, conversions in `test/vision/models.test.ts`.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const made = join(tmpdir(), 'barnbox-test-models')

/** Where the converter is another by now, the daemon finds that out and makes them anew. */
export async function bringModels(stateDir: string): Promise<void> {
  const from = join(made, 'models')
  if (!existsSync(join(from, 'manifest.json'))) {
    // Loaded where it is needed: converting takes a second, and so does loading what converts.
    const { ensureModels } = await import('../../daemon/vision/models.ts')
    ensureModels(made)
  }
  const to = join(stateDir, 'models')
  mkdirSync(to, { recursive: true })
  // Others may be making the same at this moment: what is half written has another ending.
  for (const name of readdirSync(from))
    if (/\.(onnx|json)$/.test(name)) copyFileSync(join(from, name), join(to, name))
}
