/**
 * The peer: node-rtsp-stream, which encodes a camera's video anew as MPEG-1. Forked with the camera's address and a port;
 * answers the port.
 */
import { createRequire } from 'node:module'

interface Wish {
  readonly name: string
  readonly streamUrl: string
  readonly wsPort: number
  readonly ffmpegOptions: Readonly<Record<string, string>>
}

const Stream = createRequire(import.meta.url)('node-rtsp-stream') as new (wish: Wish) => unknown
const [streamUrl = '', port] = process.argv.slice(2)
// It writes what its ffmpeg says to stderr, and a line to the console for every viewer.
console.log = () => {}
process.stderr.write = () => true
// As its own examples have it: 25 and more pictures a second, all of which MPEG-1 knows.
void new Stream({ name: 'bench', streamUrl, wsPort: Number(port), ffmpegOptions: { '-r': '25' } })
process.once('disconnect', () => process.exit())
process.send?.(Number(port))
