/**
 * What a file calls its classes: a Python dict or list of texts, as Ultralytics writes it into `names`. It comes from
 * strangers and is read by a grammar of its own; nothing is evaluated. Pure.
 */

const mostLength = 500_000
const mostNames = 10_000

/** A sign, a number or a text in either quotes; blanks before it. */
const token =
  /\s*(?:([{}[\],:])|(\d{1,6})(?![\d.])|'([^'\\\n]*(?:\\.[^'\\\n]*)*)'|"([^"\\\n]*(?:\\.[^"\\\n]*)*)")/y

type Token = { readonly sign: string } | { readonly number: number } | { readonly text: string }

/** The names by their numbers; undefined where the text is nothing of the kind. */
export function parseNames(text: string): ReadonlyMap<number, string> | undefined {
  const tokens = text.length > mostLength ? undefined : tokensOf(text.trimEnd())
  const [first] = tokens ?? []
  if (!tokens || !first || !('sign' in first)) return undefined
  const isDict = first.sign === '{'
  const end = isDict ? '}' : ']'
  if (!isDict && first.sign !== '[') return undefined
  const names = new Map<number, string>()
  let at = 1
  while (!isSign(tokens[at], end)) {
    const number = isDict ? numberOf(tokens[at++]) : names.size
    if (isDict && !isSign(tokens[at++], ':')) return undefined
    const name = tokens[at++]
    if (number === undefined || names.has(number) || !name || !('text' in name)) return undefined
    names.set(number, name.text)
    if (isSign(tokens[at], ',')) at++
    else if (!isSign(tokens[at], end)) return undefined
  }
  const isWhole = at === tokens.length - 1 && names.size > 0 && names.size <= mostNames
  return isWhole ? names : undefined
}

function tokensOf(text: string): Token[] | undefined {
  const tokens: Token[] = []
  token.lastIndex = 0
  while (token.lastIndex < text.length) {
    const [found, sign, number, single, double] = token.exec(text) ?? []
    if (found === undefined) return undefined
    if (sign !== undefined) tokens.push({ sign })
    else if (number !== undefined) tokens.push({ number: Number(number) })
    else tokens.push({ text: (single ?? double ?? '').replace(/\\(.)/g, '$1') })
  }
  return tokens
}

const isSign = (one: Token | undefined, sign: string) =>
  one !== undefined && 'sign' in one && one.sign === sign

/** JSON knows texts only as keys. */
function numberOf(one: Token | undefined): number | undefined {
  if (!one || 'sign' in one) return undefined
  if ('number' in one) return one.number
  return /^\d{1,6}$/.test(one.text) ? Number(one.text) : undefined
}
