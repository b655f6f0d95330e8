/**
 * What the pages that set cameras up are made of: fields, and what the try of a stream found.
 */
import { html } from 'hono/html'
import type { StreamTrial } from '../../daemon/camera-types.ts'
import type { Frame, Html } from '../layout.ts'
import { cameraWords } from '../words/camera.ts'
import { figures } from './tell.ts'

export interface SourceFields {
  readonly address: string
  readonly detectAddress: string
  readonly username: string
  readonly hasPassword: boolean
  readonly transport: 'tcp' | 'udp'
}

export const emptySource: SourceFields = {
  ...{ address: '', detectAddress: '', username: '', hasPassword: false, transport: 'tcp' },
}

export type ProblemKey = keyof ReturnType<typeof cameraWords>['problems']
/** What is wrong with what was typed; `words` where only its sender can say. */
export interface SetupProblem {
  readonly key: ProblemKey
  readonly words?: string
}

export function problemLine(view: Frame, problem: SetupProblem | null): Html | '' {
  if (problem === null) return ''
  const said = cameraWords(view).problems[problem.key]
  return html`<p class="problem" role="alert">${said}${problem.words === undefined ? '' : html` <bdi>${problem.words}</bdi>`}</p>`
}

export function sourceFields(view: Frame, source: SourceFields): Html {
  const words = cameraWords(view)
  return html`<label>${words.address}<input name="address" value="${source.address}" maxlength="500" required autocomplete="off" autocapitalize="none" spellcheck="false" dir="ltr" inputmode="url"></label>
<p class="hint">${words.addressHint}</p>
${credentials(view, source)}
<details class="more" ${source.detectAddress !== '' || source.transport === 'udp' ? 'open' : ''}><summary class="button quiet">${words.further}</summary>
<label>${words.detectAddress}<input name="detect" value="${source.detectAddress}" maxlength="500" autocomplete="off" autocapitalize="none" spellcheck="false" dir="ltr" inputmode="url"></label>
<label>${words.transport}<select name="transport">${(['tcp', 'udp'] as const).map(
    (one) =>
      html`<option value="${one}" ${one === source.transport ? 'selected' : ''}>${words.transports[one]}</option>`,
  )}</select></label></details>`
}

/** A password is never written into a page: dots stand for it. */
export function credentials(
  view: Frame,
  { username, hasPassword }: Pick<SourceFields, 'username' | 'hasPassword'>,
): Html {
  const words = cameraWords(view)
  return html`<label>${words.user}<input name="username" value="${username}" maxlength="100" autocomplete="off" autocapitalize="none" spellcheck="false" dir="auto"></label>
<label>${words.password}<input name="password" type="password" maxlength="200" autocomplete="new-password" ${hasPassword ? html`placeholder="••••••••"` : ''}></label>
${hasPassword ? html`<p class="hint">${words.passwordKept}</p>` : ''}`
}

/** Above that a live picture begins noticeably late. */
const RARE_SECONDS = 4

export function trialFigures(view: Frame, trial: StreamTrial): Html {
  const words = cameraWords(view)
  const { codec, width, height, fps, keyframeSeconds } = trial
  const number = (value: number) => value.toLocaleString(view.words.language)
  const rows: [string, string][] = []
  if (codec !== null) rows.push([words.codec, codecName(codec)])
  if (width !== null && height !== null) rows.push([words.size, `${width} × ${height}`])
  if (fps !== null) rows.push([words.pictures, number(fps)])
  if (keyframeSeconds !== null) rows.push([words.keyframes, words.seconds(number(keyframeSeconds))])
  const isRare = trial.fault === null && (keyframeSeconds === null || keyframeSeconds > RARE_SECONDS)
  return html`${rows.length === 0 ? '' : figures(rows)}${isRare ? html`<p class="hint">${words.rareKeyframes}</p>` : ''}`
}

export function faultLines(view: Frame, { fault }: StreamTrial): Html | '' {
  if (fault === null) return ''
  const [what = '', cure = ''] = cameraWords(view).faults[fault.reason]
  return html`<p class="problem" role="alert">${what}</p>
<p>${cure}</p>
<p class="soft"><bdi>${fault.code}: ${fault.detail}</bdi></p>`
}

const names: Readonly<Record<string, string>> = {
  h264: 'H.264',
  hevc: 'H.265',
  mjpeg: 'MJPEG',
  mpeg4: 'MPEG-4',
}
const codecName = (codec: string) => names[codec] ?? codec
