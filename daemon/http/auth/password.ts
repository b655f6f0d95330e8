/**
 * Passwords as they are stored: scrypt (RFC 7914) with a salt of its own, and its costs written beside it so that they
 * can be raised later.
 */
import { randomBytes, randomInt, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'

/** OWASP's advice for scrypt: 2^17 x 8 x 1 takes 128 MB, too much for the box; 2^15 with p = 3 counts as much. */
const costs = { logN: 15, r: 8, p: 3 }
const saltBytes = 16
const keyBytes = 32

export const shortestPassword = 8
/** Bounds the work that a stranger's log-in can make. */
export const longestPassword = 200

function derive(password: string, salt: Buffer, { logN, r, p }: typeof costs): Promise<Buffer> {
  const options: ScryptOptions = { N: 2 ** logN, r, p, maxmem: 256 * r * 2 ** logN }
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, keyBytes, options, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}

/** `scrypt$15$8$3$SALT$KEY`; takes about a quarter of a second, off the main thread. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes)
  const key = await derive(password, salt, costs)
  const { logN, r, p } = costs
  return ['scrypt', logN, r, p, salt.toString('base64url'), key.toString('base64url')].join('$')
}

const form = /^scrypt\$(\d{1,2})\$(\d{1,2})\$(\d{1,2})\$([\w-]{22})\$([\w-]{43})$/

/** Whether the password is the hashed one. With no hash it takes as long, so that nobody learns which names exist. */
export async function isPassword(given: string, hash: string | undefined): Promise<boolean> {
  const [, logN, r, p, salt = '', key = ''] = form.exec(hash ?? '') ?? []
  const known = logN === undefined ? costs : { logN: Number(logN), r: Number(r), p: Number(p) }
  const derived = await derive(given, Buffer.from(salt, 'base64url'), known)
  const right = Buffer.from(key, 'base64url')
  return right.length === derived.length && timingSafeEqual(derived, right)
}

/** Letters that nobody mistakes for one another: 15 of them are 75 bits. */
const letters = 'abcdefghijkmnpqrstuvwxyz23456789'

/** One that can be read out over a stable aisle. */
export function makePassword(): string {
  const letter = () => letters[randomInt(letters.length)] ?? 'a'
  return Array.from({ length: 3 }, () => Array.from({ length: 5 }, letter).join('')).join('-')
}
