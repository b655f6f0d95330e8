/**
 * Takes secrets out of text before it is logged or shown.
 */

// A password may itself hold '@' or '/': everything up to the last '@' of the run goes.
const userInfo = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s'"]*@/gi
const secretQuery = /([?&](?:password|passwd|pwd|pass|token|key|secret|auth|user|username)=)[^&\s'"]*/gi

/** The text with user names, passwords and tokens of every URL in it replaced by `***`. */
export function redact(text: string): string {
  return text.replace(userInfo, '$1***@').replace(secretQuery, '$1***')
}
