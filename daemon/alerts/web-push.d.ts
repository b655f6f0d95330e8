/** What is used of the package, which brings no types. */
declare module 'web-push' {
  export interface VapidKeys {
    /** Both in base64url: an uncompressed point of P-256, and its scalar. */
    readonly publicKey: string
    readonly privateKey: string
  }

  interface Options {
    readonly vapidDetails: VapidKeys & { readonly subject: string }
    readonly contentEncoding: 'aes128gcm'
    /** In seconds. */
    readonly TTL: number
    readonly urgency: 'low' | 'normal' | 'high'
    readonly topic: string
  }

  interface Request {
    readonly method: string
    readonly headers: Readonly<Record<string, string | number>>
    readonly body: Uint8Array<ArrayBuffer>
  }

  interface WebPush {
    generateVAPIDKeys(): VapidKeys
    /** Encrypts and signs (RFC 8291, 8292); sends nothing. Throws where the device's keys are none. */
    generateRequestDetails(
      device: {
        readonly endpoint: string
        readonly keys: { readonly p256dh: string; readonly auth: string }
      },
      payload: string,
      options: Options,
    ): Request
  }

  const webPush: WebPush
  export default webPush
}
