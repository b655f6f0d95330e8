/**
 * The API for people: every operation with what it needs, takes and answers, and how it is asked. View model in, HTML out.
 */
import { html } from 'hono/html'
import type { Role } from '../../daemon/types.ts'
import { type Frame, type Html, layout } from '../layout.ts'
import { boxWords } from '../words/box.ts'

export interface ApiOperation {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly does: string
  /** Null where it is open to all. */
  readonly role: Role | null
  readonly parameters: readonly {
    readonly name: string
    readonly place: 'path' | 'query'
    readonly mustBe: boolean
    /** JSON Schema. */
    readonly schema: string
  }[]
  /** Its kind and its JSON Schema, as far as it has one. */
  readonly body: { readonly type: string; readonly schema: string } | null
  readonly answers: readonly {
    readonly status: string
    readonly type: string
    /** Names among the shapes. */
    readonly shapes: readonly string[]
  }[]
  /** A line for a shell. */
  readonly example: string
}

export interface ApiView extends Frame {
  readonly query: string
  readonly operations: readonly ApiOperation[]
  /** The shapes of answers by name, as JSON Schema. */
  readonly shapes: readonly (readonly [name: string, schema: string])[]
}

export function apiPage(view: ApiView): Html {
  const { api: words } = boxWords(view)
  const { operations, shapes, query } = view
  const { search } = view.words
  return layout(
    view,
    words.title,
    html`<main class="box api">
<h1>${words.title}</h1>
<p>${words.hint} ${words.tokens}</p>
<p><a href="/api/v1/openapi.json">${words.document}</a></p>
<form class="search" method="get" role="search">
<label>${search.label}<input name="q" type="search" value="${query}" maxlength="100" autocomplete="off"></label>
<button>${search.button}</button>
</form>
<p class="hint" role="status">${operations.length === 0 ? words.none : words.count(operations.length)}</p>
${operations.map((one) => operation(view, one))}
<section class="panel"><h2>${words.shapes}</h2>
${shapes.map(([name, schema]) => html`<details id="${shapeId(name)}"><summary><code>${name}</code></summary>${code(schema)}</details>`)}
</section>
</main>`,
  )
}

const shapeId = (name: string) => `shape-${name}`

/** Scrolls within, so it is a place for the focus. */
const code = (text: string) => html`<pre class="code" tabindex="0" translate="no">${text}</pre>`

function operation(view: ApiView, one: ApiOperation): Html {
  const { api: words, people } = boxWords(view)
  const needs = one.role === null ? words.open : words.needs(people.roles[one.role])
  return html`<details class="panel operation" id="${one.id}">
<summary><code class="method">${one.method}</code> <code>${one.path}</code> <span class="soft">${needs}</span><br><span lang="en">${one.does}</span></summary>
${parameters(view, one)}
${one.body === null ? '' : html`<h2>${words.body} <code>${one.body.type}</code></h2>${one.body.schema === '' ? '' : code(one.body.schema)}`}
<h2>${words.answers}</h2>
<ul>${one.answers.map((answer) => answerRow(view, answer))}</ul>
<h2>${words.example}</h2>
${code(one.example)}
</details>`
}

function parameters(view: ApiView, { parameters }: ApiOperation): Html | '' {
  const { api: words } = boxWords(view)
  if (parameters.length === 0) return ''
  const row = ({ name, place, mustBe, schema }: ApiOperation['parameters'][number]) =>
    html`<li><code>${name}</code> ${words.places[place]}${mustBe ? html`, ${words.must}` : ''} <code class="soft">${schema}</code></li>`
  return html`<h2>${words.parameters}</h2><ul>${parameters.map(row)}</ul>`
}

function answerRow(view: ApiView, { status, type, shapes }: ApiOperation['answers'][number]): Html {
  const { api: words } = boxWords(view)
  const links = shapes.map((name) => html` <a href="#${shapeId(name)}"><code>${name}</code></a>`)
  return html`<li>${status === 'default' ? words.problem : html`<code>${status}</code>`} ${type === '' ? '' : html`<code>${type}</code>`}${links}</li>`
}
