import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { discard, writeChunks, writeWhole } from '../../daemon/lib/whole-file.ts'

const modeOf = (file: string) => statSync(file).mode & 0o777

t.test('a file is there whole, its owner’s alone where nothing else is said', (t) => {
  const folder = t.testdir()
  const file = `${folder}/a.json`
  writeWhole(file, 'one')
  t.equal(readFileSync(file, 'utf8'), 'one')
  t.equal(modeOf(file), 0o600)
  writeWhole(file, new Uint8Array([116, 119, 111]), 0o644)
  t.equal(readFileSync(file, 'utf8'), 'two')
  t.equal(modeOf(file), 0o644)
  writeChunks(file, [Buffer.from('th'), Buffer.alloc(0), Buffer.from('ree')])
  t.equal(readFileSync(file, 'utf8'), 'three')
  t.same(readdirSync(folder), ['a.json'])
  t.end()
})

t.test('what fails leaves all as it was', (t) => {
  const folder = t.testdir({ 'a.json': 'one' })
  const broken = function* () {
    yield Buffer.from('half')
    throw new Error('the source is broken')
  }
  t.throws(() => writeChunks(`${folder}/a.json`, broken()), { message: 'the source is broken' })
  t.equal(readFileSync(`${folder}/a.json`, 'utf8'), 'one')
  t.same(readdirSync(folder), ['a.json'])
  t.throws(() => writeWhole(`${folder}/none/a.json`, 'x'), { code: 'ENOENT' })
  t.end()
})

t.test('half a file of before is no hindrance', (t) => {
  const folder = t.testdir()
  writeFileSync(`${folder}/a.json.${process.pid}.new`, 'of an earlier life')
  writeWhole(`${folder}/a.json`, 'one')
  t.same(readdirSync(folder), ['a.json'])
  discard(`${folder}/a.json/below`)
  t.equal(readFileSync(`${folder}/a.json`, 'utf8'), 'one', 'a folder that is none is passed over')
  t.end()
})
