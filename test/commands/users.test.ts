import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { barnbox, folder } from './cli.ts'

t.test('users are let in, changed and removed at the box', async (t) => {
  const stateDir = folder()
  const run = (...args: string[]) => barnbox(['users', ...args], { BARNBOX_STATE_DIR: stateDir })
  t.match((await run('list')).stdout, /no users/)
  t.match(await run('add', 'Bert', '--role', 'caretaker'), { code: 2, stderr: /LAST_ADMIN/ })
  const made = await run('add', 'Anna', '--role', 'admin')
  t.match(made, {
    code: 0,
    stdout: /Anna may use the box as admin, with the password [a-z2-9]{5}(-[a-z2-9]{5}){2}/,
  })
  const file = join(stateDir, 'password')
  writeFileSync(file, 'hay and carrots\n')
  const bert = await run('add', 'Bert', '--role', 'viewer', '--password-file', file)
  t.match(bert, { code: 0, stdout: /Bert may use the box as viewer\n$/ }, 'a given password is not shown')
  t.match((await run('role', 'bert', 'caretaker')).stdout, /caretaker/)
  t.match(JSON.parse((await run('list', '--json')).stdout), {
    users: [
      { name: 'Anna', role: 'admin' },
      { name: 'Bert', role: 'caretaker' },
    ],
  })
  t.match((await run('password', 'Bert')).stdout, /new password: /)
  t.equal((await run('remove', 'Bert')).code, 0)
  t.match(await run('remove', 'Bert'), { code: 2, stderr: /no user Bert/ })
  t.match(await run('add', 'Carl', '--role', 'king'), { code: 2, stderr: /viewer, caretaker, admin/ })
  writeFileSync(file, 'short\n')
  t.match(await run('add', 'Carl', '--role', 'viewer', '--password-file', file), { code: 2 })
  t.match(await run('add', 'a\u0007b', '--role', 'viewer'), { code: 2, stderr: /control/ })
})
