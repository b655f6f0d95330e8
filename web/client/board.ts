/**
 * A page with cameras and horses, kept true: joins the line to the box with tiles, cards and the naming dialog.
 */
import {
  dropCard,
  horsesAbout,
  knownHorse,
  markPresent,
  noteSighting,
  refreshCard,
  type Sighting,
} from './cards.ts'
import { drawnOf, type EventLine, type Message, openEvents } from './events.ts'
import { startNaming } from './naming.ts'
import type { FrameInfo } from './overlay.ts'
import type { Tile } from './tile.ts'
import { tickTimes } from './times.ts'

interface Board {
  readonly main: HTMLElement
  readonly tiles: Tile[]
  /** Makes the tile of a camera that has come. */
  readonly adopt: ((root: HTMLElement) => Tile) | undefined
  /** The time of the box. */
  now(): number
  /** A tile has come: its pictures are wanted. */
  joined(tile: Tile): void
}

function tick({ tiles, now: timeOfBox }: Board): void {
  const now = timeOfBox()
  tickTimes(now)
  markPresent(now)
  for (const tile of tiles) tile.tick(now)
}

async function refreshHorse(board: Board, id: string): Promise<void> {
  await refreshCard(id)
  for (const tile of board.tiles) tile.redraw()
  tick(board)
}

/** Of horses that only other cameras show there is no card. */
const isShown = ({ tiles }: Board, horseId: string, streamId: string) =>
  knownHorse(horseId) !== undefined || tiles.some(({ id }) => id === streamId)

interface Seen {
  readonly streamId: string
  readonly horses: readonly Sighting[]
}

function note(board: Board, { streamId, horses }: Seen): void {
  for (const horse of horses)
    if (!noteSighting(horse) && isShown(board, horse.id, streamId)) void refreshHorse(board, horse.id)
  tick(board)
}

function change(board: Board, { streamId, horse }: { streamId: string; horse: { id: string } }): void {
  if (isShown(board, horse.id, streamId)) void refreshHorse(board, horse.id)
}

/** Deleted, or another name of one that stays. */
function remove({ tiles }: Board, { horse_id: id }: { horse_id: string }): void {
  dropCard(id)
  for (const tile of tiles) tile.redraw()
}

/** Somebody has come into a stall or left it; the stalls of others may be told otherwise too. */
function moved(
  board: Board,
  { stall_id: id, horse_id: horse }: { stall_id: string; horse_id: string | null },
): void {
  const there = horse !== null && knownHorse(horse) !== undefined ? [horse] : []
  for (const one of new Set([...horsesAbout(id), ...there])) void refreshHorse(board, one)
}

/** Of a camera that the page has no tile of yet: puts it where a page that is drawn now has it. */
async function welcome(board: Board, id: string): Promise<Tile | undefined> {
  if (board.adopt === undefined) return undefined
  const page = await fetchPage()
  const fresh = page.querySelector<HTMLElement>(`.tile[data-camera="${id}"]`)
  if (fresh === null || board.tiles.some((tile) => tile.id === id)) return undefined
  const before = fresh.previousElementSibling?.getAttribute('data-camera')
  // Read without scripts, what is for pages without them is part of it, and would fetch its picture.
  fresh.querySelector('noscript')?.remove()
  const root = document.adoptNode(fresh)
  const beside = document.querySelector(`.tile[data-camera="${before}"]`)
  if (beside) beside.after(root)
  else document.querySelector('.tiles')?.prepend(root)
  document.querySelector('.cameras .empty')?.remove()
  const tile = board.adopt(root)
  board.tiles.push(tile)
  return tile
}

function renew(page: Document, part: string): void {
  const fresh = page.querySelector(part)
  if (fresh !== null) document.querySelector(part)?.replaceWith(document.adoptNode(fresh))
}

const fetchPage = async () =>
  new DOMParser().parseFromString(await (await fetch(location.pathname)).text(), 'text/html')

async function tellAlerts(): Promise<void> {
  const part = await (await fetch('/parts/alerts')).text()
  renew(new DOMParser().parseFromString(part, 'text/html'), '.told')
}

/** After a long absence: everything anew, but without a reload, which would take away a half-written name. */
async function readAnew(board: Board): Promise<void> {
  const page = await fetchPage()
  const cards = page.querySelector('.cards')
  if (cards === null) return
  document.querySelector('.cards')?.replaceWith(document.adoptNode(cards))
  for (const part of ['.faults', '.told']) renew(page, part)
  await Promise.all(board.tiles.map((tile) => tile.restate()))
  for (const tile of board.tiles) tile.redraw()
  tick(board)
}

function showLine({ main }: Board, isLive: boolean): void {
  const lost = document.querySelector('.lost') as HTMLElement
  lost.hidden = isLive
  main.dataset['live'] = String(isLive)
  document.body.classList.toggle('is-lost', !isLive)
}

function restate(board: Board, { id }: { id: string }): void {
  const known = board.tiles.find((tile) => tile.id === id)
  if (known) void known.restate().then(() => tick(board))
  else void welcome(board, id).then((tile) => tile && board.joined(tile))
}

/** One that comes again under its name has a tile of its own then. */
function leave({ tiles }: Board, { id }: { id: string }): void {
  document.querySelector(`.tile[data-camera="${id}"]`)?.remove()
  const at = tiles.findIndex((tile) => tile.id === id)
  if (at >= 0) tiles.splice(at, 1)
}

function hear(board: Board, { event, data }: Message): void {
  const camera = (id: string) => board.tiles.find((tile) => tile.id === id)
  if (event === 'frame') camera((data as { streamId: string }).streamId)?.fresh(data as FrameInfo)
  else if (event === 'horses:detected') note(board, data as Seen)
  else if (event === 'horses:updated') change(board, data as Parameters<typeof change>[1])
  else if (event === 'horses:removed') remove(board, data as Parameters<typeof remove>[1])
  else if (event === 'stall:changed') moved(board, data as Parameters<typeof moved>[1])
  else if (event === 'alert:changed') void tellAlerts().catch(() => {})
  else if (event === 'camera:changed') restate(board, data as { id: string })
  else if (event === 'camera:removed') leave(board, data as { id: string })
  else if (event === 'resync') void readAnew(board).catch(() => {})
}

/** What else of a page listens to the box. */
export interface Listener {
  /** The line is there, for the first time or again. */
  opened(line: EventLine): void
  hear(message: Message): void
}

/** Starts the page whose cameras these are. */
export function startBoard(
  tiles: readonly Tile[],
  more?: Listener,
  adopt?: (root: HTMLElement) => Tile,
): void {
  const main = document.querySelector('main[data-after]') as HTMLElement
  const board: Board = {
    ...{ main, tiles: [...tiles], adopt, now: () => line.now() },
    joined(tile) {
      if (!document.hidden) line.send({ subscribe: tile.id })
      tick(board)
    },
  }
  const line = openEvents(drawnOf(main), {
    message(message) {
      hear(board, message)
      more?.hear(message)
    },
    open() {
      showLine(board, true)
      subscribe()
      more?.opened(line)
    },
    lost: () => showLine(board, false),
  })
  function subscribe(): void {
    const word = document.hidden ? 'unsubscribe' : 'subscribe'
    for (const tile of board.tiles) line.send({ [word]: tile.id })
  }
  document.addEventListener('visibilitychange', subscribe)
  startNaming((id) => void refreshHorse(board, id))
  setInterval(() => tick(board), 1000)
  tick(board)
}
