/**
 * The built program: daemon and workers bundled, and what they find beside themselves. The folder's own node_modules, or one above it, must
 * have `externals`; the model weights come from there too.
 */
import { copyFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build, type Metafile } from 'esbuild'
import { type WebFile, writeWeb } from '../../web/bundle.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** They bring native code or load files beside themselves; `ffmpeg-static` and TensorFlow.js are looked for, not needed. */
export const externals = [
  '@tensorflow/*',
  '@vladmandic/human',
  'better-sqlite3',
  'ffmpeg-static',
  'onnxruntime-node',
  'sharp',
  'sqlite-vec',
]

/** How the bundler makes what the pinned Node runs. */
export const bundledForNode = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  // Node has it; as the bundler writes it, an error in one round of a loop is thrown again in the next.
  supported: { using: true },
  format: 'esm',
  // Bundled CommonJS packages call `require` for Node's own modules, which ESM does not have.
  banner: {
    js: "import { createRequire as requireFor } from 'node:module'\nconst require = requireFor(import.meta.url)",
  },
  logLevel: 'warning',
} as const satisfies BuildOptions

export interface MadeProgram {
  /** What was bundled. */
  readonly metafile: Metafile
  readonly web: readonly WebFile[]
}

export async function makeProgram(out: string): Promise<MadeProgram> {
  const [metafile, web] = [await bundleProgram(out), await writeWeb(join(out, 'web'))]
  copyFiles(out)
  return { metafile, web }
}

/**
 * Daemon and workers. All files lie side by side, because they find migrations, worker and page files relative
 * to themselves. Splitting keeps each command, and the native packages behind it, unloaded until it is asked for.
 */
async function bundleProgram(out: string): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: {
      main: 'daemon/main.ts',
      'vision-worker': 'daemon/vision/worker.ts',
      'onvif-worker': 'daemon/cameras/onvif/worker.ts',
      'copy-worker': 'daemon/registry/copy-worker.ts',
    },
    outdir: out,
    ...bundledForNode,
    splitting: true,
    external: externals,
    sourcemap: 'linked',
    metafile: true,
  })
  return metafile
}

function copyFiles(out: string): void {
  cpSync(join(root, 'daemon/registry/migrations'), join(out, 'migrations'), { recursive: true })
  cpSync(join(root, 'daemon/sync/schema'), join(out, 'schema'), { recursive: true })
  for (const file of ['config/barnbox.example.yaml', 'config/barnbox.schema.json', 'LICENSE']) {
    copyFileSync(join(root, file), join(out, file.split('/').at(-1) ?? file))
  }
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  // The version it reports, and that these files are modules, wherever the folder comes to lie.
  writeFileSync(join(out, 'package.json'), `${JSON.stringify({ name, version, type: 'module' })}\n`)
}
