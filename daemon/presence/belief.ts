/**
 * How much is believed that a horse is in a place (pure), in log odds: evidence adds up, and what is not seen again fades to what one
 * would think anyway. One belief a horse and place, so that two may be there and nobody must be.
 */

/** What a look at the place says of one horse. */
export type Evidence =
  /** It was seen there, so probable. */
  | { readonly kind: 'seen'; readonly certainty: number }
  /** It was seen elsewhere. */
  | { readonly kind: 'elsewhere'; readonly certainty: number }
  /** As many animals as are there were seen, and all of them are others. */
  | { readonly kind: 'others' }
  /** The place was looked at, and there is nobody. */
  | { readonly kind: 'nobody' }
  /** Somebody is there, and nobody knows who. */
  | { readonly kind: 'somebody' }

/** Nobody is surer than this: 99.5 %. */
const surest = 5.3
/** Of an embedder's certainty no more is taken: what it says again and again is one and the same thing. */
const mostCertain = 0.97
/**
 * Looks that follow one another say the same: so long it takes until a full share of their evidence is in. For nobody it is longer,
 * since a horse that lies flat is what the detector misses for minutes.
 */
const inSeconds = { seen: 4, elsewhere: 4, others: 10, nobody: 15 } as const
/** What a full share of evidence against is worth, in log odds. */
const against = { elsewhere: 3, others: 2, nobody: 1.5 } as const
/** Without evidence half of the belief is gone after so long. */
export const halfLifeMs = 20 * 60_000

/** What one thinks without having looked: of a horse that is expected there, and of any other. */
export const priorOf = (isExpected: boolean): number => (isExpected ? 0 : -4)

export function fade(belief: number, prior: number, ms: number): number {
  return prior + (belief - prior) * 0.5 ** (Math.max(0, ms) / halfLifeMs)
}

/** The belief after a look that stands for so many seconds. */
export function weigh(belief: number, evidence: Evidence, seconds: number): number {
  return clamp(belief + shareOf(evidence, seconds) * worthOf(evidence))
}

function shareOf({ kind }: Evidence, seconds: number): number {
  return kind === 'somebody' ? 0 : Math.min(1, Math.max(0, seconds) / inSeconds[kind])
}

function worthOf(evidence: Evidence): number {
  switch (evidence.kind) {
    case 'somebody':
      return 0
    case 'seen':
      return logOdds(Math.min(evidence.certainty, mostCertain))
    case 'elsewhere':
      return -against.elsewhere * evidence.certainty
    default:
      return -against[evidence.kind]
  }
}

export const probability = (belief: number): number => 1 / (1 + Math.exp(-belief))

function logOdds(share: number): number {
  const safe = Math.min(Math.max(share, 0.01), 0.99)
  return Math.log(safe / (1 - safe))
}

const clamp = (belief: number): number => Math.min(Math.max(belief, -surest), surest)
