import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import t from 'tap'
import { barnbox, folder, jsonLines, shared, startBarnbox } from './cli.ts'

const skip = existsSync(shared) ? false : 'needs ../shared/data'
const photo = (name: string) => join(shared, 'photos', name)
const video = join(shared, 'video/stable-head.mp4')

interface Line {
  file: string
  t?: number
  width: number
  height: number
  ms: number
  detections: { box: number[]; score: number; class: string }[]
}

t.test('one JSON line a picture, boxes in pixels', { skip }, async (t) => {
  const files = [photo('herd.jpg'), photo('000000007281.jpg')]
  const ended = await barnbox(['detect', '--json', ...files])
  t.equal(ended.code, 0)
  t.equal(ended.stderr, '')
  const lines = jsonLines(ended) as unknown as Line[]
  t.same(
    lines.map(({ file }) => file),
    files,
  )
  const [herd] = lines
  t.match(herd, { width: 773, height: 512 })
  t.ok((herd?.detections.length ?? 0) >= 3)
  for (const { width, height, ms, detections, ...rest } of lines) {
    t.same(Object.keys(rest), ['file'], 'no time for a picture')
    t.ok(ms > 0)
    for (const one of detections) {
      t.same(Object.keys(one), ['box', 'score', 'class'])
      const [x1 = -1, y1 = -1, x2 = -1, y2 = -1] = one.box
      t.ok(0 <= x1 && x1 < x2 && x2 <= width && 0 <= y1 && y1 < y2 && y2 <= height, `${one.box}`)
      t.ok(one.score >= 0.25 && one.score <= 1)
      t.ok(['horse', 'person'].includes(one.class))
    }
  }
})

t.test('a higher threshold leaves boxes out', { skip }, async (t) => {
  const [line] = jsonLines(
    await barnbox(['detect', '--threshold', '0.5', photo('herd.jpg')]),
  ) as unknown as Line[]
  t.equal(line?.detections.length, 2)
})

t.test('one line a sampled picture of a video, with its time', { skip }, async (t) => {
  const ended = await barnbox(['detect', '--fps', '2', video])
  t.equal(ended.code, 0)
  const lines = jsonLines(ended) as unknown as Line[]
  t.ok(lines.length >= 18 && lines.length <= 22, `${lines.length} of 10 s`)
  lines.forEach(({ file, t: seconds = -1, width, height }, index) => {
    t.match({ file, width, height }, { file: video, width: 240, height: 426 })
    if (Math.abs(seconds - index / 2) > 0.3) t.fail(`picture ${index} at ${seconds} s`)
  })
})

t.test('what cannot be read is told, and spoils itself only', { skip }, async (t) => {
  const text = join(folder(), 'notes.jpg')
  writeFileSync(text, 'this is no picture')
  const ended = await barnbox(['detect', text, '/nowhere/x.jpg', photo('herd.jpg')])
  t.equal(ended.code, 2)
  t.equal(jsonLines(ended).length, 1)
  const lines = ended.stderr.trim().split('\n')
  t.equal(lines.length, 2, 'one line each, no stack')
  t.match(lines[0], /NOT_A_PICTURE: .*notes\.jpg/)
  t.match(lines[1], /FILE_MISSING: \/nowhere\/x\.jpg/)
})

t.test('an option out of its range is refused in one line', async (t) => {
  for (const [option, value] of [
    ['--threshold', 'high'],
    ['--threshold', '1.5'],
    ['--threshold', ''],
    ['--fps', '0'],
    ['--fps', '-2'],
  ] as const) {
    const { code, stdout, stderr } = await barnbox(['detect', `${option}=${value}`, 'x.jpg'])
    t.equal(code, 2, `${option}=${value}`)
    t.equal(stdout, '')
    t.match(stderr, new RegExp(`${option}.*must be a number from`))
    t.equal(stderr.trim().split('\n').length, 1)
  }
})

t.test('a detector that is not there', async (t) => {
  const { code, stderr } = await barnbox(['detect', '--detector', '/nowhere/model.onnx', 'x.jpg'])
  t.equal(code, 1)
  t.match(stderr, /^barnbox: MODEL_MISSING: .*\/nowhere\/model\.onnx/)
  t.equal(stderr.trim().split('\n').length, 1)
})

t.test('a reader that has had enough ends it without a word', { skip }, async (t) => {
  const { child, end } = startBarnbox(['detect', '--fps', '24', video])
  if (!child.stdout) throw new Error('there is a pipe')
  await once(child.stdout, 'data')
  child.stdout.destroy()
  const { code, stderr } = await end
  t.equal(stderr, '')
  t.equal(code, 0, basename(video))
})
