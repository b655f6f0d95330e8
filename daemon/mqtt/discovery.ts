/**
 * By what Home Assistant finds box, cameras, stalls and horses. Pure: the same barn gives the same bytes. Ids are made of ids; a name
 * stands in `name` alone.
 */
import type { StallView } from '../presence-types.ts'
import type { CameraView, Horse } from '../types.ts'
import { boxEntities, cameraEntities, type Entities, horseEntities, stallEntities } from './entities.ts'
import { horseName } from './payloads.ts'
import type { Topics } from './topics.ts'

export interface DiscoveryStyle {
  readonly prefix: string
  readonly boxId: string
  readonly version: string
  /** Where the box's page is; absent where only the box itself can open it. */
  readonly pageUrl?: string | undefined
  readonly hardware: string
  /** Sends the key that Home Assistant had before 2025.10, too. */
  readonly hasObjectId: boolean
}

/** What there is. */
export interface Things {
  readonly cameras: readonly CameraView[]
  readonly stalls: readonly StallView[]
  readonly horses: readonly Horse[]
}

/** Entities by their key. */
export type Components = Readonly<Record<string, Readonly<Record<string, unknown>>>>

export interface Announcement {
  readonly topic: string
  readonly message: { readonly components: Components } & Readonly<Record<string, unknown>>
}

/** A device: what it is called by, what is said of it, and what it has. */
interface Thing {
  readonly id: string
  readonly kind: string
  readonly name: string
  readonly about: Readonly<Record<string, unknown>>
  readonly entities: Entities
}

/** What begins the object ids of a box; another box's never do. */
export const objectPrefix = (boxId: string): string => `barnbox_${boxId}`

/** The topic of a device. */
export const configTopic = (prefix: string, objectId: string): string => `${prefix}/device/${objectId}/config`

/** Whether a device is this box or one of its own. */
export const isOwn = (objectId: string, boxId: string): boolean =>
  objectId === objectPrefix(boxId) || objectId.startsWith(`${objectPrefix(boxId)}_`)

/** Every device, the box first: the others point to it. */
export function announcements(things: Things, topics: Topics, style: DiscoveryStyle): Announcement[] {
  const box = objectPrefix(style.boxId)
  const own: Thing = {
    id: box,
    kind: 'Box',
    name: `barnbox ${style.boxId}`,
    about: {
      manufacturer: 'barnbox',
      model: 'barnbox',
      sw_version: style.version,
      hw_version: style.hardware,
      serial_number: style.boxId,
      ...(style.pageUrl === undefined ? {} : { configuration_url: style.pageUrl }),
    },
    entities: boxEntities(topics),
  }
  const others: Thing[] = [
    ...things.cameras.map((camera) => ({
      ...{ id: `${box}_camera_${camera.id}`, kind: 'Camera', name: camera.name },
      entities: cameraEntities(camera, topics),
    })),
    ...things.stalls.map(({ stall }) => ({
      id: `${box}_stall_${stall.id}`,
      kind: stall.kind === 'stall' ? 'Stall' : 'Zone',
      name: stall.name,
      entities: stallEntities(stall, topics),
    })),
    ...things.horses.map((horse) => ({
      ...{ id: `${box}_horse_${horse.id}`, kind: 'Horse', name: horseName(horse) },
      entities: horseEntities(horse, topics),
    })),
  ].map((thing) => ({ ...thing, about: { model: thing.kind, via_device: box, suggested_area: 'Barn' } }))
  return [own, ...others].map((thing) => announcementOf(thing, style))
}

function announcementOf({ id, kind, name, about, entities }: Thing, style: DiscoveryStyle): Announcement {
  const components = Object.entries(entities).map(([key, entity]) => {
    const uniqueId = `${id}_${key}`
    // What Home Assistant names entities by has neither capitals nor hyphens.
    const slug = uniqueId.replaceAll('-', '_')
    const ids = {
      unique_id: uniqueId,
      default_entity_id: `${entity.platform}.${slug}`,
      ...(style.hasObjectId ? { object_id: slug } : {}),
    }
    return [key, { ...entity, ...ids }] as const
  })
  return {
    topic: configTopic(style.prefix, id),
    message: {
      device: { identifiers: [id], name: deviceName(name, kind, entities), ...about },
      origin: { name: 'barnbox', sw_version: style.version },
      components: Object.fromEntries(components),
    },
  }
}

/** Home Assistant refuses an entity's name that begins with its device's: a horse called "L" has a "Last seen". */
function deviceName(name: string, kind: string, entities: Entities): string {
  const begins = Object.values(entities).some((entity) =>
    String(entity.name ?? '')
      .toLowerCase()
      .startsWith(name.toLowerCase()),
  )
  return begins ? `${kind} ${name}` : name
}

/**
 * The same device with entities that it had and has no more, each to be taken away: Home Assistant wants that said once before they are
 * left out. Undefined where there are none.
 */
export function withRemoved(message: Announcement['message'], before: Components): object | undefined {
  const gone = Object.entries(before).filter(([key]) => !(key in message.components))
  if (gone.length === 0) return undefined
  const removed = gone.map(([key, { platform }]) => [key, { platform }] as const)
  return { ...message, components: { ...message.components, ...Object.fromEntries(removed) } }
}
