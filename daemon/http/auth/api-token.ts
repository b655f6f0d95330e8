/**
 * Tokens of programs: made here, shown once, and known again by their hash. 256 random bits cannot be guessed, so a plain
 * SHA-256 does, where a person's password needs a slow one.
 */
import { createHash, randomBytes } from 'node:crypto'

/** The prefix lets scanners for lost secrets find one. No dots: those are in passes. */
export const makeApiToken = () => `barnbox_${randomBytes(32).toString('base64url')}`

const form = /^barnbox_[\w-]{43}$/

/** Undefined for what cannot be one. */
export const hashApiToken = (token: string): Uint8Array | undefined =>
  form.test(token) ? createHash('sha256').update(token).digest() : undefined
