/**
 * The page of one camera: its own video, and its horses, searched and sorted.
 */
import { startBoard } from './board.ts'
import { knownHorse } from './cards.ts'
import { createClips } from './clips.ts'
import { createLiveTile } from './live-tile.ts'
import { startSearch } from './search.ts'

startBoard(
  [...document.querySelectorAll<HTMLElement>('.tile')].map((root) => createLiveTile(root, knownHorse)),
  createClips(knownHorse),
)
startSearch()
