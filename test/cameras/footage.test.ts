import { execFile } from 'node:child_process'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { findFfmpeg } from '../../daemon/cameras/ffmpeg.ts'
import { sampleVideo } from '../../daemon/cameras/video-file.ts'
import { bringPhotos } from '../../scripts/footage/photos.ts'
import { PHOTOS, SEGMENTS, sheetOf, windowExpression, windowLeft } from '../../scripts/footage/plan.ts'
import { listRcc } from '../../scripts/footage/rcc.ts'
import { FPS, FRAMES, main, truth, truthAt } from '../../scripts/footage.ts'
import { makeClip } from '../support/rtsp.ts'

const run = promisify(execFile)
const signal = AbortSignal.timeout(100_000)
const ffmpeg = await findFfmpeg({}, signal)

t.test('the plan: every horse comes and goes, slowly', async (t) => {
  t.ok(FRAMES / FPS >= 60 && FRAMES / FPS <= 72, `${FRAMES / FPS} s`)
  for (const segment of SEGMENTS) {
    const { travel, left, width, right } = sheetOf(segment)
    t.equal(segment.frames % FPS, 0, 'whole groups')
    let fastest = 0
    for (let n = 0; n <= segment.frames; n += 1) {
      const x = windowLeft(segment, n)
      if (x < 0 || x > travel) t.fail(`window at ${x} of ${travel}`)
      fastest = Math.max(fastest, Math.abs(windowLeft(segment, n + 1) - x))
    }
    t.ok(fastest <= 3, `${segment.name}: at most ${fastest} pixels a frame`)
    t.equal(windowLeft(segment, 0), windowLeft(segment, segment.frames), 'and back')
    t.ok(left + width + right - 640 === travel)
    t.match(windowExpression(segment), String(travel))
  }
})

t.test('the truth: boxes inside the window, full sight and none of the outer horses', async (t) => {
  const all = truth()
  t.equal(all.per_frame.length, FRAMES)
  t.same(
    all.segments.map((one) => one.name),
    ['A', 'B', 'C', 'D'],
  )
  t.equal(all.horses.length, 6)
  const seen = new Map<string, { most: number; gone: number }>()
  for (const frame of all.per_frame) {
    for (const { box, visible } of frame.horses) {
      const [x1, y1, x2, y2] = box
      if (x1 < 0 || y1 < 0 || x2 > 640 || y2 > 360 || x1 >= x2 || y1 >= y2 || visible > 1) t.fail(`${box}`)
    }
    const photo = all.segments.find((one) => one.name === frame.segment)?.photo ?? 'herd'
    for (const horse of Object.keys(PHOTOS[photo].horses)) {
      const visible = frame.horses.find((one) => one.horse === horse)?.visible ?? 0
      const { most, gone } = seen.get(horse) ?? { most: 0, gone: 0 }
      seen.set(horse, { most: Math.max(most, visible), gone: gone + (visible < 0.02 ? 1 : 0) })
    }
  }
  for (const [horse, { most }] of seen) t.ok(most > 0.97, `${horse} is seen whole`)
  for (const horse of ['dark-grey', 'black', 'lying-foal'])
    t.ok((seen.get(horse)?.gone ?? 0) > 50, `${horse} leaves`)
  t.same(truthAt(FRAMES + 7), truthAt(7), 'it repeats')
})

/** A Qt resource file as `rcc --format-version 3` lays it out: one folder with two files. */
function tinyRcc(): Buffer {
  const name = (text: string) => {
    const letters = Buffer.from(text, 'utf16le').swap16()
    const head = Buffer.alloc(6)
    head.writeUInt16BE(text.length)
    return Buffer.concat([head, letters])
  }
  const names = ['art', 'a.txt', 'b.txt'].map(name)
  const offsets = [0, names[0]?.length ?? 0, (names[0]?.length ?? 0) + (names[1]?.length ?? 0)]
  const data = ['one', 'second'].map((text) =>
    Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text)]),
  )
  const node = (nameAt: number, flags: number, second: number, third: number) => {
    const bytes = Buffer.alloc(22)
    bytes.writeUInt32BE(nameAt, 0)
    bytes.writeUInt16BE(flags, 4)
    bytes.writeUInt32BE(second, 6)
    bytes.writeUInt32BE(third, 10)
    return bytes
  }
  const tree = [
    node(0, 2, 1, 1),
    node(0, 2, 2, 2),
    node(offsets[1] ?? 0, 0, 0, 0),
    node(offsets[2] ?? 0, 0, 0, 7),
  ]
  const header = Buffer.alloc(24)
  header.write('qres', 'latin1')
  header.writeUInt32BE(3, 4)
  header.writeUInt32BE(24, 8)
  header.writeUInt32BE(24 + 88, 12)
  header.writeUInt32BE(24 + 88 + 17, 16)
  return Buffer.concat([header, ...tree, ...data, ...names])
}

