/**
 * The page *Now*, kept true: joins the line to the box with tiles, cards and the naming dialog.
 */
import { inWords } from '../time.ts'
import { knownHorse, markPresent, noteSighting, refreshCard, type Sighting } from './cards.ts'
import { type Message, openEvents } from './events.ts'
import { startNaming } from './naming.ts'
import { createTile } from './tile.ts'

const main = document.querySelector('.now') as HTMLElement
const lost = document.querySelector('.lost') as HTMLElement
const tiles = [...document.querySelectorAll<HTMLElement>('.tile')].map((root) => createTile(root, knownHorse))

/** The box's clock is the one that counts: a tablet's may be hours off. */
let offsetMs = Number(main.dataset['now']) - Date.now()
const boxNow = () => Date.now() + offsetMs

function tick(): void {
  const now = boxNow()
  for (const time of document.querySelectorAll<HTMLTimeElement>('time[data-format]')) {
    const words = inWords(time.dataset['format'], Date.parse(time.dateTime), now)
    if (time.textContent !== words) time.textContent = words
  }
  for (const tile of tiles) tile.tick(now)
  markPresent(now)
}

async function refreshHorse(id: string): Promise<void> {
  await refreshCard(id)
  for (const tile of tiles) tile.redraw()
  tick()
}

function note(data: unknown): void {
  for (const horse of (data as { horses: readonly Sighting[] }).horses) {
    if (!noteSighting(horse)) void refreshHorse(horse.id)
  }
  tick()
}

/** After a long absence: everything anew, but without a reload, which would take away a half-written name. */
async function readAnew(): Promise<void> {
  const page = new DOMParser().parseFromString(await (await fetch('/')).text(), 'text/html')
  const cards = page.querySelector('.cards')
  if (cards === null) return
  document.querySelector('.cards')?.replaceWith(document.adoptNode(cards))
  const faults = page.querySelector('.faults')
  if (faults !== null) document.querySelector('.faults')?.replaceWith(document.adoptNode(faults))
  await Promise.all(tiles.map((tile) => tile.restate()))
  for (const tile of tiles) tile.redraw()
  tick()
}

function showLine(isLive: boolean): void {
  lost.hidden = isLive
  main.dataset['live'] = String(isLive)
  document.body.classList.toggle('is-lost', !isLive)
}

function subscribe(): void {
  const word = document.hidden ? 'unsubscribe' : 'subscribe'
  for (const tile of tiles) line.send({ [word]: tile.id })
}

function heard({ event, data }: Message): void {
  const stamp = (data as { timestamp?: string }).timestamp
  if ((event === 'hello' || event === 'ping') && stamp !== undefined)
    offsetMs = Date.parse(stamp) - Date.now()
  const camera = (id: string) => tiles.find((tile) => tile.id === id)
  if (event === 'frame') camera((data as { streamId: string }).streamId)?.fresh()
  else if (event === 'horses:detected') note(data)
  else if (event === 'horses:updated') void refreshHorse((data as { horse: { id: string } }).horse.id)
  else if (event === 'camera:changed')
    void camera((data as { id: string }).id)
      ?.restate()
      .then(tick)
  else if (event === 'resync') void readAnew().catch(() => {})
}

const line = openEvents(Number(main.dataset['after']), {
  message: heard,
  open() {
    showLine(true)
    subscribe()
  },
  lost() {
    showLine(false)
  },
})
document.addEventListener('visibilitychange', subscribe)
startNaming((id) => void refreshHorse(id))
setInterval(tick, 1000)
tick()
