/**
 * The routes of alerts, of who is told, and of how stalls stand: see `operations.ts`.
 */
import type { Operation } from './operations.ts'

export const alertOperations = {
  'GET /api/v1/stalls': {
    id: 'listStallStates',
    does: 'Who is in which stall or zone, since when, and how well it is seen',
    answers: { 200: 'StallStates' },
  },
  'GET /api/v1/alerts': {
    id: 'listAlerts',
    does: 'What was not as it should be, the newest first; with `open` what is so now',
    answers: { 200: 'Alerts' },
  },
  'GET /api/v1/alerts/settings': {
    id: 'getAlertSettings',
    does: 'When something is an alert and when it is told, as the config says and as it was changed',
    answers: { 200: 'AlertSettings' },
  },
  'PUT /api/v1/alerts/settings': {
    id: 'setAlertSettings',
    does: 'Says all that is to differ from the config; of a rule what is absent is as in the config',
    answers: { 200: 'AlertSettings' },
  },
  'GET /api/v1/alerts/:alertId': { id: 'getAlert', does: 'One alert', answers: { 200: 'Alert' } },
  'GET /api/v1/alerts/:alertId/picture.jpg': {
    id: 'getAlertPicture',
    does: 'What the camera showed when it was raised',
    answers: { 200: { media: 'jpeg' }, 304: 'nothing' },
  },
  'POST /api/v1/alerts/:alertId/acknowledge': {
    id: 'acknowledgeAlert',
    does: 'Somebody looks after it: it is not told again. The first one who says so is noted',
    answers: { 200: 'Alert' },
  },
  'POST /api/v1/alerts/:alertId/snooze': {
    id: 'snoozeAlert',
    does: 'Raises nothing of its kind about its subject for so many minutes, and acknowledges it',
    answers: { 200: 'Alert' },
  },
  'POST /api/v1/alerts/:alertId/verdict': {
    id: 'judgeAlert',
    does: 'Says whether it was useful; null takes that back',
    answers: { 200: 'Alert' },
  },
  'GET /api/v1/me/devices': {
    id: 'listDevices',
    does: 'The browsers by which whoever asks is told of alerts, and what browsers subscribe with',
    answers: { 200: 'Devices' },
  },
  'POST /api/v1/me/devices': {
    id: 'putDevice',
    does: 'Has a browser told of alerts by its push service; the same one again changes it',
    answers: { 200: 'Device' },
  },
  'DELETE /api/v1/me/devices/:deviceId': {
    id: 'removeDevice',
    does: 'Tells a browser nothing more',
    answers: { 204: 'nothing' },
  },
  'POST /api/v1/me/devices/:deviceId/test': {
    id: 'testDevice',
    does: 'Sends a browser a message now; answers once its push service has taken it',
    answers: { 204: 'nothing' },
  },
} as const satisfies Readonly<Record<string, Operation>>
