/**
 * What a person means by the address of a camera: a stream, perhaps with a user and a password in it as manuals print it, or
 * a device that is to be asked for its streams. Pure.
 */
export type Meant =
  | {
      readonly kind: 'stream'
      readonly url: string
      readonly username: string | null
      readonly password: string | null
    }
  | { readonly kind: 'device'; readonly host: string; readonly port: number }

const device = /^(?:https?:\/\/)?(\[[0-9a-f:.]+\]|[^\s/:@?#[\]]+)(?::(\d{1,5}))?(\/[^\s@]*)?$/i
const stream = /^(rtsps?:\/\/)(?:([^/?#]*)@)?(.*)$/is

export function meantBy(typed: string): Meant {
  const text = typed.trim()
  const found = stream.exec(text)
  if (found) {
    const [, scheme = '', userInfo, rest = ''] = found
    const [user, ...secret] = (userInfo ?? '').split(':')
    return {
      kind: 'stream',
      url: scheme.toLowerCase() + rest,
      username: user ? decoded(user) : null,
      password: secret.length > 0 ? decoded(secret.join(':')) : null,
    }
  }
  const [, host, port, path] = device.exec(text) ?? []
  // A path without a scheme may be meant for anything.
  const isDevice = host !== undefined && (path === undefined || path === '/' || /^http/i.test(text))
  if (isDevice && Number(port ?? 80) > 0 && Number(port ?? 80) <= 65_535)
    return { kind: 'device', host, port: Number(port ?? 80) }
  return { kind: 'stream', url: text, username: null, password: null }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
