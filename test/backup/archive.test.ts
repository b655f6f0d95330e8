/** A backup as one file: there and back, and whatever else claims to be one. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { Header } from 'tar'
import { pack, unpack } from '../../daemon/backup/archive.ts'
import { makeBackup, readBackup, readManifest } from '../../daemon/backup/folder.ts'

const nowMs = Date.UTC(2026, 10, 28, 2)
const name = '2026-11-28T020000Z'
const much = 1e12

function newFolder(t: Pick<Test, 'teardown'>): string {
  const folder = mkdtempSync(join(tmpdir(), 'barnbox-archive-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A backup whose database is none: that is for others to find. */
async function backup(t: Test) {
  const parts = [
    { name: 'barnbox.yaml', text: '{}' },
    { name: 'secrets/a.password', text: 'sesame' },
  ]
  const made = await makeBackup(
    newFolder(t),
    nowMs,
    { version: 'test', box: 'north' },
    parts,
    async (into) => {
      writeFileSync(into, Buffer.alloc(300_000, 7))
      return { version: 1, counts: { horses: 3 } }
    },
  )
  const manifest = await readBackup(made)
  const { bytes, chunks } = pack(made, manifest, name)
  const archive = Buffer.concat(await Array.fromAsync(chunks))
  return { made, manifest, bytes, archive }
}

async function* inPieces(archive: Uint8Array, size = 64 * 1024) {
  for (let at = 0; at < archive.length; at += size) yield archive.subarray(at, at + size)
}

interface Entry {
  readonly path: string
  readonly content?: string
  readonly type?: string
  readonly linkpath?: string
  /** Where it is to lie. */
  readonly size?: number
}

/** A tar as whoever likes may write it. */
function tarOf(entries: readonly Entry[], end = 1024): Buffer {
  const blocks = entries.flatMap(({ path, content = '', type = 'File', linkpath, size }) => {
    const body = Buffer.from(content)
    const header = new Header({ path, size: size ?? body.length, mode: 0o644, mtime: new Date(nowMs) })
    header.type = type as 'File'
    if (linkpath !== undefined) header.linkpath = linkpath
    header.encode()
    const padding = Buffer.alloc((512 - (body.length % 512)) % 512)
    return [header.block ?? Buffer.alloc(0), body, padding]
  })
  return Buffer.concat([...blocks, Buffer.alloc(end)])
}

/** Whether it is refused, and nothing lies beside the folder that was given. */
async function tryOut(t: Pick<Test, 'teardown'>, archive: Uint8Array, most = much, piece?: number) {
  const folder = newFolder(t)
  const into = join(folder, 'into')
  mkdirSync(into)
  const thrown = await unpack(inPieces(archive, piece), into, most).then(
    () => undefined,
    (error: unknown) => error as { code?: string; message: string },
  )
  const beside = readdirSync(folder)
  const within = readdirSync(into, { recursive: true, encoding: 'utf8' }).sort()
  rmSync(folder, { recursive: true })
  return { thrown, beside, within }
}

t.test('there and back: the same backup, of the length that was told', async (t) => {
  const { manifest, bytes, archive } = await backup(t)
  t.equal(archive.length, bytes)
  for (const piece of [1_000_000, 4096, 511]) {
    const into = newFolder(t)
    await unpack(inPieces(archive, piece), into, much)
    t.same(await readBackup(into), manifest, `in pieces of ${piece}`)
  }
  t.equal(manifest.box, 'north')
})

t.test('a folder that was packed by hand is taken as well', async (t) => {
  const { made } = await backup(t)
  const read = (one: string) => readFileSync(join(made, one), 'latin1')
  const files = ['barnbox.db', 'barnbox.yaml', 'secrets/a.password', 'manifest.json']
  for (const top of ['./', `${name}/`, `./${name}/`, '']) {
    const folders = [top, `${top}secrets/`].filter(Boolean).map((path) => ({ path, type: 'Directory' }))
    const archive = tarOf([...folders, ...files.map((one) => ({ path: `${top}${one}`, content: read(one) }))])
    const into = newFolder(t)
    await unpack(inPieces(archive), into, much)
    t.ok(readManifest(into), top)
    t.ok(existsSync(join(into, 'secrets/a.password')))
  }
})

