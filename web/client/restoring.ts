/**
 * While a backup is put in place the box goes away and comes back; then its log-in is opened. Without this people press the link.
 */
const everyMs = 1000
/** A box that never seemed away may have been away between two questions. */
const mostThere = 10
const link = document.querySelector<HTMLAnchorElement>('[data-back]')

const isThere = () =>
  fetch('/healthz', { cache: 'no-store' }).then(
    ({ ok }) => ok,
    () => false,
  )

async function look(wasAway: boolean, times: number): Promise<void> {
  const isBack = await isThere()
  if (isBack && (wasAway || times > mostThere)) return link?.click()
  setTimeout(() => void look(wasAway || !isBack, times + 1), everyMs)
}

// At another address it cannot be asked from here.
if (link?.host === location.host && link.protocol === location.protocol) void look(false, 0)
