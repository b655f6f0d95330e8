/**
 * Which provider a model runs on, with candidates that behave as told: none of the faults needs a GPU.
 */
import t, { type Test } from 'tap'
import { compareVectors } from '../../daemon/vision/likeness.ts'
import type { NodeTimes } from '../../daemon/vision/profile.ts'
import type { AskedProvider, Provider } from '../../daemon/vision/providers.ts'
import { chooseProvider, type Trial } from '../../daemon/vision/self-test.ts'

interface Behaviour {
  readonly ms?: number
  readonly vector?: readonly number[]
  readonly times?: NodeTimes
  readonly fails?: 'open' | 'look'
}

interface Box {
  readonly cpu?: Behaviour
  readonly cuda?: Behaviour
  readonly tensorrt?: Behaviour
  readonly engine?: boolean
  readonly onCpu?: boolean
}

const cpuTimes = { CPUExecutionProvider: 1000 }
const usual: Record<Provider, Behaviour> = {
  cpu: { ms: 50, vector: [0.6, 0.8], times: cpuTimes },
  cuda: { ms: 5, vector: [0.6001, 0.7999], times: { CUDAExecutionProvider: 90, CPUExecutionProvider: 20 } },
  tensorrt: { ms: 3, vector: [0.6001, 0.7999], times: { TensorrtExecutionProvider: 90 } },
}

/** A box with CUDA and TensorRT, or what is left of it; `open` counts who is still open, and who was. */
function boxWith(box: Box) {
  let clock = 0
  const open: Provider[] = []
  const opened: Provider[] = []
  const trial = (asked: AskedProvider): Trial<AsyncDisposable, Float32Array> => ({
    asked,
    engine: box.engine ?? false,
    onCpu: box.onCpu ?? true,
    missing: (provider) => (box[provider] ? undefined : `there is no ${provider}`),
    async open(provider) {
      const { ms = 1, vector = [], times = {}, fails } = { ...usual[provider], ...box[provider] }
      opened.push(provider)
      if (fails === 'open') throw new Error('no kernel image is available')
      open.push(provider)
      const model = {
        async [Symbol.asyncDispose]() {
          open.splice(open.indexOf(provider), 1)
        },
      }
      return {
        model,
        async look() {
          if (fails === 'look') throw new Error('out of memory')
          clock += ms
          return Float32Array.from(vector)
        },
        ran: () => times,
      }
    },
    compare: compareVectors,
    reason: (provider, thrown) => `${provider} fails: ${(thrown as Error).message}`,
    now: () => clock,
  })
  return { open, opened, choose: (asked: AskedProvider) => chooseProvider(trial(asked)) }
}

/** What runs, and whether exactly that is left open. */
async function chosen(t: Test, asked: AskedProvider, box: Box) {
  const { open, choose } = boxWith(box)
  const { model, running } = await choose(asked)
  t.same(open, [running.provider], 'one session stays')
  await model[Symbol.asyncDispose]()
  t.same(open, [])
  return running
}

t.test('all good: CUDA runs, with the CPU beside it', async (t) => {
  for (const asked of ['auto', 'cuda'] as const) {
    const { cosine, ...running } = await chosen(t, asked, { cuda: {} })
    t.same(running, { provider: 'cuda', ms: 5, cpuMs: 50, fallback: null })
    t.ok(cosine !== null && cosine > 0.999 && cosine < 1)
  }
})

t.test('the CPU when it is asked for, or nothing else is there, and without a word', async (t) => {
  const plain = { provider: 'cpu', ms: 50, cpuMs: null, cosine: null, fallback: null }
  t.same(await chosen(t, 'cpu', { cuda: {} }), plain)
  t.same(await chosen(t, 'auto', {}), plain)
  const { opened, choose } = boxWith({ cuda: {} })
  await choose('cpu')
  t.same(opened, ['cpu'], 'nothing is compared then')
})

