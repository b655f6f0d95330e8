/**
 * The page that stands in for the box: asks for it again and again, and gives way once it is back.
 */
const AGAIN_MS = 4000

async function look(): Promise<void> {
  try {
    const answer = await fetch('/healthz', { cache: 'no-store' })
    if (answer.ok) location.reload()
  } catch {
    // Still away.
  }
}

// Where no worker has written when the box was reached last, nobody knows.
const since = document.querySelector<HTMLElement>('.since')
if (since?.textContent?.includes('{since}')) since.hidden = true

setInterval(() => void look(), AGAIN_MS)
window.addEventListener('online', () => void look())
document.querySelector('button')?.addEventListener('click', () => void look())
