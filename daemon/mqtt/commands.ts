/**
 * What others may ask of the box over MQTT. Whoever is on the broker may send anything: what is not understood changes nothing, is
 * answered where it can be, and counted.
 */
import { z } from 'zod'
import { BarnboxError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'

/** One thing that may be asked: what must be said with it, and what is done. */
export interface Command<Input = unknown> {
  readonly input: z.ZodType<Input>
  run(input: Input): unknown
}

export const command = <Input>(
  shape: Record<string, z.ZodType>,
  run: (input: Input) => unknown,
): Command => ({
  input: z.strictObject(shape),
  run: (input) => run(input as Input),
})

export interface CommandDeps {
  readonly commands: Readonly<Record<string, Command>>
  /** Says the answer. */
  readonly answer: (name: string, payload: string) => Promise<void>
  /** Something was not understood or not allowed. */
  readonly refused: () => void
  readonly log: Log
}

export interface CommandDesk {
  /** A message below `cmd/`. */
  heard(name: string, message: { readonly payload: Uint8Array; readonly isKept: boolean }): Promise<void>
}

const largestBytes = 8192
/** So many transactions are known again. */
const known = 256
/** So many answers wait for the broker; who asks faster is answered no more. */
const mostWaiting = 32
const nameForm = /^[a-z0-9_-]{1,32}$/

const transactionForm = z.union([z.string().min(1).max(64), z.int()])
type Transaction = z.output<typeof transactionForm>

type Answer =
  | { readonly status: 'ok'; readonly data: unknown }
  | { readonly status: 'error'; readonly error: { readonly code: string; readonly message: string } }

const refusal = (code: string, message: string): Answer => ({ status: 'error', error: { code, message } })

export function createCommands({ commands, answer, refused, log }: CommandDeps): CommandDesk {
  const done = new Map<string, Promise<Answer>>()
  let waiting = 0
  const say = async (name: string, transaction: Transaction | null, said: Answer) => {
    if (waiting >= mostWaiting) return
    waiting++
    try {
      await answer(name, JSON.stringify({ ...said, transaction }))
    } catch {
      // The connection is lost, and with it who asked.
    } finally {
      waiting--
    }
  }
  const runOnce = (key: string, work: () => Promise<Answer>): Promise<Answer> => {
    const before = done.get(key)
    if (before) return before
    const run = work()
    done.set(key, run)
    for (const oldest of [...done.keys()].slice(0, Math.max(0, done.size - known))) done.delete(oldest)
    return run
  }
  return {
    async heard(name, { payload, isKept }) {
      // What is kept was asked once, some time ago, and would be asked again at every connect.
      if (isKept || !nameForm.test(name)) return refused()
      const tree = readTree(payload)
      if (tree instanceof BarnboxError) {
        refused()
        return await say(name, null, refusal(tree.code, tree.message))
      }
      const { transaction: given, ...input } = tree
      const transaction = transactionForm.safeParse(given)
      if (!transaction.success) {
        refused()
        return await say(name, null, refusal('BAD_REQUEST', 'transaction: 1 to 64 characters, or a number'))
      }
      const one = Object.hasOwn(commands, name) ? commands[name] : undefined
      if (!one) {
        refused()
        return await say(name, transaction.data, refusal('NOT_FOUND', 'There is no such command.'))
      }
      const key = `${name} ${JSON.stringify(transaction.data)}`
      await say(name, transaction.data, await runOnce(key, () => run(one, input, { refused, log, name })))
    },
  }
}

function readTree(payload: Uint8Array): Record<string, unknown> | BarnboxError {
  const bad = (message: string) => new BarnboxError('BAD_REQUEST', message)
  if (payload.byteLength > largestBytes) return bad(`more than ${largestBytes} bytes`)
  try {
    const tree: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
    if (tree === null || typeof tree !== 'object' || Array.isArray(tree)) return bad('must be a JSON object')
    return { ...tree }
  } catch {
    return bad('is no JSON')
  }
}

async function run(
  { input, run: work }: Command,
  given: Record<string, unknown>,
  { refused, log, name }: Pick<CommandDeps, 'refused' | 'log'> & { readonly name: string },
): Promise<Answer> {
  const parsed = input.safeParse(given)
  if (!parsed.success) {
    refused()
    const [first] = parsed.error.issues
    const at = first?.path.join('.') ?? ''
    return refusal('BAD_REQUEST', `${at === '' ? '' : `${at}: `}${first?.message ?? 'not understood'}`)
  }
  try {
    return { status: 'ok', data: (await work(parsed.data)) ?? null }
  } catch (thrown) {
    if (thrown instanceof BarnboxError && thrown.kind === 'input') {
      refused()
      return refusal(thrown.code, thrown.message)
    }
    log.error({ err: thrown, command: name }, 'a command failed')
    return refusal('INTERNAL', 'It could not be done; the log of the box says why.')
  }
}
