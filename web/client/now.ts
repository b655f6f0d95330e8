/**
 * The page *Now*: every camera's analysed pictures, and all horses.
 */
import { startBoard } from './board.ts'
import { knownHorse } from './cards.ts'
import { createTile } from './tile.ts'

const adopt = (root: HTMLElement) => createTile(root, knownHorse)

startBoard([...document.querySelectorAll<HTMLElement>('.tile')].map(adopt), undefined, adopt)
