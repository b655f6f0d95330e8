/**
 * The page *Now*: every camera's analysed pictures, and all horses.
 */
import { startBoard } from './board.ts'
import { knownHorse } from './cards.ts'
import { createTile } from './tile.ts'

startBoard([...document.querySelectorAll<HTMLElement>('.tile')].map((root) => createTile(root, knownHorse)))
