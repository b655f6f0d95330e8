/**
 * What config and page want of the rules, and who is told when.
 */
import t from 'tap'
import type { WallTime } from '../../daemon/alerts/hours.ts'
import { type Rule, rules, type Situation } from '../../daemon/alerts/rules.ts'
import {
  findAll,
  isDueToEscalate,
  rulesAsWanted,
  sinksFor,
  wantedRules,
} from '../../daemon/alerts/settings.ts'
import { alertsSchema } from '../../daemon/config/alerts.ts'
import type { Alert } from '../../daemon/presence-types.ts'
import type { StreamId } from '../../daemon/types.ts'

const at = (time: string, weekday: WallTime['weekday'] = 'mon'): WallTime => {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return { weekday, minutes: hours * 60 + minutes }
}

t.test('rules as they are wanted: on, how severe, after how long', async (t) => {
  const usual = alertsSchema.parse({})
  const on = wantedRules(rules, usual).map(({ kind }) => kind)
  t.ok(on.includes('camera_down'))
  t.notOk(on.includes('restless'), 'what is experimental is off')
  const given = {
    camera_down: { severity: 'info', after_seconds: 0, cool_down_seconds: 7 },
    restless: { enabled: true },
    stall_blind: { enabled: false },
  }
  const changed = rulesAsWanted(rules, alertsSchema.parse({ rules: given }))
  const of = (kind: string) => changed.find((rule) => rule.kind === kind)
  t.match(of('camera_down'), { isOn: true, severity: 'info', afterMs: 0, coolDownMs: 7000 })
  t.match(of('restless'), { isOn: true, severity: 'warning' })
  t.match(of('stall_blind'), { isOn: false })
  t.same(of('wrong_horse'), { ...rules.find(({ kind }) => kind === 'wrong_horse'), isOn: true })
})

t.test('what is as planned is not found: at its time, of its kind, at its camera', async (t) => {
  const finding = { stallId: null, horseId: null, part: null, detail: null }
  const streams = ['yard', 'aisle'] as StreamId[]
  const rule = (kind: Rule['kind']): Rule => ({
    ...{ kind, severity: 'warning', afterMs: 0, clearAfterMs: 0, coolDownMs: 0 },
    find: () => [...streams, null].map((streamId) => ({ ...finding, streamId })),
  })
  const [missing, down] = [rule('horse_missing'), rule('camera_down')]
  const config = alertsSchema.parse({
    schedules: [
      { name: 'Turnout', from: '08:00', to: '10:00', days: ['mon'], silences: ['horse_missing'] },
      { name: 'Vet', from: '09:00', to: '11:00', silences: ['camera_down'], cameras: ['yard'] },
    ],
  })
  const found = (now: WallTime) => {
    const all = findAll([missing, down], {} as Situation, config, now)
    return [missing, down].map((one) => all.get(one)?.map(({ streamId }) => streamId))
  }
  const all = ['yard', 'aisle', null]
  t.same(found(at('07:59')), [all, all])
  t.same(found(at('08:00')), [[], all])
  t.same(found(at('09:30')), [[], ['aisle', null]])
  t.same(found(at('10:30')), [all, ['aisle', null]])
  t.same(found(at('08:00', 'tue')), [all, all])
})

t.test('who is told: as severe as wanted there, and in quiet hours machines alone', async (t) => {
  const sinks = [
    { name: 'mqtt', least: 'info' },
    { name: 'hook', least: 'warning' },
    { name: 'siren', least: 'critical' },
  ] as const
  const quiet = alertsSchema.parse({ quiet_hours: { from: '22:00', to: '06:00', least: 'critical' } })
  const told = (severity: Alert['severity'], time: string) => sinksFor(severity, sinks, quiet, at(time))
  t.same(told('info', '12:00'), ['mqtt'])
  t.same(told('warning', '12:00'), ['mqtt', 'hook'])
  t.same(told('warning', '23:00'), ['mqtt'])
  t.same(told('critical', '23:00'), ['mqtt', 'hook', 'siren'])
  t.same(sinksFor('warning', sinks, alertsSchema.parse({}), at('23:00')), ['mqtt', 'hook'])
})

t.test('told again: critical, open, looked after by nobody, so long after it was told', async (t) => {
  const config = alertsSchema.parse({})
  const minute = 60_000
  const alert = { severity: 'critical', acknowledgedMs: null, closedMs: null, escalations: 0 } as Alert
  const isDue = (more: Partial<Alert>, nowMs: number, toldMs: number | null = 0) =>
    isDueToEscalate({ ...alert, ...more }, toldMs, config, nowMs)
  t.same([isDue({}, 5 * minute - 1), isDue({}, 5 * minute)], [false, true])
  const [again, thrice] = [{ escalations: 1 }, { escalations: 2 }]
  t.same([isDue(again, 15 * minute - 1), isDue(again, 15 * minute)], [false, true])
  t.equal(isDue(thrice, 99 * minute), false)
  t.equal(isDue({}, 99 * minute, null), false, 'nobody was told')
  t.equal(isDue({ severity: 'warning' }, 99 * minute), false)
  t.equal(isDue({ acknowledgedMs: 1 }, 99 * minute), false)
  t.equal(isDue({ closedMs: 1 }, 99 * minute), false)
})
