/**
 * The words for setting cameras up, in English: what the other languages are held to.
 */
export const enCamera = {
  add: 'Add a camera',
  setUp: 'Set up',
  setUpOf: (name: string) => `Set up ${name}`,
  onNetwork: 'Look for cameras',
  onNetworkHint: 'Asks the network which cameras there are (ONVIF). Takes some seconds.',
  look: 'Look',
  nobody:
    'No camera answered. Some have ONVIF switched off, or stand in another network: type the address instead.',
  found: (count: number) => (count === 1 ? '1 device answered' : `${count} devices answered`),
  unnamed: 'Without a name',
  by: 'Maker or model:',
  showStreams: 'Show its streams',
  byAddress: 'Type its address',
  address: 'Address',
  addressHint:
    'As rtsp://192.168.1.20:554/main, or only the device as 192.168.1.20: then it is asked by ONVIF for its streams.',
  detectAddress: 'Address of a smaller stream for finding horses, if there is one',
  user: 'User at the camera',
  password: 'Password at the camera',
  passwordKept: 'Leave it empty: it stays as it is. Dots stand for it here, and nobody is shown it again.',
  further: 'More about the stream',
  transport: 'Way of the video',
  transports: { tcp: 'TCP: nothing is lost on the way', udp: 'UDP: for cameras that want it' },
  test: 'Test',
  testAgain: 'Test again',
  testHint: 'The camera is opened for some seconds. That takes up to half a minute.',
  choose: 'Which of its streams?',
  mainStream: 'To be shown and recorded',
  detectStream: 'For finding horses',
  same: 'the same',
  rate: (fps: string) => `${fps} pictures a second`,
  works: 'It gives a picture.',
  fails: 'It gives no picture.',
  pictureOf: 'What the camera shows',
  codec: 'Codec',
  size: 'Size',
  pictures: 'Pictures a second',
  keyframes: 'A whole picture every',
  seconds: (count: string) => `${count} s`,
  rareKeyframes:
    'Whole pictures (keyframes) come seldom: the live picture and recordings begin late. Set the interval to 1 or 2 seconds on the camera’s own page.',
  forHorses: 'The stream for finding horses',
  name: 'What people call it',
  save: 'Save',
  saveAnyway: 'Save it all the same',
  saveAnywayHint: 'It is tried again and again, and shown as soon as it gives a picture.',
  other: 'Another address or password',
  fromConfig: 'This camera stands in the config file of the box and is changed there.',
  rename: 'Name',
  stream: 'Address and password',
  id: 'Id',
  pause: 'Pause',
  pauseHint: 'Nothing is watched or recorded until it goes on.',
  goOn: 'Go on watching',
  remove: 'Remove',
  removeHint: (id: string) =>
    `Nobody watches with it any more. Its horses and sightings stay stored: a camera that is added by the API under the id ${id} has them again.`,
  reallyRemove: (name: string) => `Remove ${name}`,
  off: { paused: 'Watching is paused.', 'switched-off': 'It is switched off in the config.' },
  faults: {
    password: [
      'The camera refuses the user name or password.',
      'Type both again as on the camera’s own page. After several wrong tries some cameras lock for minutes: then wait.',
    ],
    forbidden: [
      'The camera forbids this user its stream.',
      'Give the user the right to watch on the camera’s own page.',
    ],
    path: [
      'The camera has no stream at this address.',
      'Look up the path behind the host in the camera’s manual, or type the host alone to be shown its streams.',
    ],
    busy: ['The camera has no room for one more viewer.', 'End other programs that watch it, or restart it.'],
    transport: ['The video does not come this way.', 'Choose the other way: TCP or UDP.'],
    closed: [
      'Something is at this address, but does not take calls on this port.',
      'Check the port (usually 554), and that RTSP is switched on at the camera.',
    ],
    'no-way': [
      'There is no way to this address.',
      'Check that the box and the camera are in the same network, and the camera’s cable.',
    ],
    'no-host': ['Nobody knows a device of this name.', 'Check the spelling, or use the camera’s IP address.'],
    timeout: ['Nothing answers at this address.', 'Check the camera’s power and cable, and the address.'],
    'broken-off': ['The camera broke the connection.', 'Try again. If it stays so, restart the camera.'],
    mute: [
      'The camera takes the call but says nothing.',
      'Restart the camera. If it stays so, another program may be at this port.',
    ],
    tls: [
      'There is no secure connection with the camera.',
      'Try rtsp:// in place of rtsps://, or check the port.',
    ],
    'no-video': ['The stream has no video in it.', 'Choose another stream of the camera.'],
    codec: [
      'The box cannot decode this video.',
      'Set the camera’s codec to H.264 or H.265, without additions such as “H.264+”.',
    ],
    'not-rtsp': [
      'What answers there sends no video.',
      'Check that it is a camera, and that the port is that of RTSP (usually 554).',
    ],
    silent: [
      'The camera answers, but no picture comes.',
      'Restart the camera, or choose the other way (TCP or UDP).',
    ],
    ended: ['The camera ended the stream.', 'Try again. If it stays so, look into the camera’s own log.'],
    unavailable: [
      'The box cannot open cameras now.',
      'Wait until it has started; the page System says what is wrong.',
    ],
  },
  problems: {
    address:
      'This is no address of a stream: it begins with rtsp:// or rtsps://, or is the name or IP address of a device.',
    passwordAgain:
      'Type the password again: this address is of another device, and a stored password goes to no other.',
    name: 'A name has 1 to 60 characters.',
    user: 'A user name has at most 100 characters, and a password 200.',
    busy: 'Other cameras are being tried. Wait a moment and try again.',
    refused:
      'The device does not take this user and password. Many cameras have users for ONVIF apart from those of their page: add one there.',
    onvif:
      'This device does not say by ONVIF where its streams are. Switch ONVIF on at the camera, or type the address of its stream.',
    tooMany: 'The box has as many cameras as it takes.',

    disk: 'It could not be stored: the disk of the box takes nothing.',
    other: 'That did not work:',
  },
}

export type CameraWords = typeof enCamera
