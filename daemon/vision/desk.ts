/**
 * Where requests wait and are handed to the workers that are free, in fair turns. A request whose worker dies fails; those
 * that wait go to the next that is free.
 */
import type { BarnboxError } from '../lib/errors.ts'
import type { VisionClient } from './client.ts'
import type { Ask, AskName, Asks } from './protocol.ts'
import { createTurns, type Turn } from './turns.ts'

export interface Desk {
  /** `key` says whose turn it takes. Rejects with what the worker says, or with why the desk is closed. */
  ask<Name extends AskName>(key: string, name: Name, argument: Asks[Name][0]): Promise<Asks[Name][1]>
  /** A worker that takes requests from now on. */
  join(client: VisionClient): void
  leave(client: VisionClient): void
  /** Fails all who wait and all who come later; what is with a worker may still be answered. */
  close(why: BarnboxError): void
  /** Requests that no worker has yet. */
  readonly waiting: number
  /** Requests that are with a worker. */
  readonly inHand: number
  /** Why it is closed; undefined while it is open. */
  readonly closed: BarnboxError | undefined
}

interface Waiting {
  readonly ask: Ask
  readonly answer: PromiseWithResolvers<unknown>
}

export function createDesk(): Desk {
  const turns = createTurns<Waiting>()
  const free = new Set<VisionClient>()
  let closed: BarnboxError | undefined
  let isSoon = false
  let inHand = 0

  const hand = async (client: VisionClient, { key, item }: Turn<Waiting>) => {
    const startedMs = performance.now()
    inHand++
    try {
      item.answer.resolve(await client.ask(item.ask))
    } catch (error) {
      item.answer.reject(error)
    }
    inHand--
    turns.charge(key, performance.now() - startedMs)
    if (!client.isOver) free.add(client)
    // Whoever was just answered may ask on, and is to be among those who are chosen from.
    isSoon = true
    setImmediate(handOut)
  }
  const handOut = () => {
    isSoon = false
    for (const client of free) {
      const turn = turns.next()
      if (!turn) return
      free.delete(client)
      void hand(client, turn)
    }
  }
  return {
    ask(key, name, argument) {
      if (closed) return Promise.reject(closed)
      const answer = Promise.withResolvers<unknown>()
      turns.add(key, { ask: { name, with: argument } as Ask, answer })
      if (!isSoon) handOut()
      return answer.promise as Promise<Asks[typeof name][1]>
    },
    join(client) {
      free.add(client)
      if (!isSoon) handOut()
    },
    leave: (client) => void free.delete(client),
    close(why) {
      closed ??= why
      for (const { answer } of turns.drain()) answer.reject(closed)
    },
    get waiting() {
      return turns.waiting
    },
    get inHand() {
      return inHand
    },
    get closed() {
      return closed
    },
  }
}
