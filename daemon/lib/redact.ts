/**
 * Takes secrets out of text before it is logged or shown.
 */

// A password may itself hold '@', '/' or quotes: everything up to the last '@' of the run goes. Where the run has none,
// what follows `user:` may be a password with spaces, unless it is a port.
const userInfo = /\b([a-z][a-z0-9+.-]*:\/\/)(?:\S*@|[^\s/:@]+:(?!\d{1,5}(?:[\s/:?]|$))[^\s@][^@\n]*@)/gi
// As `?token=`, and as some cameras want it within the path: `/user=admin_password=...`. All up to the next '&' goes.
const secretField =
  /([?&;/_][\w-]{0,20}(?:token|key|secret|auth|signature|user|username|loginuse|pas|pass|passwd|password|pwd)=)[^&\s]*/gi

/** The text with user names, passwords and tokens of every URL in it replaced by `***`. */
export function redact(text: string): string {
  return text.replace(userInfo, '$1***@').replace(secretField, '$1***')
}
