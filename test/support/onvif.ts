/**
 * A device that speaks ONVIF as far as it is asked here: it answers the call of WS-Discovery, tells its clock to everybody,
 * and its streams to who signs with its password.
 */
import { createHash } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface OnvifWish {
  readonly user?: string
  readonly password?: string
  /** What it says that its streams are, main first. */
  readonly streams?: readonly { name: string; uri: string; width: number; height: number; token?: string }[]
  /** What it says in place of the right answer to an action. */
  readonly odd?: (action: string, answer: ServerResponse) => string | undefined
  /** How far its clock is ahead. */
  readonly aheadMs?: number
  /** Whether it answers the call on the loopback network; and what, in place of the right answer. */
  readonly isCalled?: boolean
  readonly call?: string
}

export interface OnvifDevice extends AsyncDisposable {
  readonly port: number
  /** What it was asked, in order. */
  readonly asked: string[]
}

const envelope = (body: string) => `<?xml version="1.0" encoding="UTF-8"?>
<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:trt="http://www.onvif.org/ver10/media/wsdl" xmlns:tt="http://www.onvif.org/ver10/schema">
<SOAP-ENV:Body>${body}</SOAP-ENV:Body></SOAP-ENV:Envelope>`

const refusal = envelope(`<SOAP-ENV:Fault><SOAP-ENV:Code><SOAP-ENV:Value>SOAP-ENV:Sender</SOAP-ENV:Value>
<SOAP-ENV:Subcode><SOAP-ENV:Value>ter:NotAuthorized</SOAP-ENV:Value></SOAP-ENV:Subcode></SOAP-ENV:Code>
<SOAP-ENV:Reason><SOAP-ENV:Text xml:lang="en">Sender not Authorized</SOAP-ENV:Text></SOAP-ENV:Reason></SOAP-ENV:Fault>`)

function clock(aheadMs = 0): string {
  const now = new Date(Date.now() + aheadMs)
  const [time, date] = [
    `<tt:Hour>${now.getUTCHours()}</tt:Hour><tt:Minute>${now.getUTCMinutes()}</tt:Minute><tt:Second>${now.getUTCSeconds()}</tt:Second>`,
    `<tt:Year>${now.getUTCFullYear()}</tt:Year><tt:Month>${now.getUTCMonth() + 1}</tt:Month><tt:Day>${now.getUTCDate()}</tt:Day>`,
  ]
  return `<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType>
<tt:UTCDateTime><tt:Time>${time}</tt:Time><tt:Date>${date}</tt:Date></tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>`
}

const services = `<tds:GetServicesResponse>${[
  ['http://www.onvif.org/ver10/device/wsdl', 'device_service'],
  ['http://www.onvif.org/ver10/media/wsdl', 'Media'],
]
  .map(
    ([space, path]) => `<tds:Service><tds:Namespace>${space}</tds:Namespace>
<tds:XAddr>http://10.255.255.1/onvif/${path}</tds:XAddr>
<tds:Version><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tds:Version></tds:Service>`,
  )
  .join('')}</tds:GetServicesResponse>`

type Streams = NonNullable<OnvifWish['streams']>

const profiles = (streams: Streams) =>
  `<trt:GetProfilesResponse>${streams
    .map(
      ({
        name,
        width,
        height,
        token = name,
      }) => `<trt:Profiles token="${token}" fixed="true"><tt:Name>${name}</tt:Name>
<tt:VideoSourceConfiguration token="vsc"><tt:Name>vsc</tt:Name><tt:SourceToken>vs</tt:SourceToken></tt:VideoSourceConfiguration>
<tt:VideoEncoderConfiguration token="vec-${token}"><tt:Name>vec</tt:Name><tt:Encoding>H264</tt:Encoding>
<tt:Resolution><tt:Width>${width}</tt:Width><tt:Height>${height}</tt:Height></tt:Resolution>
<tt:RateControl><tt:FrameRateLimit>25</tt:FrameRateLimit><tt:EncodingInterval>1</tt:EncodingInterval></tt:RateControl>
</tt:VideoEncoderConfiguration></trt:Profiles>`,
    )
    .join('')}</trt:GetProfilesResponse>`

