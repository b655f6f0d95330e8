/**
 * Naming a horse in a dialog over the page. Without it (old browsers) the card's link leads to the same form.
 */
import { words } from '../words/spoken.ts'

const TOAST_MS = 3000

export function startNaming(saved: (horseId: string) => void): void {
  const dialog = document.querySelector<HTMLDialogElement>('.dialog')
  if (dialog === null || typeof dialog.showModal !== 'function') return

  document.addEventListener('click', (event) => {
    const target = event.target as Element
    const card = target.closest<HTMLElement>('.card')
    if (card !== null && !event.ctrlKey && !event.metaKey) {
      event.preventDefault()
      void open(dialog, card.dataset['horse'] ?? '')
    }
    // A click on the dialog itself, not on something in it, is a click on the backdrop.
    if (target === dialog || target.closest('[data-close]') !== null) {
      event.preventDefault()
      dialog.close()
    }
  })
  dialog.addEventListener('submit', (event) => {
    const form = event.target as HTMLFormElement
    // Forms without it are sent as they are.
    if (form.dataset['api'] === undefined) return
    event.preventDefault()
    void save(dialog, form, saved)
  })
}

async function open(dialog: HTMLDialogElement, horseId: string): Promise<void> {
  const answer = await fetch(`/parts/horse/${horseId}/form`).catch(() => undefined)
  if (answer?.ok !== true) return toast(words.lost)
  dialog.innerHTML = await answer.text()
  dialog.dataset['horse'] = horseId
  if (!dialog.open) dialog.showModal()
  dialog.querySelector<HTMLInputElement>('input[name=name]')?.select()
}

async function save(
  dialog: HTMLDialogElement,
  form: HTMLFormElement,
  saved: (horseId: string) => void,
): Promise<void> {
  const changes = changesIn(form)
  const revision = Number(form.dataset['revision'])
  const isChanged = Object.keys(changes).length > 0
  const problem = isChanged ? await send(form.dataset['api'] ?? '', { ...changes, revision }) : undefined
  const place = form.querySelector('.problem')
  if (place !== null) place.textContent = problem ?? ''
  if (problem !== undefined) return
  dialog.close()
  toast(words.edit.saved)
  saved(dialog.dataset['horse'] ?? '')
}

/** What a person has written: nothing is put back that somebody else has changed meanwhile. */
function changesIn(form: HTMLFormElement): Record<string, string | null> {
  const fields = form.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('input, textarea')
  const changed = [...fields].filter(({ value, defaultValue }) => value !== defaultValue)
  return Object.fromEntries(changed.map(({ name, value }) => [name, value.trim() || null]))
}

/** What was wrong, in words, or undefined when it was stored. */
async function send(url: string, change: object): Promise<string | undefined> {
  const headers = { 'content-type': 'application/json' }
  try {
    const answer = await fetch(url, { method: 'PUT', headers, body: JSON.stringify(change) })
    if (answer.ok) return undefined
    return answer.status === 409 ? words.edit.stale : words.edit.refused
  } catch {
    return words.edit.failed
  }
}

let toastTimer = 0
function toast(text: string): void {
  const place = document.querySelector<HTMLElement>('.toast')
  if (place === null) return
  place.textContent = text
  place.hidden = false
  clearTimeout(toastTimer)
  toastTimer = window.setTimeout(() => {
    place.hidden = true
  }, TOAST_MS)
}
