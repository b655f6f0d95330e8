/**
 * Memory outside the collector's heap.
 */

/**
 * Gives memory back without waiting for the collector: it sees little objects, not the megabytes a second that hang on
 * them, until it has to look through everything.
 */
export function free({ buffer, byteLength }: Uint8Array): void {
  // A piece of something larger is not ours alone.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0)
}
