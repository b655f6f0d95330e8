import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { findFfmpeg, parseVersion } from '../../daemon/cameras/ffmpeg.ts'
import { createLog } from '../../daemon/lib/log.ts'

const signal = AbortSignal.timeout(60_000)
const folder = t.testdir({})
const absent = () => undefined

/** A program that answers as an ffmpeg of that version does; or, without one, as something else. */
async function fakeFfmpeg(name: string, version?: string, decoders = ' V....D h264 H\n V....D hevc H\n') {
  const path = join(folder, name, 'ffmpeg')
  await mkdir(join(folder, name), { recursive: true })
  const answer = version === undefined ? 'echo hello' : `echo "ffmpeg version ${version} Copyright"`
  await writeFile(path, `#!/bin/sh\n[ "$1" = -version ] && { ${answer}; exit 0; }\nprintf '${decoders}'\n`)
  await chmod(path, 0o755)
  return path
}

const configured = await fakeFfmpeg('configured', '5.1.9-0+deb12u1')
const system = await fakeFfmpeg('system', '4.4.2-0ubuntu0.22.04.1', ' V....D h264 H\n')
const packaged = await fakeFfmpeg('static', 'N-109468-gd39b34123d-tessus')
const other = await fakeFfmpeg('other')
const systemPath = join(folder, 'system')

t.test('the configured one comes first', async (t) => {
  const found = await findFfmpeg({ configured, pathList: systemPath, resolveStatic: () => packaged }, signal)
  t.match(found, { path: configured, from: 'config', version: '5.1.9-0+deb12u1', major: 5, minor: 1 })
  t.match(found, { h264: true, hevc: true })
})

t.test("then the system's", async (t) => {
  const found = await findFfmpeg({ pathList: systemPath, resolveStatic: () => packaged }, signal)
  t.match(found, { path: system, from: 'system', major: 4, minor: 4, h264: true, hevc: false })
})

t.test('a configured one that does not run is said, and the next is taken', async (t) => {
  const lines: string[] = []
  const log = createLog('info', { write: (line: string) => void lines.push(line) })
  for (const broken of [other, join(folder, 'nowhere'), folder]) {
    lines.length = 0
    const found = await findFfmpeg({ configured: broken, pathList: systemPath, log }, signal)
    t.equal(found.from, 'system')
    t.equal(lines.length, 1)
    t.match(lines[0], broken)
  }
})

t.test("then ffmpeg-static's", async (t) => {
  const found = await findFfmpeg({ pathList: join(folder, 'other'), resolveStatic: () => packaged }, signal)
  t.match(found, { path: packaged, from: 'ffmpeg-static', major: 99 })
})

t.test('none: FFMPEG_MISSING names every place', async (t) => {
  const search = { configured: '/nowhere/ffmpeg', pathList: join(folder, 'empty'), resolveStatic: absent }
  await t.rejects(findFfmpeg(search, signal), {
    code: 'FFMPEG_MISSING',
    message: /\/nowhere\/ffmpeg.*PATH.*ffmpeg-static/,
    context: { tried: { length: 3 } },
  })
  await t.rejects(findFfmpeg({ ...search, resolveStatic: () => other }, signal), {
    code: 'FFMPEG_MISSING',
    message: /does not answer -version/,
  })
})

t.test('one that hangs is waited for once, however often it is named', async (t) => {
  const path = join(folder, 'hangs', 'ffmpeg')
  await mkdir(join(folder, 'hangs'), { recursive: true })
  await writeFile(path, `#!/bin/sh\necho "$*" >> "$0.runs"\nexec sleep 1000\n`)
  await chmod(path, 0o755)
  const link = join(folder, 'hangs', 'link')
  await symlink(path, link)
  const search = {
    configured: link,
    pathList: join(folder, 'hangs'),
    resolveStatic: () => path,
    proofMs: 500,
  }
  await t.rejects(findFfmpeg(search, signal), {
    code: 'FFMPEG_MISSING',
    message: /link: has not answered within 1 s: it hangs\)/,
  })
  t.same(
    (await readdir(join(folder, 'hangs'))).filter((name) => name.endsWith('.runs')),
    ['link.runs'],
  )
  t.equal(await readFile(`${link}.runs`, 'utf8'), '-version\n')
})

t.test("this machine's own is found and decodes both", async (t) => {
  t.match(await findFfmpeg({}, signal), { h264: true, hevc: true })
})

t.test('versions as they are written', async (t) => {
  t.same(parseVersion('7.1'), { major: 7, minor: 1 })
  t.same(parseVersion('n6.0.1-2'), { major: 6, minor: 0 })
  t.same(parseVersion('7.0.2-static'), { major: 7, minor: 0 })
  t.same(parseVersion('2024-05-01-git-1'), { major: 99, minor: 0 })
})
