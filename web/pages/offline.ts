/**
 * What a browser keeps to show where the box cannot be reached. Nothing of the barn stands in it.
 */
import { html } from 'hono/html'
import type { Frame, Html } from '../layout.ts'
import { boxWords } from '../words/box.ts'

/** Where the service worker writes when the box was reached last. */
export const SINCE = '{since}'

export function offlinePage(frame: Frame, script: string): Html {
  const { offline: words } = boxWords(frame).app
  return html`<!doctype html>
<html lang="${frame.words.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${words.title} - ${frame.words.product}</title>
<link rel="icon" href="${frame.icon}">
<link rel="stylesheet" href="${frame.style}">
<script type="module" src="${script}"></script>
</head>
<body>
<header class="top"><span class="brand"><img src="${frame.icon}" alt="" width="32" height="32">${frame.words.product}</span></header>
<main class="box"><section class="panel" role="alert">
<h1>${words.title}</h1>
<p class="since">${words.since} <time>${SINCE}</time></p>
<p>${words.hint}</p>
<p>${words.again}</p>
<p><button type="button">${words.now}</button></p>
</section></main>
</body>
</html>`
}
