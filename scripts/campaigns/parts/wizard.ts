/**
 * A person at the page of a new box, run by the box's own Node.js with nothing beside it.
 *
 *   node wizard.ts set-up PIN     makes the first user
 *   node wizard.ts restore PIN    puts the one backup in place that the box finds on a disk, and logs in as its user
 */
import { setTimeout as wait } from 'node:timers/promises'

const url = 'http://127.0.0.1:8480'
const person = { name: 'Anna', password: 'hay and carrots' }
const patienceMs = 60_000

/** Answers the cookie that a form was answered with; throws unless it was taken. */
async function send(path: string, fields: Record<string, string>, cookie = ''): Promise<string> {
  const headers = { origin: url, cookie }
  const body = new URLSearchParams(fields)
  const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body, redirect: 'manual' })
  if (answer.status >= 400) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return answer.headers.get('set-cookie')?.split(';')[0] ?? ''
}

async function restore(pin: string): Promise<void> {
  const cookie = await send('/setup/restore', { pin })
  const page = await (await fetch(`${url}/restore`, { headers: { cookie } })).text()
  const backup = /name="?backup"?[^>]*value="?([0-9a-f]{16})/.exec(page)?.[1]
  if (backup === undefined) throw new Error(`no backup is offered: ${page}`)
  await send('/restore/offered', { backup }, cookie)
  await send('/restore/confirm', { sure: 'yes' }, cookie)
  await loggedIn()
}

async function loggedIn(): Promise<void> {
  const untilMs = Date.now() + patienceMs
  for (;;) {
    try {
      if (await send('/login', person)) return
      throw new Error('nobody is logged in')
    } catch (error) {
      // It begins anew.
      if (Date.now() > untilMs) throw error
      await wait(1000)
    }
  }
}

const [, , what, pin = ''] = process.argv
if (what === 'restore') await restore(pin)
else await send('/setup', { ...person, pin })
