import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readHeat } from '../../daemon/lib/heat.ts'

function zone(folder: string, n: number, files: Readonly<Record<string, string>>): void {
  const place = join(folder, `thermal_zone${n}`)
  mkdirSync(place, { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(place, name), `${text}\n`)
}

t.test('the zone that is nearest to where the machine protects itself', async (t) => {
  const folder = t.testdir({ cooling_device0: { type: 'Fan' } })
  t.equal(await readHeat(folder), undefined, 'nothing measures')
  zone(folder, 0, { type: 'cpu', temp: '70000' })
  t.same(await readHeat(folder), { zone: 'cpu', celsius: 70, marginCelsius: 25 }, 'no point is named')
  zone(folder, 1, {
    ...{ type: 'gpu', temp: '65500' },
    ...{ trip_point_0_type: 'passive', trip_point_0_temp: '60000' },
    ...{ trip_point_1_type: 'critical', trip_point_1_temp: '104000' },
    ...{ trip_point_2_type: 'hot', trip_point_2_temp: '85500' },
  })
  t.same(await readHeat(folder), { zone: 'gpu', celsius: 65.5, marginCelsius: 20 })
})

t.test('sensors that are off, or say something absurd', async (t) => {
  const folder = t.testdir({})
  zone(folder, 0, { type: 'off' })
  zone(folder, 1, { type: 'wifi', temp: '' })
  zone(folder, 2, { type: 'wild', temp: '999000000' })
  zone(folder, 3, { type: 'odd', temp: 'hot' })
  t.equal(await readHeat(folder), undefined)
  zone(folder, 4, { type: 'soc', temp: '41000', trip_point_0_type: 'critical', trip_point_0_temp: '0' })
  t.same(await readHeat(folder), { zone: 'soc', celsius: 41, marginCelsius: 54 }, 'a point at nought is none')
  t.equal(await readHeat(join(folder, 'not-there')), undefined)
})
