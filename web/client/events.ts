/**
 * The line to the box: opens it, keeps it, resumes after the last event heard, and says when it is lost.
 */
export interface Message {
  readonly id: number
  readonly event: string
  readonly data: unknown
}

export interface EventLine {
  send(message: object): void
  /** The time of the box, which is the one that counts: a tablet's may be hours off. */
  now(): number
}

/** What a page knew when it was drawn: the newest event in it, and the time. */
export interface Drawn {
  readonly after: number
  readonly nowMs: number
}

export const drawnOf = ({ dataset }: HTMLElement): Drawn => ({
  after: Number(dataset['after']),
  nowMs: Number(dataset['now']),
})

const FIRST_WAIT_MS = 500
const MOST_WAIT_MS = 10_000
/** The box speaks at least every 15 s. */
const SILENCE_MS = 40_000

export function openEvents(
  { after, nowMs }: Drawn,
  on: { message(message: Message): void; open(): void; lost(): void },
): EventLine {
  let last = after
  let wait = FIRST_WAIT_MS
  let socket: WebSocket | undefined
  let silence = 0
  let offsetMs = nowMs - Date.now()

  function setClock({ event, data }: Message): void {
    const { timestamp } = data as { timestamp?: string }
    if ((event === 'hello' || event === 'ping') && timestamp !== undefined)
      offsetMs = Date.parse(timestamp) - Date.now()
  }
  function heard(): void {
    clearTimeout(silence)
    silence = window.setTimeout(() => socket?.close(), SILENCE_MS)
  }
  function again(): void {
    clearTimeout(silence)
    on.lost()
    window.setTimeout(connect, wait * (0.8 + 0.4 * Math.random()))
    wait = Math.min(wait * 2, MOST_WAIT_MS)
    void leaveWhenLoggedOut()
  }
  function connect(): void {
    const address = new URL(`/api/v1/events?after=${last}`, location.href)
    address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'
    const line = new WebSocket(address)
    socket = line
    heard()
    line.onmessage = (event) => {
      heard()
      const message = JSON.parse(String(event.data)) as Message
      last = message.id
      setClock(message)
      // Only a word from the box proves the line: an open socket alone may be a proxy's.
      if (message.event === 'hello') {
        wait = FIRST_WAIT_MS
        on.open()
      }
      on.message(message)
    }
    line.onclose = again
  }
  connect()
  return {
    now: () => Date.now() + offsetMs,
    send(message) {
      if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
    },
  }
}

/** A refused WebSocket does not say why; an ordinary request does. */
async function leaveWhenLoggedOut(): Promise<void> {
  try {
    const answer = await fetch('/api/v1/cameras')
    if (answer.status === 401) location.assign('/login')
  } catch {
    // The box is away: the line goes on trying.
  }
}
