/**
 * Lets the browser keep the shell of the pages. Browsers allow that over https and on the box itself only; without it every
 * page works as well, but for saying so itself when the box is away, and for being told while it is closed.
 */
import { startPush } from './push.ts'

const { lang, dataset } = document.documentElement
const address = `/service-worker.js?${new URLSearchParams({ lang, zone: dataset['zone'] ?? 'UTC' })}`
// A certificate that the browser was told to overlook is not enough for it either.
if ('serviceWorker' in navigator) void startPush(navigator.serviceWorker.register(address)).catch(() => {})
