/**
 * Where a camera's pictures lie: a few pieces of shared memory, the newest picture wins.
 *
 * Invariant: a taken slot is not written until it is released. A slot is in exactly one of these places: free, being
 * written, ready (the newest whole picture), taken.
 */
import type { Clock, Frame, FrameUse, StreamId } from '../types.ts'

interface Slot {
  readonly pixels: Uint8Array
}

interface SlotsDeps {
  readonly stream: StreamId
  readonly clock: Clock
  onFrame(frame: Frame): void
}

/** One being written, one ready, one with its reader. */
const SLOTS = 3

export class FrameSlots {
  readonly #deps: SlotsDeps
  readonly #count: number
  #width = 0
  #height = 0
  #frameBytes = 0
  #free: Slot[] = []
  #writing: Slot | undefined
  #filled = 0
  #ready: { slot: Slot; frame: Frame } | undefined
  /** With the pool that the slot belongs to: a change of size makes a new one. */
  readonly #taken = new Map<Frame, { slot: Slot; pool: Slot[] }>()
  #decoded = 0
  #dropped = 0
  readonly #used: Record<FrameUse, number> = { analysed: 0, quiet: 0, failed: 0 }

  constructor(deps: SlotsDeps, slots = SLOTS) {
    this.#deps = deps
    this.#count = slots
  }

  /** Whole pictures written. */
  get decoded(): number {
    return this.#decoded
  }

  /** Those of them that nobody took before a newer one came. */
  get dropped(): number {
    return this.#dropped
  }

  /** What became of those that were taken and released. */
  get used(): Readonly<Record<FrameUse, number>> {
    return this.#used
  }

  /** A new run of ffmpeg with pictures of this size: forgets the half-written one. */
  begin(width: number, height: number): void {
    if (this.#writing) this.#free.push(this.#writing)
    this.#writing = undefined
    this.#filled = 0
    if (width === this.#width && height === this.#height) return
    this.#width = width
    this.#height = height
    this.#frameBytes = (width * height * 3) / 2
    // Pictures of the old size stay valid with their holders; their slots come back to nobody.
    if (this.#ready) this.#dropped += 1
    this.#ready = undefined
    this.#free = Array.from({ length: this.#count }, () => ({
      pixels: new Uint8Array(new SharedArrayBuffer(this.#frameBytes)),
    }))
  }

  /** The next bytes of the run, cut anywhere. Copies each byte once, into its slot. */
  write(bytes: Uint8Array): void {
    let at = 0
    while (at < bytes.length && this.#frameBytes > 0) {
      if (this.#filled === 0) this.#writing = this.#chooseSlot()
      const part = Math.min(bytes.length - at, this.#frameBytes - this.#filled)
      this.#writing?.pixels.set(bytes.subarray(at, at + part), this.#filled)
      this.#filled += part
      at += part
      if (this.#filled === this.#frameBytes) this.#finish()
    }
  }

  /** The newest whole picture, unless it was taken already. */
  take(): Frame | undefined {
    const ready = this.#ready
    if (!ready) return undefined
    this.#ready = undefined
    this.#taken.set(ready.frame, { slot: ready.slot, pool: this.#free })
    return ready.frame
  }

  /** Frees a taken frame's slot and counts what it was used for; a frame that is not out (any more) is ignored. */
  release(frame: Frame, use: FrameUse): void {
    const taken = this.#taken.get(frame)
    if (!taken) return
    this.#taken.delete(frame)
    taken.pool.push(taken.slot)
    this.#used[use]++
  }

  /** With no free slot the ready picture makes way; with all taken, undefined: this picture is skipped. */
  #chooseSlot(): Slot | undefined {
    const slot = this.#free.pop()
    if (slot || !this.#ready) return slot
    const { slot: stolen } = this.#ready
    this.#ready = undefined
    this.#dropped += 1
    return stolen
  }

  #finish(): void {
    const slot = this.#writing
    this.#writing = undefined
    this.#filled = 0
    this.#decoded += 1
    if (!slot) {
      this.#dropped += 1
      return
    }
    if (this.#ready) {
      this.#dropped += 1
      this.#free.push(this.#ready.slot)
    }
    const { stream, clock } = this.#deps
    const frame: Frame = {
      stream,
      seq: this.#decoded,
      utcMs: clock.utcMs(),
      monoMs: clock.monoMs(),
      format: 'nv12',
      width: this.#width,
      height: this.#height,
      pixels: slot.pixels,
    }
    this.#ready = { slot, frame }
    this.#deps.onFrame(frame)
  }
}