t.test('what leads out, is no file, or is not known is refused, and nothing is written', async (t) => {
  const file = { path: 'barnbox.yaml', content: '{}' }
  const long = 'x'.repeat(300)
  const pax = (record: string) => ({ path: 'x', type: 'ExtendedHeader', content: record })
  const record = (text: string) => `${text.length + 4} ${text}\n`
  const hostile: Record<string, readonly Entry[]> = {
    'a way up': [{ path: '../barnbox.yaml', content: 'x' }],
    'a way up from a folder that is allowed': [{ path: 'secrets/../../x', content: 'x' }],
    'a way up below the name of a backup': [{ path: `${name}/../../x`, content: 'x' }],
    'a name from the root': [{ path: '/etc/passwd', content: 'x' }],
    'a name of Windows': [{ path: '..\\barnbox.yaml', content: 'x' }],
    'another file of the state folder': [{ path: 'setup-pin', content: '12345678' }],
    'a write-ahead log': [{ path: 'barnbox.db-wal', content: 'x' }],
    'the key of updates': [{ path: 'secrets/update.pub', content: 'x' }],
    'the config as a secret': [{ path: 'secrets/barnbox.yaml', content: 'x' }],
    'a folder within secrets': [{ path: 'secrets/a/b', content: 'x' }],
    'a hidden secret': [{ path: 'secrets/.profile', content: 'x' }],
    'a link': [{ path: 'barnbox.yaml', type: 'SymbolicLink', linkpath: '/etc/passwd' }],
    'a link, then what is written through it': [
      { path: 'secrets', type: 'SymbolicLink', linkpath: '/tmp' },
      { path: 'secrets/x', content: 'x' },
    ],
    'a hard link': [{ path: 'barnbox.yaml', type: 'Link', linkpath: '/etc/passwd' }],
    'a device': [{ path: 'barnbox.db', type: 'CharacterDevice' }],
    'a disk': [{ path: 'barnbox.db', type: 'BlockDevice' }],
    'a pipe': [{ path: 'barnbox.db', type: 'FIFO' }],
    'a folder where a file should be': [{ path: 'barnbox.db/', type: 'Directory' }],
    'a file twice': [file, file],
    'a name too long': [{ path: `secrets/${'x'.repeat(99)}`.slice(0, 99), content: 'x' }, { path: 'y' }],
    'a long name by a header of GNU': [
      { path: 'x', type: 'NextFileHasLongPath', content: `secrets/${long}` },
      file,
    ],
    'another name by a header of pax': [pax(record('path=../../x')), file],
    'a config of two megabytes': [{ path: 'barnbox.yaml', content: 'x'.repeat(2_000_000) }],
    'too many files': Array.from({ length: 320 }, (_, n) => ({ path: `secrets/${n}`, content: 'x' })),
    'too many headers': Array.from({ length: 320 }, () => pax(record('comment=x'))),
  }
  for (const [what, entries] of Object.entries(hostile)) {
    const { thrown, beside, within } = await tryOut(t, tarOf(entries), much, 1e6)
    t.match(thrown, { code: 'BACKUP_REFUSED', message: /cannot be restored: / }, what)
    t.same(beside, ['into'], what)
    const known = /^(barnbox\.(yaml|db)|secrets(\/[\w.-]+)?)$/
    t.ok(
      within.every((one) => known.test(one)),
      `${what}: ${within}`,
    )
  }
})

t.test('a NUL ends a name, and hides nothing behind it', async (t) => {
  const text = 'path=barnbox.yaml\0/../../x'
  const pax = { path: 'x', type: 'ExtendedHeader', content: `${text.length + 4} ${text}\n` }
  for (const entries of [
    [pax, { path: 'x', content: 'x' }],
    [{ path: 'barnbox.yaml\0/../../x', content: 'x' }],
  ]) {
    const { beside, within } = await tryOut(t, tarOf(entries))
    t.same([beside, within], [['into'], ['barnbox.yaml']])
  }
})

