/**
 * The words of a camera's acceptance test, in English: what the other languages are held to. What is measured stands in braces.
 */
import type { TestFinding, TestPart, TestSays } from '../../../daemon/camera-test-types.ts'

export const enCameraTest = {
  title: (name: string) => `Test of ${name}`,
  test: 'Acceptance test',
  testOf: (name: string) => `Acceptance test of ${name}`,
  what: 'Watches the camera for two minutes and says what is good, what is not, and what to do. Do it by day and again in the dark, with a horse before the camera.',
  viewers: 'Meanwhile the camera has three viewers more; some cameras take only a few.',
  start: 'Test now',
  again: 'Test again',
  runs: (until: string) => `The test runs, until about ${until}. This page shows the result by itself.`,
  otherRuns: 'Another camera is being tested. Wait until it is done.',
  look: 'Look again',
  failed: 'The test came to nothing:',
  none: 'This camera was not tested yet.',
  made: 'Tested',
  print: 'To print it, or to keep it as a PDF, use the browser’s own print command.',
  pictureNow: 'What the camera showed',
  pictureNight: 'By infrared, at night',
  toCameras: 'All cameras',
  verdict: {
    ok: 'Good enough to be watched.',
    warning: 'It can be watched; some things can be better.',
    problem: 'Not good enough yet: some things must be mended.',
  } satisfies Record<TestFinding['level'], string>,
  levels: { ok: 'Good', warning: 'Could be better', problem: 'Must be mended' } satisfies Record<
    TestFinding['level'],
    string
  >,
  parts: {
    stream: 'Stream',
    detect: 'Stream for finding horses',
    sides: 'Shape of the pictures',
    steadiness: 'Steadiness',
    tcp: 'Loss over TCP',
    udp: 'Loss over UDP',
    pace: 'Time of the pictures',
    clock: 'Clock of the camera',
    light: 'Light',
    horses: 'Horses',
    stalls: 'What is seen of a stall',
  } satisfies Record<TestPart, string>,
  says: {
    streamGood: '{codec}, {width} × {height}, {fps} pictures a second, a whole picture every {keyframe} s.',
    streamKeyframes:
      '{codec}, {width} × {height}, {fps} pictures a second, a whole picture every {keyframe} s: set the keyframe interval to 1 or 2 seconds on the camera’s own page.',
    streamSlow:
      '{codec}, {width} × {height}, only {fps} pictures a second: set at least 5 on the camera’s own page, 10 are better.',
    streamCodec:
      '{codec}, {width} × {height}, {fps} pictures a second: H.264 plays in every browser, this not in all.',
    noSubstream:
      'There is none, and the only stream is large: choose a smaller second stream for finding horses.',
    sidesSame: 'Both streams have the same.',
    sidesDiffer:
      'The streams are {one} and {other} times as wide as high: outlines and boxes will not fit. Set the same on the camera.',
    steadyGood: '{percent} % of the pictures came in {seconds} s, {breaks} breaks.',
    steadyFair: '{percent} % of the pictures came in {seconds} s, {breaks} breaks.',
    steadyPoor:
      '{percent} % of the pictures came in {seconds} s, {breaks} breaks: look after cable, switch and radio, or have the camera send less.',
    steadyUnknown: 'Too few pictures came to say anything.',
    lossNone: 'None of {packets} packets in {seconds} s.',
    lossFew: '{lost} of {packets} packets in {seconds} s ({percent} %).',
    lossSome:
      '{lost} of {packets} packets in {seconds} s ({percent} %). Pictures are spoilt by it: look after cable, switch and radio.',
    unsupported: 'The camera does not send this way.',
    refused: 'The camera refuses this connection; perhaps it has no room for one more viewer.',
    unreachable: 'No connection comes about, or the camera broke it off.',
    silent: 'The camera takes the call, but nothing comes this way. A firewall may be between.',
    paceGood: 'Its time runs as ours, within {ms} ms a minute.',
    paceOff:
      'Its time runs {ms} ms a minute ahead of ours: recordings play too fast or too slowly. Restart the camera; if it stays so, set another frame rate.',
    clockGood: 'Right within seconds: {seconds} s from that of the box.',
    clockOff:
      '{seconds} s from that of the box: set the time on the camera’s own page, best by NTP from the router or the box.',
    clockUnknown: 'The camera does not say its time.',
    lightDay: 'By day. Test again in the dark: most nights depend on the night picture.',
    lightDayNight: 'By day; a picture by infrared is kept beside it.',
    lightNight: 'Without colour: this is how it looks by night.',
    lightDark: 'Hardly anything can be made out: switch on the infrared lamp, or bring light.',
    horsesNone: 'None is seen in this picture. Bring one before the camera and test again.',
    horsesTiny:
      '{count} seen, the tallest {height} pixels high: too small to be told apart. Bring the camera nearer or zoom in.',
    horsesSmall:
      '{count} seen, the tallest {height} pixels high. From {least} pixels on horses are told apart far better.',
    horsesGood: '{count} seen, the tallest {height} pixels high.',
    horsesUnknown: 'Nobody could look for horses: the models are not loaded.',
    stallsNone: 'No stall is drawn on this camera’s picture yet.',
    stallSeen: '{name}: {percent} % of what is drawn can be made out.',
    stallCut:
      '{name}: {percent} % of its outline runs along the side of the picture. It goes on where the camera does not see: turn the camera or hang it higher.',
    stallBlind: '{name}: {percent} % of it is black or blinding. Move the lamp, the mask or the camera.',
  } satisfies Record<Exclude<TestSays, 'fault'>, string>,
}

type Told<Value> = Value extends string
  ? string
  : Value extends (...args: infer Args) => string
    ? (...args: Args) => string
    : { readonly [Key in keyof Value]: Told<Value[Key]> }

export type CameraTestWords = Told<typeof enCameraTest>
