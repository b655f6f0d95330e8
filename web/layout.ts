/**
 * What every page has around it. No inline script or style: the policy forbids them.
 */
import { html } from 'hono/html'
import type { Words } from './words/en.ts'
import { languages, type Spoken } from './words/languages.ts'

/** Escaped HTML, as `hono/html` makes it. */
export type Html = ReturnType<typeof html>

/** A page that the menu leads to. */
export interface Place {
  readonly href: string
  readonly name: keyof Words['places']
}

export interface Frame extends Spoken {
  /** Addresses of the style sheet and the icon. */
  readonly style: string
  readonly icon: string
  /** Of the script that lets the browser keep the shell, and of the icon for home screens. */
  readonly shell: string
  readonly homeIcon: string
  readonly script?: string
  readonly canLogOut?: boolean
  /** What whoever looks may open; and the address of this page. */
  readonly places?: readonly Place[]
  readonly here?: string
  /** Who is logged in, where it is a user. */
  readonly userName?: string | undefined
}

const logOut = ({ userName: name, words }: Frame) =>
  html`<form method="post" action="/logout" class="who">${name === undefined ? '' : html`<a href="/me" dir="auto">${name}</a> `}<button class="quiet">${words.logOut}</button></form>`

function menu({ words, places = [], here }: Frame): Html | '' {
  // One page needs no menu.
  if (places.length < 2) return ''
  const link = ({ href, name }: Place) =>
    html`<a href="${href}" ${href === here ? html`aria-current="page"` : ''}>${words.places[name]}</a>`
  return html`<nav class="menu" aria-label="${words.menu}">${places.map(link)}</nav>`
}

/** Each under its own name: who is lost in a foreign language finds the way back. */
const languageChoice = ({ words }: Frame) =>
  html`<nav class="languages" aria-label="${words.chooseLanguage}">${Object.entries(languages).map(
    ([tag, { ownName }]) =>
      tag === words.language
        ? html`<span lang="${tag}" aria-current="true">${ownName}</span> `
        : html`<a lang="${tag}" hreflang="${tag}" href="/language/${tag}">${ownName}</a> `,
  )}</nav>`

export function layout(frame: Frame, title: string, content: Html): Html {
  return html`<!doctype html>
<html lang="${frame.words.language}" data-zone="${frame.zone}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} - ${frame.words.product}</title>
<link rel="icon" href="${frame.icon}">
<link rel="apple-touch-icon" href="${frame.homeIcon}">
<link rel="manifest" href="/manifest/${frame.words.language}">
<meta name="theme-color" content="#f4f2ee" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="#141716" media="(prefers-color-scheme: dark)">
<link rel="stylesheet" href="${frame.style}">
<script type="module" src="${frame.shell}"></script>
${frame.script === undefined ? '' : html`<script type="module" src="${frame.script}"></script>`}
</head>
<body>
<header class="top">
<a class="brand" href="/"><img src="${frame.icon}" alt="" width="32" height="32">${frame.words.product}</a>
${menu(frame)}
${frame.canLogOut === true ? logOut(frame) : ''}
</header>
${content}
${languageChoice(frame)}
</body>
</html>`
}