t.test('bombs, halves and other files are refused', async (t) => {
  const { archive } = await backup(t)
  const big = { path: 'barnbox.db', size: 900_000_000_000 }
  const cases: Record<string, readonly [Uint8Array, most?: number]> = {
    'more is told than there is room': [tarOf([big], 0), 1_000_000],
    'more comes than there is room': [archive, 100_000],
    'broken off within a file': [archive.subarray(0, 100_000)],
    'broken off within a header': [archive.subarray(0, 700)],
    'one byte': [Buffer.from('x')],
    gzip: [Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), archive])],
    zstd: [Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), archive])],
    zip: [Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(2000, 1)])],
    'a picture': [Buffer.alloc(5000, 0xa5)],
    'a bit of a header is another': [flipped(archive, 5)],
  }
  for (const [what, [bytes, most]] of Object.entries(cases)) {
    for (const piece of [64 * 1024, 100]) {
      const { thrown, beside } = await tryOut(t, bytes, most, piece)
      t.match(thrown, { code: 'BACKUP_REFUSED' }, `${what}, in pieces of ${piece}`)
      t.same(beside, ['into'])
    }
  }
})

t.test('an archive that ends between two files, or holds nothing, is no whole backup', async (t) => {
  const { made, archive } = await backup(t)
  const head = 512 + Math.ceil(readFileSync(join(made, 'manifest.json')).length / 512) * 512
  for (const bytes of [archive.subarray(0, head), Buffer.alloc(1024), Buffer.alloc(0)]) {
    const into = newFolder(t)
    const ended = unpack(inPieces(bytes), into, much).then(() => readBackup(into))
    await t.rejects(ended, { code: 'BACKUP_REFUSED' })
  }
})

t.test('what comes after the end is passed over, and not held', async (t) => {
  const { archive, manifest } = await backup(t)
  const into = newFolder(t)
  async function* withTail() {
    yield* inPieces(archive)
    const piece = Buffer.alloc(64 * 1024, 1)
    for (let n = 0; n < 2000; n++) yield piece
  }
  const before = process.memoryUsage().external
  await unpack(withTail(), into, much)
  t.ok(process.memoryUsage().external - before < 50_000_000)
  t.same(await readBackup(into), manifest)
})

const flipped = (archive: Uint8Array, at: number) => {
  const bytes = Buffer.from(archive)
  bytes[at] = (bytes[at] ?? 0) ^ 1
  return bytes
}

t.test('whatever comes, nothing is written but parts of a backup, below the folder', async (t) => {
  const { archive } = await backup(t)
  const path = fc.oneof(
    fc.string(),
    fc.constantFrom('..', '../x', '/x', 'secrets/../x', './secrets/a', `${name}/barnbox.db`, 'barnbox.db'),
    fc.constantFrom('secrets/__proto__', `${name}/`, 'manifest.json', 'barnbox.yaml\0', 'secrets'),
  )
  const entry = fc.record({
    path: path.filter((one) => one !== ''),
    content: fc.string({ maxLength: 700 }),
    type: fc.constantFrom('File', 'OldFile', 'Directory', 'SymbolicLink', 'Link', 'FIFO', 'ContiguousFile'),
    linkpath: fc.constantFrom('/tmp', '../x'),
  })
  const made = fc
    .array(entry, { maxLength: 5 })
    .map((entries) =>
      tarOf(entries.map(({ linkpath, ...one }) => (one.type.endsWith('Link') ? { ...one, linkpath } : one))),
    )
  const spoilt = fc
    .record({
      at: fc.nat({ max: 3000 }),
      byte: fc.nat({ max: 255 }),
      length: fc.nat({ max: archive.length }),
    })
    .map(({ at, byte, length }) => {
      const bytes = Buffer.from(archive.subarray(0, length))
      if (at < bytes.length) bytes[at] = byte
      return bytes
    })
  const noise = fc.uint8Array({ maxLength: 2000 })
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(made, spoilt, noise),
      fc.integer({ min: 1, max: 2000 }),
      async (bytes, piece) => {
        const { thrown, beside, within } = await tryOut({ teardown() {} }, bytes, 1_000_000, piece)
        t.same(beside, ['into'])
        if (thrown) t.equal(thrown.code, 'BACKUP_REFUSED', thrown.message)
        for (const one of within) t.match(one, /^(manifest\.json|barnbox\.(db|yaml)|secrets(\/[\w.-]+)?)$/)
      },
    ),
    { numRuns: 100 },
  )
})
