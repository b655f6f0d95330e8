/**
 * The door: who is asking. The access token, a program's token (`api-token.ts`), a pass (`passes.ts`), or the cookie of a logged-in browser, which holds one
 * of the two. A box with neither token nor users that serves this machine only is run by whoever sits at it; one that
 * serves others is closed until it is set up (`setup.ts`).
 */
import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context, MiddlewareHandler } from 'hono'
import { getCookie } from 'hono/cookie'
import { HTTPException } from 'hono/http-exception'
import type { Clock, Role, User } from '../../types.ts'
import type { SetupPin, TokenBook, UserBook } from '../deps.ts'
import { onlyLocalNames, originOf, refuseOrigin } from '../origin.ts'
import { hashApiToken } from './api-token.ts'
import type { AtOnce } from './at-once.ts'
import type { Passes } from './passes.ts'
import { isRead } from './rights.ts'
import { COOKIE, type EndedSessions, isSession, sameToken, sessionEnd } from './session.ts'
import { addressCount, type Count, type Tries } from './tries.ts'
import type { Visits } from './visits.ts'

/** Who is asking, and as what. */
export interface Caller {
  readonly role: Role
  /** Null for tokens, and for whoever sits at an open box. */
  readonly user: User | null
  /** What it is called where is told who did what; null for the access token and at an open box. */
  readonly name: string | null
  /** How it showed who it is. */
  readonly by: 'nothing' | 'header' | 'cookie' | 'pin'
  /** Whether that still holds: for connections that stay open. */
  isValid(): boolean
}

declare module 'hono' {
  interface ContextVariableMap {
    caller: Caller
  }
}

export interface Door {
  readonly token: string | undefined
  readonly users: UserBook
  readonly tokens: TokenBook
  /** Whether other machines are served too. */
  readonly isShared: boolean
  readonly setupPin: SetupPin
  readonly passes: Passes
  readonly endedSessions: EndedSessions
  readonly tries: Tries
  readonly atOnce: AtOnce
  readonly visits: Visits
  readonly clock: Clock
}

/** Nobody can log in yet. */
export const isOpen = ({ token, users }: Door) => token === undefined && users.all().length === 0

/** The other end's address; one shared name where there is no socket (in-process requests). */
function addressOf(c: Context): string {
  try {
    return getConnInfo(c).remote.address ?? 'unknown'
  } catch {
    return 'unknown'
  }
}

const tooOften = (waitMs: number) =>
  new HTTPException(429, {
    message: 'Too many wrong tries. Wait a minute and try again.',
    res: new Response(null, { headers: { 'Retry-After': String(Math.ceil(waitMs / 1000)) } }),
  })

/** From wherever: more than from one address, so that a neighbour alone does not keep anybody out. */
const MOST_OF_NAME = 30
const LONGEST_NAME = 60

/** What a try at somebody's password counts for. Names that nobody has count as well, or the answer would tell. */
export function passwordCounts(c: Context, { users }: Door, name: string): readonly Count[] {
  const here = addressCount('log-in', addressOf(c))
  // The log-in by the access token has none.
  if (name === '') return [here]
  const of = users.findByName(name)?.user.id ?? name.slice(0, LONGEST_NAME)
  return [here, { of: `name ${of}`, most: MOST_OF_NAME }]
}

/** Refuses where there were too many wrong tries, then asks; a wrong answer is counted. */
export async function tryOnce<T>(
  { tries }: Door,
  counts: readonly Count[],
  ask: () => Promise<T | undefined> | T | undefined,
): Promise<T | undefined> {
  const wait = tries.waitMs(counts)
  if (wait > 0) throw tooOften(wait)
  const answer = await ask()
  if (answer === undefined) tries.wrong(counts)
  return answer
}

/** Whether it is the access token; a box without one has none that is right. */
export const isToken = ({ token }: Door, given: string) => token !== undefined && sameToken(given, token)

const always = () => true

function byToken(by: Caller['by'], isValid = always): Caller {
  return { role: 'admin', user: null, name: null, by, isValid }
}

/** Whose pass it is, if it still holds. */
async function byPass(given: string, by: Caller['by'], door: Door): Promise<Caller | undefined> {
  const pass = await door.passes.read(given)
  if (!pass) return undefined
  const current = () => {
    const user = door.users.get(pass.id)
    const isOver = door.clock.utcMs() >= pass.expiresMs || door.endedSessions.has(pass.word)
    return user?.version === pass.version && !isOver ? user : undefined
  }
  const user = current()
  return user && { role: user.role, user, name: user.name, by, isValid: () => current() !== undefined }
}

