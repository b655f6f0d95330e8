/**
 * Outlines of stalls over a picture, thin and with their names, in shares of its sides. View in, SVG out.
 */
import { html } from 'hono/html'
import type { Stall } from '../../daemon/types.ts'
import type { Html } from '../layout.ts'

export type Outline = Pick<Stall, 'id' | 'kind' | 'name' | 'corners'>

const percent = (share: number) => Number((share * 100).toFixed(2))

/** As `points` of a picture that is 100 wide and 100 high, whatever its shape. */
export const pointsOf = (corners: Outline['corners']) =>
  corners.map(([x, y]) => `${percent(x)},${percent(y)}`).join(' ')

const middle = (shares: readonly number[]) => shares.reduce((sum, one) => sum + one, 0) / shares.length

/** Texts stand in an SVG of their own: in the stretched one they would be stretched too. */
export function outlines(stalls: readonly Outline[]): Html {
  const shape = ({ kind, corners }: Outline) => html`<polygon class="${kind}" points="${pointsOf(corners)}"/>`
  const name = ({ name, corners }: Outline) =>
    html`<text x="${percent(middle(corners.map(([x]) => x)))}%" y="${percent(middle(corners.map(([, y]) => y)))}%">${name}</text>`
  return html`<svg class="outlines" aria-hidden="true"><svg viewBox="0 0 100 100" preserveAspectRatio="none" width="100%" height="100%">${stalls.map(shape)}</svg>${stalls.map(name)}</svg>`
}
