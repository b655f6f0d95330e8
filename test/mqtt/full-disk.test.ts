/**
 * Alerts over MQTT while the disk is full: what is no row is not told, what was told is not told again, and all goes on once there is
 * room.
 */
import { join } from 'node:path'
import t from 'tap'
import { noBroker } from '../support/broker.ts'
import { mountSmallDisk, noSmallDisk } from '../support/small-disk.ts'
import { fakeBarn } from './barn.ts'
import { ear, until } from './ear.ts'
import { delivering, start, startedBroker } from './start.ts'

const P = 'barnbox/b7'
const disk = mountSmallDisk(16)
t.teardown(() => disk?.[Symbol.dispose]())
const skip = noBroker || (disk === null && noSmallDisk)

t.test('a disk that is full loses no alert that was stored, and doubles none', { skip }, async (t) => {
  if (disk === null) return
  const { url } = await startedBroker(t)
  const all = await ear(t, url)
  const barn = fakeBarn({ file: join(disk.folder, 'barn.sqlite') })
  t.teardown(() => barn.registry[Symbol.dispose]())
  const bridge = start(t, url, barn)
  delivering(t, barn)
  const told = () => all.all(`${P}/event`).map((payload) => JSON.parse(payload).part as string)
  const stored: string[] = []
  const raise = (part: string) => {
    barn.raise('box_trouble', { part })
    stored.push(part)
  }
  raise('before')
  await until(() => told().length === 1, 'the first is told')

  const isFull = (part: string): boolean => {
    // What the database let go of meanwhile is taken too.
    disk.fill()
    try {
      raise(part)
      return false
    } catch {
      return true
    }
  }
  // Some still find room in the file that is there.
  let tries = 0
  while (!isFull(`n${tries}`)) tries++
  await until(() => told().length >= stored.length, 'what is a row is told')
  t.throws(() => raise('late'), /full|disk/i)
  t.match(bridge.state, { connected: true, connects: 1 })
  t.equal(all.last(`${P}/alert/box_trouble/state`), 'ON')

  disk.clear()
  raise('after')
  await until(() => told().includes('after'), 'it goes on by itself')
  t.same(told(), stored, 'each once, in their order')
  await until(() => barn.registry.outbox.figures('mqtt').waiting === 0, 'all is written down')
})
