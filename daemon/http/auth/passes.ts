/**
 * Passes: signed words (JWT, HS256, by `jose`) that say which user somebody is. They hold no secret and no role: what the
 * user may do is read from its row each time, and a pass made before a change of the row is no longer taken.
 */
import { randomUUID } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import type { Clock, User, UserId } from '../../types.ts'

const issuer = 'barnbox'
const algorithm = 'HS256'

export interface Passes {
  /** A pass for so many milliseconds. */
  issue(user: User, forMs: number): Promise<string>
  /** What it says; undefined for what is forged, expired or no pass at all. */
  read(pass: string): Promise<Pass | undefined>
}

export interface Pass {
  readonly id: UserId
  /** Of the user's row when the pass was made. */
  readonly version: number
  readonly expiresMs: number
  /** What it is known by once it was ended before its time. */
  readonly word: string
}

/** `key`: at least 32 random bytes, kept with the registry; another key ends every pass at once. */
export function createPasses(key: Uint8Array, clock: Pick<Clock, 'utcMs'>): Passes {
  return {
    issue(user, forMs) {
      const nowMs = clock.utcMs()
      return new SignJWT({ ver: user.version })
        .setProtectedHeader({ alg: algorithm })
        .setIssuer(issuer)
        .setSubject(user.id)
        .setJti(randomUUID())
        .setIssuedAt(Math.floor(nowMs / 1000))
        .setExpirationTime(Math.floor((nowMs + forMs) / 1000))
        .sign(key)
    },
    async read(pass) {
      try {
        const { payload } = await jwtVerify(pass, key, {
          issuer,
          algorithms: [algorithm],
          requiredClaims: ['sub', 'exp', 'ver'],
          currentDate: new Date(clock.utcMs()),
        })
        const { sub, ver, exp, jti } = payload
        if (typeof sub !== 'string' || typeof ver !== 'number' || typeof exp !== 'number') return undefined
        // Passes of older versions have no name of their own.
        const word = jti ?? `${sub} ${exp}`
        return { id: sub as UserId, version: ver, expiresMs: exp * 1000, word }
      } catch {
        return undefined
      }
    },
  }
}
