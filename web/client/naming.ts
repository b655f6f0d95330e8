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
  const fields = new FormData(form)
  const field = (name: string) => {
    const text = String(fields.get(name) ?? '').trim()
    return text === '' ? null : text
  }
  const body = JSON.stringify({ name: field('name'), notes: field('notes') })
  const problem = await send(form.dataset['api'] ?? '', body)
  const place = form.querySelector('.problem')
  if (place !== null) place.textContent = problem ?? ''
  if (problem !== undefined) return
  dialog.close()
  toast(words.edit.saved)
  saved(dialog.dataset['horse'] ?? '')
}

/** What was wrong, in words, or undefined when it was stored. */
async function send(url: string, body: string): Promise<string | undefined> {
  try {
    const answer = await fetch(url, { method: 'PUT', headers: { 'content-type': 'application/json' }, body })
    if (answer.ok) return undefined
    return ((await answer.json()) as { message?: string }).message ?? words.edit.failed
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