t.test('what does not work falls back to the CPU, and says why', async (t) => {
  const faults: readonly (readonly [what: string, asked: AskedProvider, box: Box, why: RegExp])[] = [
    ['no backend', 'cuda', {}, /^there is no cuda$/],
    ['no TensorRT', 'tensorrt', { cuda: {} }, /^there is no tensorrt$/],
    ['does not open', 'cuda', { cuda: { fails: 'open' } }, /^cuda fails: no kernel image/],
    ['does not open, by itself', 'auto', { cuda: { fails: 'open' } }, /^cuda fails: no kernel image/],
    ['opens and does not run', 'cuda', { cuda: { fails: 'look' } }, /^cuda fails: out of memory/],
    ['ran on the CPU', 'cuda', { cuda: { times: cpuTimes } }, /^CUDA ran nothing: all nodes ran on CPUEx/],
    ['no profile', 'cuda', { cuda: { times: {} } }, /^nothing proves that CUDA ran/],
    [
      'most of it ran on the CPU',
      'cuda',
      { cuda: { times: { CUDAExecutionProvider: 9000, CPUExecutionProvider: 800 } } },
      /^CUDA left 80 % of the work to the CPU/,
    ],
    [
      'another answer',
      'cuda',
      { cuda: { vector: [0.8, 0.6] } },
      /^CUDA gives another answer: .*cosine 0\.96/,
    ],
    ['no number', 'cuda', { cuda: { vector: [Number.NaN, 1] } }, /^CUDA gives another answer: .*cosine 0\.0/],
    ['a shorter answer', 'cuda', { cuda: { vector: [1] } }, /^CUDA gives another answer/],
    ['slower', 'auto', { cuda: { ms: 50 } }, /^CUDA is no faster: 50 ms, the CPU 50 ms/],
  ]
  for (const [what, asked, box, why] of faults) {
    const { fallback, ...running } = await chosen(t, asked, box)
    t.match(fallback, why, what)
    t.same(running, { provider: 'cpu', ms: 50, cpuMs: null, cosine: null }, what)
  }
})

t.test('who asks for CUDA by name gets it, slower or not', async (t) => {
  t.match(await chosen(t, 'cuda', { cuda: { ms: 80 } }), { provider: 'cuda', ms: 80, fallback: null })
})

t.test('an engine is built for an ordinary model only when that is asked for', async (t) => {
  const { opened, choose } = boxWith({ tensorrt: {} })
  t.equal((await choose('auto')).running.provider, 'cpu')
  t.same(opened, ['cpu'])
  t.match(await chosen(t, 'tensorrt', { tensorrt: {} }), { provider: 'tensorrt', cpuMs: 50, fallback: null })
})

t.test('an engine that stands beside its ONNX model is held against it', async (t) => {
  const box = { engine: true, cuda: {}, tensorrt: {} }
  t.match(await chosen(t, 'auto', box), { provider: 'tensorrt', ms: 3, cpuMs: 50, fallback: null })
  t.match(await chosen(t, 'cuda', box), { provider: 'cuda', fallback: null })
  t.match(await chosen(t, 'cpu', box), { provider: 'cpu', fallback: null })
  const without = { provider: 'cpu', fallback: 'there is no tensorrt' }
  t.match(
    await chosen(t, 'auto', { engine: true, cuda: {} }),
    without,
    'what is asked for by its kind is told',
  )
  const spoilt = { engine: true, tensorrt: { vector: [1, 0] } }
  t.match(await chosen(t, 'auto', spoilt), { provider: 'cpu', fallback: /^TensorRT gives another answer/ })
})

t.test('an engine by itself runs on TensorRT or not at all', async (t) => {
  const alone = { engine: true, onCpu: false }
  const { open, opened, choose } = boxWith({ ...alone, tensorrt: {} })
  const { running } = await choose('auto')
  t.same(running, { provider: 'tensorrt', ms: 3, cpuMs: null, cosine: null, fallback: null })
  t.same(opened, ['tensorrt'])
  t.same(open, ['tensorrt'])
  const refused: readonly (readonly [AskedProvider, Box, RegExp])[] = [
    ['auto', {}, /is a TensorRT engine, and there is no tensorrt; .*choose the ONNX model/],
    ['cpu', { tensorrt: {} }, /vision\.provider is cpu; set it to auto or tensorrt/],
    ['cuda', { cuda: {} }, /vision\.provider is cuda; set it/],
    [
      'auto',
      { tensorrt: { fails: 'open' } },
      /tensorrt fails: no kernel image.*; build it anew on this machine/,
    ],
    ['auto', { tensorrt: { fails: 'look' } }, /tensorrt fails: out of memory/],
    ['auto', { tensorrt: { times: cpuTimes } }, /TensorRT ran nothing/],
  ]
  for (const [asked, box, message] of refused) {
    const left = boxWith({ ...alone, ...box })
    await t.rejects(left.choose(asked), { code: 'ENGINE_MISSING', kind: 'config', message })
    t.same(left.open, [], 'nothing stays open')
  }
})

t.test('a model that is broken on the CPU is broken', async (t) => {
  const { open, choose } = boxWith({ cpu: { fails: 'look' }, cuda: {} })
  await t.rejects(choose('auto'), { message: 'out of memory' })
  t.same(open, [])
})
