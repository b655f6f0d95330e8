/** What is used of the package, which brings no types. */
declare module 'mp4frag' {
  import { Transform } from 'node:stream'

  export type Piece =
    | { readonly type: 'init'; readonly mime: string }
    | { readonly type: 'segment'; readonly keyframe: boolean }

  /** Told by `data`: the bytes and a `Piece`. An `error` where what is written is no fragmented MP4. */
  export default class Mp4Frag extends Transform {
    /** `pool`: fragments lie in so many buffers more than one, used in turns. */
    constructor(options: { readonly pool: number })
  }
}
