/**
 * What every page has around it. No inline script or style: the policy forbids them.
 */
import { html } from 'hono/html'
import { strings } from './strings.ts'

/** Escaped HTML, as `hono/html` makes it. */
export type Html = ReturnType<typeof html>

export interface Frame {
  /** Addresses of the style sheet and the icon. */
  readonly style: string
  readonly icon: string
  readonly script?: string
  readonly canLogOut?: boolean
  /** Who is logged in, where it is a user. */
  readonly userName?: string | undefined
}

const logOut = (name: string | undefined) =>
  html`<form method="post" action="/logout" class="who">${name === undefined ? '' : html`<span dir="auto">${name}</span> `}<button class="quiet">${strings.logOut}</button></form>`

export function layout(frame: Frame, title: string, content: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} - ${strings.product}</title>
<link rel="icon" href="${frame.icon}">
<link rel="stylesheet" href="${frame.style}">
${frame.script === undefined ? '' : html`<script type="module" src="${frame.script}"></script>`}
</head>
<body>
<header class="top">
<a class="brand" href="/"><img src="${frame.icon}" alt="" width="32" height="32">${strings.product}</a>
${frame.canLogOut === true ? logOut(frame.userName) : ''}
</header>
${content}
</body>
</html>`
}
