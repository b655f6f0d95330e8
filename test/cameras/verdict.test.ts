/** What is made of what was measured of a camera, and what a picture tells. */
import t from 'tap'
import type { CameraMeasured } from '../../daemon/camera-test-types.ts'
import { figuresOf, seenOf } from '../../daemon/cameras/picture-figures.ts'
import { judgeCamera } from '../../daemon/cameras/verdict.ts'
import { findingWords } from '../../web/words/camera-test.ts'
import { type Language, languages } from '../../web/words/languages.ts'
import { goodMeasured as good } from '../http/fake-tests.ts'

const { main: stream, ways } = { main: { ...good.main, width: 1280, height: 720 }, ways: good.ways }
const worst = (more: Partial<CameraMeasured>) =>
  judgeCamera({ ...good, ...more }).filter(({ level }) => level !== 'ok')
const [tcp] = ways
if (!tcp) throw new Error('no way')
const udp = { ...tcp, transport: 'udp' } as const
const { watch } = good
if (!watch) throw new Error('not watched')
const fault = { reason: 'password', code: 'CAMERA_REFUSED', detail: 'it refuses the password' } as const

const cases: [more: Partial<CameraMeasured>, part: string, level: string, words: RegExp][] = [
  [{ main: { ...stream, keyframeSeconds: null } }, 'stream', 'warning', /keyframe interval/],
  [{ main: { ...stream, keyframeSeconds: 10 } }, 'stream', 'warning', /every 10 s.*keyframe interval/],
  [{ main: { ...stream, fps: 2 } }, 'stream', 'warning', /only 2 pictures.*at least 5/],
  [{ main: { ...stream, codec: 'hevc' } }, 'stream', 'warning', /H\.264 plays in every browser/],
  [{ main: { ...stream, width: 3840, height: 2160 }, detect: null }, 'detect', 'warning', /second stream/],
  [{ main: { ...stream, width: 640, height: 480 } }, 'sides', 'warning', /1\.33 and 1\.78/],
  [
    { watch: { ...watch, label: 'poor', come: 0.5, breaks: 4 } },
    'steadiness',
    'problem',
    /50 %.*4 breaks.*cable/,
  ],
  [{ watch: { ...watch, label: 'fair', come: 0.85 } }, 'steadiness', 'warning', /85 %/],
  [{ watch: null }, 'steadiness', 'problem', /Too few/],
  [
    { ways: [{ ...tcp, lost: 100, packets: 36_000 }] },
    'tcp',
    'warning',
    /100 of 36,100 packets in 120 s \(0\.28 %\)/,
  ],
  [{ ways: [{ ...tcp, lost: 4_000, packets: 36_000 }] }, 'tcp', 'problem', /10 %.*cable/],
  [{ transport: 'udp', ways: [tcp, { ...udp, fault: 'silent', packets: 0 }] }, 'udp', 'problem', /firewall/],
  [{ ways: [{ ...tcp, paceMsPerMinute: -3000 }] }, 'pace', 'warning', /-3,000 ms a minute/],
  [{ clock: { by: 'onvif', offMs: -3_600_000 } }, 'clock', 'warning', /-3,600 s.*NTP/],
  [
    { picture: { isGrey: false, width: 9, height: 9, brightness: 90 }, nightMs: null },
    'light',
    'warning',
    /in the dark/,
  ],
  [{ picture: { isGrey: true, width: 9, height: 9, brightness: 20 } }, 'light', 'warning', /infrared lamp/],
  [{ horses: [] }, 'horses', 'warning', /None is seen/],
  [{ horses: null }, 'horses', 'warning', /not loaded/],
  [{ horses: [60] }, 'horses', 'problem', /too small/],
  [{ horses: [120] }, 'horses', 'warning', /far better/],
  [{ stalls: [{ name: 'Left', cut: 0.4, blind: 0 }] }, 'stalls', 'warning', /Left: 40 % of its outline/],
  [{ stalls: [{ name: 'Left', cut: 0, blind: 0.3 }] }, 'stalls', 'warning', /Left: 30 % of it is black/],
]

t.test('a good camera, and each thing that is not, in all languages', async (t) => {
  t.same(worst({}), [])
  for (const [more, part, level, words] of cases) {
    const found = worst(more)
    t.match(found, [{ part, level }], words.source)
    for (const finding of found) {
      t.match(findingWords(finding, 'en'), words)
      for (const language of Object.keys(languages) as Language[])
        t.notMatch(findingWords(finding, language), /[{}]|undefined/, language)
    }
  }
})

t.test('what is no fault is not called one', async (t) => {
  t.same(worst({ ways: [tcp, { ...udp, fault: 'unsupported', packets: 0 }], clock: null, stalls: [] }), [])
  t.same(
    worst({ picture: { isGrey: false, width: 9, height: 9, brightness: 90 } }),
    [],
    'a night picture is kept',
  )
})

t.test('who gives no picture is told why, and nothing else is made of it', async (t) => {
  const none = { picture: null, detect: null, horses: null, stalls: [], ways: [], watch: null, clock: null }
  const found = worst({ ...none, main: { ...stream, fault } })
  t.match(found, [{ part: 'stream', level: 'problem', says: 'fault' }])
  t.match(
    found.map((one) => findingWords(one, 'de')),
    [/weist.*CAMERA_REFUSED/],
  )
})

/** `pixel`: by column and row. */
const picture = (pixel: (x: number, y: number) => readonly [number, number, number]) => ({
  ...({ format: 'rgb24', width: 100, height: 100 } as const),
  pixels: Uint8Array.from(
    Array.from({ length: 10_000 }, (_, at) => [...pixel(at % 100, Math.floor(at / 100))]).flat(),
  ),
})

t.test('a picture by infrared has no colour, and a dark one no light', async (t) => {
  t.match(figuresOf(picture(() => [90, 91, 92])), { isGrey: true, brightness: 91 })
  t.match(figuresOf(picture(() => [120, 90, 60])), { isGrey: false })
  t.match(figuresOf(picture(() => [5, 5, 5])), { isGrey: true, brightness: 5 })
})

t.test('how much of a stall is seen', async (t) => {
  const half = picture((x) => (x < 50 ? [0, 0, 0] : [90, 90, 90]))
  const within = [
    [0.25, 0.25],
    [0.75, 0.25],
    [0.75, 0.75],
    [0.25, 0.75],
  ] as const
  const seen = seenOf({ name: 'Left', corners: within }, half)
  t.match(seen, { name: 'Left', cut: 0 })
  t.ok(Math.abs(seen.blind - 0.5) < 0.05, `${seen.blind} of it is black`)
  const corner = [
    [0, 0],
    [0.5, 0],
    [0.5, 0.5],
    [0, 0.5],
  ] as const
  t.equal(seenOf({ name: 'Left', corners: corner }, half).cut, 0.5)
})
