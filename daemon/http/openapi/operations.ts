/**
 * The routes for programs: what each does and answers. What a route takes is noted by the route itself (`takes.ts`), who
 * may use it by `auth/rights.ts`; a route that has no row here has no place in the document, and a test says so.
 */
import { alertOperations } from './alert-operations.ts'
import type { AnswerName } from './answers.ts'

/** Answers that are no JSON. */
export const media = {
  jpeg: 'image/jpeg',
  mjpeg: 'multipart/x-mixed-replace',
  mp4: 'video/mp4',
  text: 'text/plain',
  tar: 'application/x-tar',
} as const

export interface Operation {
  /** The operation's name for generated clients. */
  readonly id: string
  readonly does: string
  /** By status; several names where the request decides which. Problems are answered by all alike. */
  readonly answers: Readonly<
    Record<number, AnswerName | readonly AnswerName[] | { readonly media: keyof typeof media } | 'nothing'>
  >
  /** A body that is no JSON: the file as it is. */
  readonly takes?: 'photo'
  /** Needs nobody to be known. */
  readonly isOpen?: true
}

const jpeg = { media: 'jpeg' } as const

/** By method and path, as the routes have them. */
export const operations: Readonly<Record<string, Operation>> = {
  'GET /healthz': {
    id: 'getHealth',
    does: 'Whether the process answers',
    answers: { 200: 'Health' },
    isOpen: true,
  },
  'GET /readyz': {
    id: 'getReadiness',
    does: 'Whether the box can do its work, or which part cannot',
    answers: { 200: 'Readiness', 503: 'Readiness' },
  },
  'GET /metrics': {
    id: 'getMetrics',
    does: 'The figures of the box for Prometheus',
    answers: { 200: { media: 'text' } },
  },
  'GET /api/v1/openapi.json': {
    id: 'getOpenApi',
    does: 'This document',
    answers: { 200: 'OpenApi' },
  },
  'GET /api/v1/system': {
    id: 'getSystem',
    does: 'How the box does, in figures that count from its start',
    answers: { 200: 'System' },
  },
  'GET /api/v1/diagnostics': {
    id: 'getDiagnostics',
    does: 'One file for whoever helps from afar: versions, config, system, findings and log, without secrets',
    answers: { 200: 'Diagnostics' },
  },
  'POST /api/v1/backups': {
    id: 'makeBackup',
    does: 'Makes a backup now and answers it as one file, which holds all that the box knows, passwords too; one at a time',
    answers: { 200: { media: 'tar' } },
  },
  'GET /api/v1/cameras': { id: 'listCameras', does: 'All cameras', answers: { 200: 'Cameras' } },
  'GET /api/v1/cameras/settings': {
    id: 'listCameraSettings',
    does: 'How all cameras are set up, without their passwords',
    answers: { 200: 'AllCameraSettings' },
  },
  'GET /api/v1/cameras/:id/settings': {
    id: 'getCameraSettings',
    does: 'How a camera is set up, without its password',
    answers: { 200: 'CameraSettings' },
  },
  'POST /api/v1/cameras': {
    id: 'addCamera',
    does: 'Adds a camera, which is watched at once',
    answers: { 201: 'CameraSettings' },
  },
  'PATCH /api/v1/cameras/:id': {
    id: 'changeCamera',
    does: 'Changes a camera that was added so: null clears, what is left out stays. A stored password goes to no other host: with another address it must be given again',
    answers: { 200: 'CameraSettings' },
  },
  'DELETE /api/v1/cameras/:id': {
    id: 'removeCamera',
    does: 'Watches with a camera no longer; its horses and sightings stay',
    answers: { 204: 'nothing' },
  },
  'POST /api/v1/cameras/test': {
    id: 'testCamera',
    does: 'Opens a stream for some seconds: what it is, or why it gives no picture. Takes up to half a minute; two at once, thirty a minute',
    answers: { 200: 'CameraTrial' },
  },
  'GET /api/v1/cameras/:id/report': {
    id: 'getCameraReport',
    does: 'The newest report of the acceptance test of a camera, and the test that runs',
    answers: { 200: 'CameraReport' },
  },
  'POST /api/v1/cameras/:id/report': {
    id: 'testCameraFully',
    does: 'Begins the acceptance test of a camera, which takes about two and a half minutes; one camera at a time',
    answers: { 202: 'CameraReport' },
  },
  'POST /api/v1/cameras/discover': {
    id: 'discoverCameras',
    does: 'What answers on the network by ONVIF, as it says itself; takes some seconds',
    answers: { 200: 'FoundDevices' },
  },
  'POST /api/v1/cameras/onvif': {
    id: 'listOfferedStreams',
    does: 'Which streams a device offers by ONVIF',
    answers: { 200: 'OfferedStreams' },
  },
  'GET /api/v1/cameras/:id/picture.jpg': {
    id: 'getPicture',
    does: 'The newest picture; the header Barnbox-Frame holds what was seen in it',
    answers: { 200: jpeg },
  },
  'GET /api/v1/cameras/:id/picture.mjpeg': {
    id: 'getPictures',
    does: 'Every picture that is analysed, as MJPEG, for programs that know nothing better',
    answers: { 200: { media: 'mjpeg' } },
  },
  'GET /api/v1/cameras/:id/live': {
    id: 'watch',
    does: 'A WebSocket of the camera’s own video: `{mime}` begins it, `null` ends it; then messages of eight bytes of time (UTC ms, a big-endian double, 0 for the initialisation) and a piece of fragmented MP4',
    answers: { 101: 'nothing' },
  },
  'GET /api/v1/streams/:id/chunks': {
    id: 'listChunks',
    does: 'Recorded clips of a camera, the newest first, each with whom the camera saw meanwhile',
    answers: { 200: 'Chunks' },
  },
  'GET /api/v1/streams/:id/chunks/:chunkId/detections': {
    id: 'getChunkDetections',
    does: 'What was seen in a clip, with names as they are now',
    answers: { 200: 'ChunkDetections' },
  },
  'GET /api/v1/streams/:id/chunks/:chunkId/video.mp4': {
    id: 'getChunkVideo',
    does: 'The video of a clip as the camera sent it; parts of it by Range',
    answers: { 200: { media: 'mp4' }, 206: { media: 'mp4' }, 304: 'nothing' },
  },
  'POST /api/v1/streams/:id/chunks/:chunkId/corrections': {
    id: 'correctChunk',
    does: 'Says whose boxes of a clip are: it corrects the sightings that they belong to, all or none',
    answers: { 202: 'ChunkCorrected' },
  },
  'GET /api/v1/streams/:id/chunks/:chunkId/corrections': {
    id: 'listChunkCorrections',
    does: 'What was corrected by a clip, the newest first',
    answers: { 200: 'ChunkCorrections' },
  },
  'DELETE /api/v1/streams/:id/chunks/:chunkId/corrections': {
    id: 'undoChunkCorrections',
    does: 'Takes back all that was corrected by a clip; refused where a later correction stands on it',
    answers: { 200: 'ChunkUndone' },
  },
  'GET /api/v1/streams/:id/chunks/:chunkId/corrections/status': {
    id: 'getChunkCorrectionStatus',
    does: 'How far corrections by a clip are: they are done as soon as they are answered',
    answers: { 200: 'ChunkStatus' },
  },
  'GET /api/v1/streams/:id/horses': {
    id: 'listHorses',
    does: 'The horses of a camera, last seen first; as a summary at most three of them',
    answers: { 200: ['Horses', 'HorseSummary'] },
  },
  'GET /api/v1/streams/:id/horses/:horseId': { id: 'getHorse', does: 'One horse', answers: { 200: 'Horse' } },
  'PUT /api/v1/streams/:id/horses/:horseId': {
    id: 'updateHorse',
    does: 'Changes what people say of a horse: null clears, what is left out stays; a late revision is refused',
    answers: { 200: 'Horse' },
  },
  'GET /api/v1/streams/:id/horses/:horseId/avatar': {
    id: 'getAvatar',
    does: 'A picture of the horse, 200x200',
    answers: { 200: jpeg, 304: 'nothing' },
  },
  'GET /api/v1/streams/:id/unknowns': {
    id: 'listUnknowns',
    does: 'Sightings of a camera that are nobody’s, the newest first',
    answers: { 200: 'Sightings' },
  },
  'GET /api/v1/streams/:id/places': {
    id: 'listPlaces',
    does: 'Where each horse of a camera was seen last, the newest first',
    answers: { 200: 'Places' },
  },
  'GET /api/v1/streams/:id/stalls': {
    id: 'listStalls',
    does: 'The stalls and zones that were drawn on the picture of a camera, by name',
    answers: { 200: 'Stalls' },
  },
  'POST /api/v1/streams/:id/stalls': {
    id: 'addStall',
    does: 'Draws a stall or a zone; its outline may not cross itself, and its name is unique on the camera',
    answers: { 201: 'Stall' },
  },
  'GET /api/v1/stalls/:stallId': { id: 'getStall', does: 'One stall or zone', answers: { 200: 'Stall' } },
  'PATCH /api/v1/stalls/:stallId': {
    id: 'changeStall',
    does: 'Changes a stall: what is left out stays; a late revision is refused',
    answers: { 200: 'Stall' },
  },
  'DELETE /api/v1/stalls/:stallId': {
    id: 'removeStall',
    does: 'Deletes a stall; it can be brought back',
    answers: { 204: 'nothing' },
  },
  'POST /api/v1/stalls/:stallId/restore': {
    id: 'restoreStall',
    does: 'Brings a deleted stall back under its id; refused where another has its name by now',
    answers: { 200: 'Stall' },
  },
  'GET /api/v1/streams/:id/merge-suggestions': {
    id: 'suggestMerges',
    does: 'Horses that may be one, the most probable first; nothing is done before a person merges them',
    answers: { 200: 'MergeSuggestions' },
  },
  'POST /api/v1/streams/:id/photos': {
    id: 'enrolPhoto',
    does: 'Takes a photo of a horse that is called so; 201 where it was kept',
    takes: 'photo',
    answers: { 200: 'Enrolled', 201: 'Enrolled' },
  },
  'PATCH /api/v1/horses/:horseId/official': {
    id: 'setOfficial',
    does: 'Makes a horse a resident, or none',
    answers: { 200: 'OfficialHorse' },
  },
  'DELETE /api/v1/horses/:horseId': {
    id: 'deleteHorse',
    does: 'Deletes a horse; twice is as good as once',
    answers: { 200: 'Deleted' },
  },
  'POST /api/v1/horses/:horseId/merge': {
    id: 'mergeHorse',
    does: 'The two are one: the id in the address becomes another name of the other',
    answers: { 200: 'Corrected' },
  },
  'POST /api/v1/horses/:horseId/split': {
    id: 'splitHorse',
    does: 'These sightings are of another horse, which is made',
    answers: { 200: 'Corrected' },
  },
  'GET /api/v1/horses/:horseId/sightings': {
    id: 'listSightings',
    does: 'Where a horse was seen, the newest first',
    answers: { 200: 'Sightings' },
  },
  'GET /api/v1/horses/:horseId/history': {
    id: 'getHistory',
    does: 'What a horse was called, and what was corrected about it',
    answers: { 200: 'HorseHistory' },
  },
  'GET /api/v1/sightings/:sightingId': {
    id: 'getSighting',
    does: 'One sighting, with what it was decided from',
    answers: { 200: 'Sighting' },
  },
  'GET /api/v1/sightings/:sightingId/why': {
    id: 'explainSighting',
    does: 'Why a sighting is whose it is: the look that was judged, and the stored looks that were nearest then',
    answers: { 200: 'SightingWhy' },
  },
  'GET /api/v1/looks/:lookId': {
    id: 'getLook',
    does: 'The picture of a look, as long as it is kept',
    answers: { 200: jpeg, 304: 'nothing' },
  },
  'POST /api/v1/sightings/:sightingId/corrections': {
    id: 'correctSighting',
    does: 'Says whose a sighting is',
    answers: { 200: 'Corrected' },
  },
  'GET /api/v1/corrections': {
    id: 'listCorrections',
    does: 'What people set right, the newest first',
    answers: { 200: 'Corrections' },
  },
  'POST /api/v1/corrections/:correctionId/undo': {
    id: 'undoCorrection',
    does: 'Takes a correction back; refused where a later one stands on it',
    answers: { 200: 'Corrected' },
  },
  'GET /api/v1/events': {
    id: 'listen',
    does: 'A WebSocket of events, each `{id, event, data}`; `after` resumes behind an id',
    answers: { 101: 'nothing' },
  },
  'POST /api/v1/auth/login': {
    id: 'logIn',
    does: 'A pass for 12 hours',
    answers: { 200: 'Pass' },
    isOpen: true,
  },
  'GET /api/v1/me': { id: 'getMe', does: 'Who is asking', answers: { 200: 'Me' } },
  'PUT /api/v1/me/password': {
    id: 'setPassword',
    does: 'Changes one’s own password; every pass from before has ended',
    answers: { 200: 'NewPassword' },
  },
  'GET /api/v1/users': { id: 'listUsers', does: 'Who may use the box', answers: { 200: 'Users' } },
  'POST /api/v1/users': { id: 'addUser', does: 'Lets somebody in', answers: { 201: 'User' } },
  'PATCH /api/v1/users/:userId': {
    id: 'changeUser',
    does: 'Another role or password; every pass from before has ended',
    answers: { 200: 'User' },
  },
  'DELETE /api/v1/users/:userId': {
    id: 'removeUser',
    does: 'Removes a user; there is always an admin left',
    answers: { 204: 'nothing' },
  },
  'GET /api/v1/tokens': {
    id: 'listTokens',
    does: 'Which programs may use the box',
    answers: { 200: 'ApiTokens' },
  },
  'POST /api/v1/tokens': {
    id: 'addToken',
    does: 'Makes a token for a program; it is told this once',
    answers: { 201: 'NewApiToken' },
  },
  'DELETE /api/v1/tokens/:tokenId': {
    id: 'removeToken',
    does: 'Revokes a token at once',
    answers: { 204: 'nothing' },
  },
  ...alertOperations,
}
