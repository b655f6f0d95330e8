/**
 * A served fake box that shows moving boxes on drawn pictures.
 */
import sharp from 'sharp'
import { loadAssets } from '../../daemon/http/assets.ts'
import { startHttp } from '../../daemon/http/server.ts'
import type { SeenBox } from '../../daemon/types.ts'
import { webFolder } from '../../scripts/testing/program.ts'
import { analysed, type FakeBox, fakeBox } from '../http/fake-box.ts'

const assets = await loadAssets(webFolder)

export interface ServedBarn extends AsyncDisposable {
  readonly box: FakeBox
  readonly url: string
  /** Analyses one more picture: publishes it as the pipeline would. */
  show(boxes: readonly SeenBox[]): Promise<void>
}

export async function drawPicture(seq: number): Promise<Uint8Array> {
  const horse = (x: number, y: number, fill: string) =>
    `<ellipse cx="${x}" cy="${y}" rx="130" ry="70" fill="${fill}"/><rect x="${x - 90}" y="${y}" width="24" height="130" fill="${fill}"/>
     <rect x="${x + 70}" y="${y}" width="24" height="130" fill="${fill}"/><ellipse cx="${x - 140}" cy="${y - 60}" rx="40" ry="60" fill="${fill}"/>`
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="1280" height="720"><rect width="1280" height="400" fill="#b9c9d6"/>
    <rect y="400" width="1280" height="320" fill="#8f8a63"/>${horse(330, 420, '#5b3a22')}${horse(860, 470, '#cfc8bd')}
    <text x="1100" y="700" font-size="28" fill="#fff">${seq}</text></svg>`
  return sharp(Buffer.from(svg)).jpeg({ quality: 80 }).toBuffer()
}

export function seen(
  box: SeenBox['box'],
  horseId: SeenBox['horseId'],
  kind: SeenBox['kind'] = 'horse',
): SeenBox {
  return { box, horseId, kind, score: 0.9, trackletId: null, certainty: horseId === null ? null : 0.93 }
}

export async function serveBarn(more: Parameters<typeof fakeBox>[0] = {}, port = 0): Promise<ServedBarn> {
  const box = fakeBox(more)
  const stop = new AbortController()
  const server = await startHttp(
    { host: '127.0.0.1', port, token_file: undefined },
    box.deps,
    stop.signal,
    assets,
  )
  let seq = 0
  return {
    box,
    url: `http://127.0.0.1:${server.port}`,
    async show(boxes) {
      const frame = analysed(++seq, boxes)
      box.picture = { jpeg: await drawPicture(seq), analysed: frame }
      box.facts.publish('frame-analysed', frame)
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