const streamUri = (uri: string) =>
  `<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>${uri}</tt:Uri><tt:Timeout>PT60S</tt:Timeout></trt:MediaUri></trt:GetStreamUriResponse>`

const within = (text: string, tag: string) => new RegExp(`<${tag}[^>]*>([^<]*)</`).exec(text)?.[1]

/** Whether it is signed with the password: SHA-1 of nonce, time and password. */
function isSigned(text: string, { user, password = '' }: OnvifWish): boolean {
  if (user === undefined) return true
  const [nonce = '', created = '', digest] = ['Nonce', 'Created', 'Password'].map((tag) => within(text, tag))
  const right = createHash('sha1')
    .update(Buffer.concat([Buffer.from(nonce, 'base64'), Buffer.from(created + password)]))
    .digest('base64')
  return within(text, 'Username') === user && digest === right
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const piece of request) text += String(piece)
  return text
}

function answerTo(action: string, text: string, { streams = [], aheadMs }: OnvifWish): string {
  if (action === 'GetSystemDateAndTime') return clock(aheadMs)
  if (action === 'GetServices') return services
  if (action === 'GetProfiles') return profiles(streams)
  const token = within(text, 'ProfileToken')
  return streamUri(streams.find(({ name, token: own = name }) => own === token)?.uri ?? '')
}

const found = (port: number) => `<?xml version="1.0" encoding="UTF-8"?>
<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery">
<SOAP-ENV:Body><d:ProbeMatches><d:ProbeMatch>
<wsa:EndpointReference><wsa:Address>urn:uuid:00000000-0000-4000-8000-${String(port).padStart(12, '0')}</wsa:Address></wsa:EndpointReference>
<d:Types>dn:NetworkVideoTransmitter</d:Types>
<d:Scopes>onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/name/North%20gate onvif://www.onvif.org/hardware/HB-1 onvif://www.onvif.org/mfr/Hayloft</d:Scopes>
<d:XAddrs>http://127.0.0.1:${port}/onvif/device_service</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion>
</d:ProbeMatch></d:ProbeMatches></SOAP-ENV:Body></SOAP-ENV:Envelope>`

/** The group and port of WS-Discovery, which are the same for all. */
const call = { group: '239.255.255.250', port: 3702 }

async function listenForCalls(port: number, wish: OnvifWish): Promise<() => Promise<void>> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true })
  socket.on('message', (_text, { address, port: back }) =>
    socket.send(wish.call ?? found(port), back, address),
  )
  await new Promise<void>((resolve) => socket.bind(call.port, call.group, resolve))
  socket.addMembership(call.group, '127.0.0.1')
  return () => new Promise((resolve) => socket.close(resolve))
}

export async function startOnvif(wish: OnvifWish = {}): Promise<OnvifDevice> {
  const asked: string[] = []
  const server = createServer((request, answer) => {
    void bodyOf(request).then((text) => {
      const action = /:Body[^>]*>\s*<(\w+)/.exec(text)?.[1] ?? 'nothing'
      asked.push(action)
      const odd = wish.odd?.(action, answer)
      if (answer.writableEnded || answer.headersSent) return
      answer.setHeader('content-type', 'application/soap+xml; charset=utf-8')
      if (odd !== undefined) answer.end(odd)
      else if (action !== 'GetSystemDateAndTime' && !isSigned(text, wish)) {
        answer.statusCode = 400
        answer.end(refusal)
      } else answer.end(envelope(answerTo(action, text, wish)))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const hangUp = wish.isCalled === true ? await listenForCalls(port, wish) : undefined
  return {
    port,
    asked,
    async [Symbol.asyncDispose]() {
      await hangUp?.()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
