/**
 * How well known and unknown horses are told apart by a score (definitions: vision reference, section 5).
 */

/** One question, "who is this?", and what came of it. */
export interface Answer {
  /** The true horse; null for a stranger. */
  readonly truth: number | null
  /** The horse nearest to it, accepted or not. */
  readonly nearest: number | null
  readonly accepted: boolean
  /** How sure the answer is that it is the nearest: 0-1, the higher the surer. */
  readonly score: number
}

export interface OpenSet {
  /** Mean over the horses of the share of their questions answered with their name. */
  readonly baks: number
  /** The share of strangers that were given no name. */
  readonly baus: number
  /** How well the score tells strangers: 0.5 by chance, 1 always. */
  readonly aurocNew: number
  /** Known ones rightly named where so large a share of strangers is named. */
  readonly tpirAt1: number
  readonly tpirAt5: number
  /** How far the score lies from the share of right answers, in tenths of the score, weighted by how many there are. */
  readonly ece: number
}

export function openSetOf(answers: readonly Answer[]): OpenSet {
  const known = answers.filter(({ truth }) => truth !== null)
  const strangers = answers.filter(({ truth }) => truth === null)
  const isRight = ({ truth, nearest }: Answer) => truth !== null && truth === nearest
  const perHorse = [...Map.groupBy(known, ({ truth }) => truth).values()].map((own) =>
    share(own, (one) => one.accepted && isRight(one)),
  )
  const tpirAt = (fpir: number) => {
    const scores = strangers.map(({ score }) => score).sort((a, b) => b - a)
    const limit = scores[Math.floor(fpir * scores.length)] ?? Number.NEGATIVE_INFINITY
    return share(known, (one) => isRight(one) && one.score > limit)
  }
  return {
    baks: mean(perHorse),
    baus: share(strangers, ({ accepted }) => !accepted),
    aurocNew: auroc(
      known.map(({ score }) => score),
      strangers.map(({ score }) => score),
    ),
    tpirAt1: tpirAt(0.01),
    tpirAt5: tpirAt(0.05),
    ece: calibrationError(answers.map((one) => ({ score: one.score, right: isRight(one) }))),
  }
}

/** The probability that one of `higher` lies above one of `lower`; ties count half. */
export function auroc(higher: readonly number[], lower: readonly number[]): number {
  const sorted = [...lower].sort((a, b) => a - b)
  const below = (value: number, included: boolean) => {
    let [from, to] = [0, sorted.length]
    while (from < to) {
      const middle = (from + to) >> 1
      const one = sorted[middle] as number
      if (one < value || (included && one === value)) from = middle + 1
      else to = middle
    }
    return from
  }
  return mean(
    higher.map((value) => (below(value, false) + below(value, true)) / 2 / Math.max(lower.length, 1)),
  )
}

const bins = 10

export function calibrationError(
  answers: readonly { readonly score: number; readonly right: boolean }[],
): number {
  const binOf = (score: number) => Math.min(Math.max(Math.floor(score * bins), 0), bins - 1)
  let error = 0
  for (const some of Map.groupBy(answers, ({ score }) => binOf(score)).values()) {
    error += some.length * Math.abs(mean(some.map(({ score }) => score)) - share(some, ({ right }) => right))
  }
  return error / Math.max(answers.length, 1)
}

function share<T>(values: readonly T[], is: (value: T) => boolean): number {
  return values.filter(is).length / Math.max(values.length, 1)
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / Math.max(values.length, 1)
}
