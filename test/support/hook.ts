/**
 * An address that takes POSTs, keeps what came, and answers as it is told.
 */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Posted {
  readonly body: string
  readonly headers: IncomingHttpHeaders
}

export interface Hook {
  readonly port: number
  close(): Promise<void>
}

/** `statusOf` answers the status for the n-th POST, from 0. */
export async function startHook(
  got: (posted: Posted) => void,
  { port = 0, statusOf = () => 200 }: { port?: number; statusOf?: (n: number) => number } = {},
): Promise<Hook> {
  let count = 0
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (piece: string) => {
      body += piece
    })
    request.on('end', () => {
      got({ body, headers: request.headers })
      response.writeHead(statusOf(count++)).end()
    })
  }).listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close')
      server.closeAllConnections()
      server.close()
      await closed
    },
  }
}
