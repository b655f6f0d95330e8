/** A box that comes up while its ffmpeg hangs, or before there is one, watches its cameras once it answers. */
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type FfmpegParts, startWithFfmpeg } from '../daemon/barn-ffmpeg.ts'
import type { FfmpegPath } from '../daemon/cameras/ffmpeg.ts'
import { asBarnboxError } from '../daemon/lib/errors.ts'
import { silentLog } from '../daemon/lib/log.ts'
import { until } from './support/until.ts'

const answers = '#!/bin/sh\necho "ffmpeg version 5.1 Copyright"\n'

function put(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o755 })
  renameSync(`${path}.new`, path)
}

function parts(t: Test) {
  const folder = t.testdir({})
  const configured = join(folder, 'ffmpeg')
  const now: FfmpegParts['now'] = {}
  const started: FfmpegPath[] = []
  let told = 0
  // Nobody else's is to be found.
  const path = process.env['PATH']
  process.env['PATH'] = folder
  t.teardown(() => {
    process.env['PATH'] = path
  })
  const given: FfmpegParts = {
    ...{ now, configured, log: silentLog, everyMs: 20 },
    missing: asBarnboxError,
    tell: () => void told++,
    start: async (ffmpeg) => void started.push(ffmpeg),
  }
  return { configured, now, started, given, told: () => told }
}

t.test('it is looked for until it is there', async (t) => {
  const { configured, now, started, given, told } = parts(t)
  const ended = new AbortController()
  await using _running = await startWithFfmpeg(given, ended.signal)
  t.match(now.ffmpegError, { code: 'FFMPEG_MISSING', message: /no program there/ })
  t.equal(told(), 1)
  put(configured, '#!/bin/sh\necho no\n')
  await until(() => /does not answer/.test(now.ffmpegError?.message ?? ''), 'what is wrong now is known')
  t.same(started, [])
  put(configured, answers)
  await until(() => told() === 2, 'it is told')
  t.match(started, [{ path: configured, major: 5 }])
  t.equal(now.ffmpegError, undefined)
  t.equal(now.ffmpeg?.path, configured)
  rmSync(configured)
  await new Promise((resolve) => setTimeout(resolve, 100))
  t.equal(started.length, 1, 'once')
  t.equal(now.ffmpegError, undefined)
})

t.test('one that is there needs no second look; an end ends the looking', async (t) => {
  const one = parts(t)
  put(one.configured, answers)
  await (await startWithFfmpeg(one.given, new AbortController().signal))[Symbol.asyncDispose]()
  t.equal(one.started.length, 1)
  t.equal(one.told(), 0)
})

t.test('an end while it is looked for', async (t) => {
  const one = parts(t)
  const running = await startWithFfmpeg(one.given, new AbortController().signal)
  await running[Symbol.asyncDispose]()
  put(one.configured, answers)
  await new Promise((resolve) => setTimeout(resolve, 100))
  t.same(one.started, [])
})
