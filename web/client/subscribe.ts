/**
 * Tells the box where this browser can be told. For pages and the service worker.
 */
export const DEVICES = '/api/v1/me/devices'

/** The key that a subscription was made with, as the box writes it. */
function keyOf({ options: { applicationServerKey: key } }: PushSubscription): string {
  const text = String.fromCharCode(...new Uint8Array(key ?? new ArrayBuffer(0)))
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** Undefined once the box knows, else the code of why not. `least`: as before when absent. */
export async function tellBox(found: PushSubscription, least?: string): Promise<string | undefined> {
  const { endpoint, keys } = found.toJSON()
  const said = {
    endpoint,
    keys: { p256dh: keys?.['p256dh'], auth: keys?.['auth'] },
    key: keyOf(found),
    least,
  }
  const answer = await fetch(DEVICES, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(said),
  })
  return answer.ok ? undefined : codeOf(answer)
}

export async function codeOf(answer: Response): Promise<string> {
  const { code } = (await answer.json().catch(() => ({}))) as { code?: string }
  return code ?? 'failed'
}
