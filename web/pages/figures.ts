/**
 * Small drawings that carry a horse's colour. Colours stand in SVG attributes: the policy forbids style attributes.
 */
import { html } from 'hono/html'
import type { Html } from '../layout.ts'

/** "#3" in white on the colour of the horse's box. */
export function badge(number: number, color: string): Html {
  return html`<svg class="badge" viewBox="0 0 60 34" width="60" height="34" role="img" aria-label="#${number}">
<rect x="1" y="1" width="58" height="32" rx="16" fill="${color}"></rect>
<text x="30" y="24" text-anchor="middle" fill="#ffffff">#${number}</text></svg>`
}

const silhouette = html`<svg class="silhouette" viewBox="0 0 100 100" aria-hidden="true">
<path d="M30 96 C30 70 36 60 42 50 C36 54 30 60 24 62 C16 64 11 58 14 51 C18 42 27 36 34 28 C38 23 42 20 46 18 L47 8 L55 16
 C74 20 86 38 88 62 C89 76 88 88 86 96 Z"></path></svg>`

export function face(avatar: string | null): Html {
  return avatar === null
    ? silhouette
    : html`<img class="avatar" src="${avatar}" alt="" width="200" height="200" loading="lazy">`
}
