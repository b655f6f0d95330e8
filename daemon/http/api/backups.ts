/**
 * `POST /api/v1/backups`: a backup of this moment as one file, for a new box or a safe place. A form of the page asks for it too.
 */
import { Hono } from 'hono'
import type { DownloadedBackup } from '../../restore-types.ts'
import type { HttpDeps } from '../deps.ts'

/** Read as it is taken; whoever has enough of it lets go of it. */
function streamOf({ chunks, close }: DownloadedBackup): ReadableStream<Uint8Array> {
  const reading = chunks[Symbol.asyncIterator]()
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await reading.next()
          if (done !== true) return controller.enqueue(value)
          close()
          controller.close()
        } catch (error) {
          close()
          controller.error(error)
        }
      },
      async cancel() {
        await reading.return?.()
        close()
      },
    },
    { highWaterMark: 1 },
  )
}

export function backupsApi({ backups }: HttpDeps): Hono {
  return new Hono().post('/backups', async (c) => {
    const archive = await backups.make(c.get('caller').name)
    return c.body(streamOf(archive), 200, {
      'Content-Type': 'application/x-tar',
      'Content-Length': String(archive.bytes),
      'Content-Disposition': `attachment; filename="${archive.name}"`,
    })
  })
}
