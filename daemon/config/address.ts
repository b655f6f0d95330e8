/**
 * Addresses that may stand in the config.
 */
import { z } from 'zod'

/** Passwords stand in files of their own: an address is shown, logged and copied. */
const noSecrets = 'must not hold a user name or password: they have keys of their own'

/** An address of these schemes. FFmpeg reads many more, files among them: none of those may stand here. */
export function address(schemes: readonly string[], example: string) {
  const parse = (text: string) => (URL.canParse(text) && !/[\s\0]/.test(text) ? new URL(text) : undefined)
  return z
    .string()
    .refine((text) => {
      const url = parse(text)
      return url !== undefined && schemes.includes(url.protocol) && url.hostname !== ''
    }, `must be an address like ${example}`)
    .refine((text) => {
      const url = parse(text)
      return !url || (url.username === '' && url.password === '')
    }, noSecrets)
}
