/**
 * Boxes of `programs.ts` that meet in a real central database.
 */
import { systemClock } from '../../daemon/lib/clock.ts'
import { connect } from '../../daemon/sync/connection.ts'
import type { RoundParts } from '../../daemon/sync/ports.ts'
import { nothingTold } from '../../daemon/sync/push.ts'
import { meet, round } from '../../daemon/sync/round.ts'
import { bringUp } from '../../daemon/sync/schema.ts'
import type { Postgres } from '../support/postgres.ts'
import type { Box } from './programs.ts'

export function partsOf({ registry, nowMs }: Box, more: Partial<RoundParts> = {}): RoundParts {
  return {
    ...{
      book: registry.sync,
      memory: registry.settings,
      farm: 'sunnyside',
      box: registry.boxId,
      program: 'test',
    },
    ...{ clock: { utcMs: nowMs, monoMs: systemClock.monoMs }, historyDays: 90, wantsLooks: true },
    ...{ bytesPerSecond: null, giveWay: async () => {}, onApplied: () => {}, ...more },
  }
}

export const serverOf = (url: string, username = 'postgres') => ({ url, username, tls: 'off' }) as const

/** A database with the schema in it, and a role of the least privilege for each farm that is asked for. */
export async function openCentral(postgres: Postgres) {
  const url = await postgres.fresh()
  await using connection = await connect(serverOf(url), new AbortController().signal)
  await bringUp(connection)
  let count = 0
  return {
    url,
    /** `box`: it speaks for that one alone. */
    role(farm: string, box = ''): string {
      const role = `${new URL(url).pathname.slice(1)}_role_${++count}`
      postgres.script(url, new URL('../../daemon/sync/schema/role.sql', import.meta.url), { role, farm, box })
      return role
    },
  }
}

/** One meeting: tells all and hears all. Answers what was told. */
export async function sync(box: Box, url: string, more: Partial<RoundParts> = {}, username?: string) {
  const { signal } = new AbortController()
  await using connection = await connect(serverOf(url, username), signal, 10_000)
  const parts = partsOf(box, more)
  const meeting = await meet(connection, parts)
  const told = nothingTold()
  const heard = await round(connection, parts, meeting, told, signal)
  return { ...told, heard, meeting }
}
