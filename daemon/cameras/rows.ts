/**
 * How the rows of an NV12 picture lie in its bytes: GStreamer may pad each of them. Pure.
 */

/** The bytes from one row to the next of a picture with so many bytes; undefined where no such layout fits. */
export function rowBytesOf(width: number, height: number, pictureBytes: number): number | undefined {
  const rows = (height * 3) / 2
  const rowBytes = pictureBytes / rows
  return Number.isInteger(rowBytes) && rowBytes >= width ? rowBytes : undefined
}

/** As GStreamer lays rows when nobody asks for more. */
export function usualRowBytes(width: number): number {
  return 4 * Math.ceil(width / 4)
}

/** Takes bytes cut anywhere and passes them on without what pads the rows. The planes of NV12 have equal rows. */
export function createRowCutter(
  width: number,
  rowBytes: number,
  onBytes: (bytes: Uint8Array) => void,
): (bytes: Uint8Array) => void {
  if (rowBytes === width) return onBytes
  let inRow = 0
  return (bytes) => {
    for (let at = 0; at < bytes.length; ) {
      const isPicture = inRow < width
      const part = Math.min(bytes.length - at, (isPicture ? width : rowBytes) - inRow)
      if (isPicture) onBytes(bytes.subarray(at, at + part))
      at += part
      inRow = (inRow + part) % rowBytes
    }
  }
}
