/**
 * No file over 400 lines: past that a room wants a wall. (Functions: Biome's noExcessiveLinesPerFunction.)
 */
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = fileURLToPath(new URL('../..', import.meta.url))
const most = 400

t.test('no source file is over 400 lines', async (t) => {
  const files = globSync('{*.ts,{daemon,models,web,scripts,test}/**/*.{ts,py,css}}', { cwd: root })
  t.ok(files.length > 50)
  for (const file of files) {
    const lines = readFileSync(`${root}/${file}`, 'utf8').split('\n').length
    if (lines > most) t.fail(`${file} has ${lines} lines`)
  }
})
