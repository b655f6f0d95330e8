/**
 * What is so in the stalls, and what is told when it is not as it should be: the words that presence, alerts, MQTT and pages share.
 */
import type { AlertId, Brand, HorseId, Stall, StallId, StreamId, UserId } from './types.ts'

/** What is known of a place: one of those expected there, somebody else, nobody, or not known. */
export type Match = 'expected' | 'other' | 'empty' | 'unsure'

/** How well a place is watched. */
export type Watch = 'watching' | 'partly_blind' | 'blind'

/** How a stall stands. */
export interface StallView {
  readonly stall: Stall
  readonly match: Match
  /** Null while it is not known. */
  readonly occupied: boolean | null
  /** Who is there, as far as that is known; the one not expected where there are several. */
  readonly horseId: HorseId | null
  /** How probable `match` is, 0-1; of `unsure` nothing is. */
  readonly certainty: number | null
  /** UTC ms since when it is so. */
  readonly sinceMs: number
  readonly watch: Watch
  readonly watchSinceMs: number
  /** UTC ms of the last look at it; null before the first. */
  readonly lookedMs: number | null
}

/** How a horse lies or stands. Experimental: from the shape and the way of its box. */
export interface Posture {
  /** UTC ms; null where it stands, or that is not known. */
  readonly lyingSinceMs: number | null
  readonly restlessSinceMs: number | null
  /** Nothing can be told now: its box is cut or hidden, or too little was seen of it yet. */
  readonly isUnsure: boolean
}

export const alertKinds = [
  'camera_down',
  'stall_blind',
  'box_trouble',
  'horse_missing',
  'wrong_horse',
  'unknown_horse',
  'horse_outside',
  'person_at_night',
  'down_too_long',
  'restless',
] as const
export type AlertKind = (typeof alertKinds)[number]

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = (typeof weekdays)[number]

export const severities = ['info', 'warning', 'critical'] as const
export type Severity = (typeof severities)[number]

/** What an alert is about: one of these, or the box itself. */
export interface AlertSubject {
  readonly streamId: StreamId | null
  readonly stallId: StallId | null
  readonly horseId: HorseId | null
  /** Of the box: which part. */
  readonly part: string | null
}

/** A camera or stall, as the thing that people switch telling off for. */
export type Place = `camera/${StreamId}` | `stall/${StallId}`

/** Something that is not as it should be, from when to when. */
export interface Alert extends AlertSubject {
  readonly id: AlertId
  readonly kind: AlertKind
  readonly severity: Severity
  readonly openedMs: number
  /** Null while it is so. */
  readonly closedMs: number | null
  /** In plain words, in English; without names, which change. */
  readonly detail: string | null
  readonly hasPicture: boolean
  readonly acknowledgedMs: number | null
  readonly acknowledgedBy: string | null
  /** Nothing more is told of it before. */
  readonly snoozedUntilMs: number | null
  /** What people made of it. */
  readonly verdict: 'useful' | 'not_useful' | null
  /** How often it was told again, because nobody acknowledged it. */
  readonly escalations: number
}

/** A moment of an alert that is told. */
export type Edge = 'raised' | 'escalated' | 'cleared'

export type PushDeviceId = Brand<string, 'PushDeviceId'>

/** What a browser says of where it can be told. */
export interface PushAddress {
  readonly endpoint: string
  /** Its public key, and what both sides know. */
  readonly p256dh: Uint8Array
  readonly auth: Uint8Array
}

/** A browser that is told of alerts by a push service. */
export interface PushDevice extends PushAddress {
  readonly id: PushDeviceId
  readonly userId: UserId
  /** What kind of browser it is, as people know it. */
  readonly name: string
  /** What it is told in. */
  readonly language: string
  readonly least: Severity
  readonly createdMs: number
}

/** What a browser is sent; its service worker shows it. */
export interface PushNote {
  readonly title: string
  readonly body: string
  /** The alert: what comes later of it takes the place of what was shown. */
  readonly tag: string
  /** Where a tap leads. */
  readonly url: string
  readonly language: string
  readonly occurredMs: number
  /** It stays until somebody has seen it. */
  readonly stays: boolean
  /** It makes no sound. */
  readonly isQuiet: boolean
}
