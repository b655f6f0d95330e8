/**
 * Where requests wait and are handed to the workers, in fair turns: to one that is free, and while many wait one ahead to
 * one that is not. A request whose worker dies at it fails; those that wait, or lay ahead there, go to the next that is free.
 */
import type { BarnboxError } from '../lib/errors.ts'
import { mostUnderWay, type VisionClient } from './client.ts'
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

/** A worker, the requests that it has in their order, and when it answered last. */
interface Seat {
  readonly client: VisionClient
  readonly has: Waiting[]
  answeredMs: number
}

export function createDesk(): Desk {
  const turns = createTurns<Waiting>()
  const seats = new Map<VisionClient, Seat>()
  let closed: BarnboxError | undefined
  let isSoon = false
  let inHand = 0

  const hand = async (seat: Seat, { key, item }: Turn<Waiting>) => {
    const startedMs = performance.now()
    seat.has.push(item)
    inHand++
    try {
      item.answer.resolve(await seat.client.ask(item.ask))
      seat.has.shift()
    } catch (error) {
      // Of what a worker had that died only the first was begun.
      if (seat.has[0] === item || closed) item.answer.reject(error)
      else turns.add(key, item)
      if (!seat.client.isOver) seat.has.shift()
    }
    inHand--
    // One that was handed out ahead cost nothing while it lay there.
    const nowMs = performance.now()
    turns.charge(key, nowMs - Math.max(startedMs, seat.answeredMs))
    seat.answeredMs = nowMs
    if (seat.client.isOver) seats.delete(seat.client)
    // Whoever was just answered may ask on, and is to be among those who are chosen from.
    isSoon = true
    setImmediate(handOut)
  }
  /** Whose turn it is at a worker; one ahead only while there is one for each worker that may be free before. */
  const turnAt = ({ has }: Seat): Turn<Waiting> | undefined => {
    if (has.length === 0) return turns.next()
    return has.length < mostUnderWay && turns.waiting >= seats.size ? turns.nextAhead() : undefined
  }
  const handOut = () => {
    isSoon = false
    for (;;) {
      const [seat] = [...seats.values()]
        .filter(({ client }) => !client.isOver)
        .sort((a, b) => a.has.length - b.has.length)
      const turn = seat && turnAt(seat)
      if (!turn) return
      void hand(seat, turn)
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
      seats.set(client, { client, has: [], answeredMs: 0 })
      if (!isSoon) handOut()
    },
    leave: (client) => void seats.delete(client),
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
