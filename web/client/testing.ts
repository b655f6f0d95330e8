/**
 * The page of a camera's test shows the report as soon as it is there. Without it people press the link.
 */
const everyMs = 4000
const id = document.querySelector<HTMLElement>('[data-runs]')?.dataset['runs']

async function isOver(): Promise<boolean> {
  const answer = await fetch(`/api/v1/cameras/${id}/report`).catch(() => undefined)
  if (!answer?.ok) return false
  const { running } = (await answer.json()) as { running: { camera: string } | null }
  return running?.camera !== id
}

async function wait(): Promise<void> {
  if (await isOver()) return location.reload()
  setTimeout(() => void wait(), everyMs)
}

if (id !== undefined) void wait()
