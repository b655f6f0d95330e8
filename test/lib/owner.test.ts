/** What root makes in another's folder becomes that other's, and nothing outside of it. */
import { linkSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { giveAll, giveTo } from '../../daemon/lib/owner.ts'
import { give, isRoot, owner } from '../support/ordinary-user.ts'

const skip = isRoot ? false : 'needs root'
const ownerOf = (...path: string[]) => lstatSync(join(...path)).uid

t.test('a folder and all in it, but for what leads out', { skip }, async (t) => {
  const folder = t.testdir({
    outside: { secret: 'x', inner: { file: 'x' } },
    state: { own: 'x', deep: { er: { file: 'x' } }, clips: { file: 'x' } },
  })
  const state = join(folder, 'state')
  give(state)
  symlinkSync(join(folder, 'outside'), join(state, 'link'))
  linkSync(join(folder, 'outside/secret'), join(state, 'twice'))
  giveAll(state, state, ['clips'])
  for (const name of ['own', 'deep', 'deep/er', 'deep/er/file', 'link'])
    t.equal(ownerOf(state, name), owner, name)
  for (const name of ['outside', 'outside/secret', 'outside/inner', 'outside/inner/file'])
    t.equal(ownerOf(folder, name), 0, name)
  t.equal(ownerOf(state, 'clips'), 0, 'left alone')
})

t.test('a folder elsewhere, and one file', { skip }, async (t) => {
  const folder = t.testdir({ state: {}, disk: { file: 'x' } })
  const state = join(folder, 'state')
  give(state)
  giveAll(state, join(folder, 'disk'))
  t.equal(ownerOf(folder, 'disk'), owner)
  t.equal(ownerOf(folder, 'disk/file'), owner)
  writeFileSync(join(state, 'one'), 'x')
  giveTo(state, join(state, 'one'))
  t.equal(ownerOf(state, 'one'), owner)
  t.doesNotThrow(() => giveAll(join(folder, 'nowhere')))
})

t.test('where the folder is root’s all stays root’s', { skip }, async (t) => {
  const folder = t.testdir({ state: { file: 'x' } })
  mkdirSync(join(folder, 'state/more'))
  giveAll(join(folder, 'state'))
  t.equal(ownerOf(folder, 'state/file'), 0)
})
