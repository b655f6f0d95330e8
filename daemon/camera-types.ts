/**
 * The shared words of setting cameras up: what is asked for, what a try of a stream found, what answers on the network.
 */
import type { FaultReason, StreamId } from './types.ts'

/** Where a stream is and how one gets in. */
export interface CameraSource {
  readonly url: string
  /** A smaller stream for the analysis. */
  readonly detectUrl: string | null
  readonly username: string | null
  readonly password: string | null
  readonly transport: 'tcp' | 'udp'
}

/** What a person says of where a stream is; absent is as it was. */
export type SourceEdit = { readonly [Key in keyof CameraSource]?: CameraSource[Key] | undefined }

/** What a person says of a camera that the page keeps; absent is as it was, null is none. */
export interface CameraEdit extends SourceEdit {
  readonly name?: string | undefined
  readonly enabled?: boolean | undefined
}

/** A camera as whoever runs the box sees it: all but the password. */
export interface CameraSettings extends Omit<CameraSource, 'password'> {
  readonly id: StreamId
  readonly name: string
  readonly enabled: boolean
  readonly hasPassword: boolean
  /** It stands in the config, and is changed there. */
  readonly isFromConfig: boolean
}

/** What a stream was when it was opened for a moment. */
export interface StreamTrial {
  /** Null where it gave a picture. */
  readonly fault: { readonly reason: FaultReason; readonly code: string; readonly detail: string } | null
  /** JPEG. */
  readonly picture: Uint8Array | null
  /** As ffmpeg calls it: `h264`. */
  readonly codec: string | null
  readonly width: number | null
  readonly height: number | null
  /** Pictures a second, as they came. */
  readonly fps: number | null
  /** Seconds from keyframe to keyframe; null where none followed in time. */
  readonly keyframeSeconds: number | null
}

export interface CameraTrial {
  readonly main: StreamTrial
  /** Null where there is no stream of its own for the analysis. */
  readonly detect: StreamTrial | null
}

/** A device that answered on the network. What it says of itself is a stranger's word. */
export interface FoundDevice {
  /** Where it answered from. */
  readonly host: string
  /** Where it is asked for its streams. */
  readonly port: number
  readonly name: string | null
  readonly maker: string | null
}

/** A stream that a device offers. */
export interface OfferedStream {
  readonly name: string
  readonly url: string
  readonly codec: string | null
  readonly width: number | null
  readonly height: number | null
  readonly fps: number | null
}

export interface DeviceQuery {
  readonly host: string
  readonly port: number
  readonly username: string | null
  readonly password: string | null
}

/** What the pages and the API set cameras up with. All throws are typed. */
export interface CameraDesk {
  list(): readonly CameraSettings[]
  get(id: StreamId): CameraSettings | undefined
  /** Throws `BAD_REQUEST`, `NAME_TAKEN` and `STATE_DIR`. */
  add(
    camera: CameraEdit & { readonly id?: string | undefined; readonly name: string; readonly url: string },
  ): Promise<CameraSettings>
  /** Throws `NOT_FOUND`, `BAD_REQUEST`, `CAMERA_IN_CONFIG` and `STATE_DIR`. */
  change(id: StreamId, edit: CameraEdit): Promise<CameraSettings>
  /** Throws `NOT_FOUND`, `CAMERA_IN_CONFIG` and `STATE_DIR`. */
  remove(id: StreamId): Promise<void>
  /** Opens the stream; `of` is the camera whose settings stand in for what is absent. Throws `BAD_REQUEST`, `NOT_FOUND` and `CAMERA_BUSY`. */
  test(source: SourceEdit, of?: StreamId): Promise<CameraTrial>
  /** What answers on the network, by its address. Throws `CAMERA_BUSY` and `ONVIF_FAILED`. */
  discover(): Promise<readonly FoundDevice[]>
  /** Throws `ONVIF_REFUSED`, `ONVIF_FAILED` and `CAMERA_BUSY`. */
  streamsOf(device: DeviceQuery): Promise<readonly OfferedStream[]>
}