/** Whose token it is: the one of the config, or a program's. */
function byAnyToken(given: string, door: Door): Caller | undefined {
  if (isToken(door, given)) return byToken('header')
  const hash = hashApiToken(given)
  const token = hash && door.tokens.use(hash, door.clock.utcMs())
  if (!token) return undefined
  const { id, role, name } = token
  return { role, user: null, name, by: 'header', isValid: () => door.tokens.get(id) !== undefined }
}

/** A pass has three parts, parted by dots; the token of a file and a token's session have not. */
const isPassLike = (text: string) => text.split('.').length === 3

async function byHeader(c: Context, header: string, door: Door): Promise<Caller | undefined> {
  const given = /^Bearer +(\S+) *$/i.exec(header)?.[1]
  if (given === undefined) return undefined
  // Passes are not counted: they cannot be guessed, and every tablet has an old one after a change of password.
  if (isPassLike(given)) return byPass(given, 'header', door)
  const caller = byAnyToken(given, door)
  // Asked first: a right token is let in whatever others guess, and none is short enough to be guessed.
  if (caller) return caller
  const counts = [addressCount('token', addressOf(c))]
  const wait = door.tries.waitMs(counts)
  if (wait > 0) throw tooOften(wait)
  door.tries.wrong(counts)
  return undefined
}

async function byCookie(c: Context, cookie: string, door: Door): Promise<Caller | undefined> {
  const { token, clock, endedSessions } = door
  const isValid = () =>
    token !== undefined &&
    isSession(cookie, token, clock.utcMs()) &&
    !endedSessions.has(sessionEnd(cookie).word)
  const caller = isPassLike(cookie)
    ? await byPass(cookie, 'cookie', door)
    : isValid()
      ? byToken('cookie', isValid)
      : undefined
  // A browser sends its cookie whoever made it ask, so a change needs the word that our own page did.
  if (caller && !isRead(c.req.method) && originOf(c) !== 'same') throw refuseOrigin()
  return caller
}

/** Ends the session that a browser is known by: a copy of its cookie opens nothing any more. */
export async function endSession(c: Context, door: Door): Promise<void> {
  const cookie = getCookie(c, COOKIE) ?? ''
  const caller = await byCookie(c, cookie, door)
  if (!caller?.isValid()) return
  const pass = isPassLike(cookie) ? await door.passes.read(cookie) : sessionEnd(cookie)
  if (pass) door.endedSessions.end(pass.word, pass.expiresMs, door.clock.utcMs())
}

async function callerOf(c: Context, door: Door): Promise<Caller | undefined> {
  const header = c.req.header('authorization')
  if (header !== undefined) return byHeader(c, header, door)
  const cookie = getCookie(c, COOKIE)
  return cookie === undefined ? undefined : byCookie(c, cookie, door)
}

/** A box that is open and serves its own machine only answers to no other name. */
export function guardOpenBox(door: Door): MiddlewareHandler {
  return (c, next) => (isOpen(door) && !door.isShared ? onlyLocalNames(c, next) : next())
}

/** Who is at a box that nobody can log in to: its own machine's user, or nobody while it is to be set up. */
const sitting = (door: Door) => (door.isShared ? undefined : byToken('nothing', () => isOpen(door)))

/** Where whoever has shown the PIN may go without having made a user: there a backup brings the users. */
export const RESTORE = '/restore'
export const SETUP_COOKIE = 'barnbox_setup'

/** Who is at a box that is to be set up, and has shown its PIN. */
function settingUp(c: Context, door: Door): Caller | undefined {
  const word = getCookie(c, SETUP_COOKIE)
  const isThere = c.req.path === RESTORE || c.req.path.startsWith(`${RESTORE}/`)
  if (word === undefined || !isThere || !door.visits.has(word)) return undefined
  if (!isRead(c.req.method) && originOf(c) !== 'same') throw refuseOrigin()
  return { role: 'admin', user: null, name: null, by: 'pin', isValid: () => isOpen(door) }
}

/** Lets nobody past unknown. A person who opens a page is led to the log-in page, or the set-up, instead. */
export function requireAccess(door: Door): MiddlewareHandler {
  return async (c, next) => {
    const caller = isOpen(door) ? (sitting(door) ?? settingUp(c, door)) : await callerOf(c, door)
    if (caller) {
      c.set('caller', caller)
      return next()
    }
    const isPage = c.req.method === 'GET' && (c.req.header('accept') ?? '').includes('text/html')
    if (isPage) return c.redirect(isOpen(door) ? '/setup' : '/login', 303)
    throw new HTTPException(401, {
      message: 'This needs a user’s pass or the access token.',
      res: new Response(null, { headers: { 'WWW-Authenticate': 'Bearer realm="barnbox"' } }),
    })
  }
}