t.test('a Qt resource file is read by its tree', async (t) => {
  const files = listRcc(tinyRcc()).map(({ path, read }) => [path, read().toString()])
  t.same(files, [
    ['art/a.txt', 'one'],
    ['art/b.txt', 'second'],
  ])
  t.throws(() => listRcc(Buffer.from('not one at all')), /not a Qt resource file/)
})

t.test('the pan is made of photos, deterministically, and only when it is not there', async (t) => {
  const folder = t.testdir({})
  // Stand-ins of the photos' sizes: a ramp of grey tells the place of each window.
  for (const [name, photo] of Object.entries(PHOTOS)) {
    const source = `color=size=${photo.width}x${photo.height},format=gray,geq=lum='255*X/W'`
    const still = [
      '-v',
      'error',
      '-f',
      'lavfi',
      '-i',
      source,
      '-frames:v',
      '1',
      '-c:v',
      'png',
      '-f',
      'image2',
    ]
    await run(ffmpeg.path, [...still, join(folder, `${name}.webp`)])
  }
  const out = join(folder, 'pan.mp4')
  const truthFile = join(folder, 'pan.json')
  const args = ['pan', '--out', out, '--truth', truthFile, '--cache', folder]
  t.equal(await main(args, signal), 0)
  const first = await readFile(out)
  t.equal(JSON.parse(await readFile(truthFile, 'utf8')).frames, FRAMES)
  let n = 0
  for await (const { picture } of sampleVideo(out, 1, ffmpeg, signal)) {
    const frame = n * FPS
    n += 1
    const { segment, window } = truthAt(frame)
    if (segment !== 'A') continue
    const x = window[0] + 320
    const luma = picture.pixels[180 * 640 + 320] ?? 0
    // Limited range: 16 to 235.
    if (Math.abs(luma - (16 + (219 * x) / 1024)) > 3) t.fail(`frame ${frame}: ${luma} at ${x}`)
  }
  t.equal(n, FRAMES / FPS)
  const before = (await stat(out)).mtimeMs
  await main(args, signal)
  t.equal((await stat(out)).mtimeMs, before, 'not made again')
  await main([...args, '--force'], signal)
  t.ok(first.equals(await readFile(out)), 'the same bytes')
})

t.test('any video is made servable', async (t) => {
  const out = join(t.testdir({}), 'own.mp4')
  t.equal(await main(['video', '--video', await makeClip({ codec: 'h265' }), '--out', out], signal), 0)
  const shown = await run('ffprobe', [
    '-v',
    'error',
    '-show_entries',
    'stream=codec_name,has_b_frames',
    '-of',
    'csv',
    out,
  ])
  t.match(shown.stdout, /h264,0/)
})

t.test('wrong use is told', async (t) => {
  const folder = t.testdir({})
  const text = join(folder, 'a.txt')
  await writeFile(text, 'no video')
  await t.rejects(main(['video', '--video', text, '--out', join(folder, 'o.mp4')], signal), /could not make/)
  await t.rejects(main(['video', '--out', join(folder, 'o.mp4')], signal), /--video FILE is missing/)
})

t.test('without the package the command that helps is said', async (t) => {
  const path = process.env['PATH']
  const folder = t.testdir({})
  process.env['PATH'] = folder
  t.teardown(() => {
    process.env['PATH'] = path
  })
  await t.rejects(
    bringPhotos(join(folder, 'cache'), signal, folder),
    /apt-get install -y --no-install-recommends gcompris-qt-data/,
  )
})
