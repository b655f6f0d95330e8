/**
 * The words for setting cameras up, in German.
 */
import type { CameraWords } from './en.ts'

export const deCamera: CameraWords = {
  add: 'Kamera hinzufügen',
  setUp: 'Einrichten',
  setUpOf: (name) => `${name} einrichten`,
  onNetwork: 'Kameras suchen',
  onNetworkHint: 'Fragt das Netz, welche Kameras es gibt (ONVIF). Das dauert einige Sekunden.',
  look: 'Suchen',
  nobody:
    'Keine Kamera hat geantwortet. Bei manchen ist ONVIF ausgeschaltet, oder sie stehen in einem anderen Netz: Geben Sie dann die Adresse ein.',
  found: (count) => (count === 1 ? '1 Gerät hat geantwortet' : `${count} Geräte haben geantwortet`),
  unnamed: 'Ohne Namen',
  by: 'Hersteller oder Modell:',
  showStreams: 'Streams zeigen',
  byAddress: 'Adresse eingeben',
  address: 'Adresse',
  addressHint:
    'Etwa rtsp://192.168.1.20:554/main, oder nur das Gerät wie 192.168.1.20: Dann wird es per ONVIF nach seinen Streams gefragt.',
  detectAddress: 'Adresse eines kleineren Streams zum Finden der Pferde, falls es einen gibt',
  user: 'Benutzer an der Kamera',
  password: 'Passwort an der Kamera',
  passwordKept:
    'Leer lassen: Es bleibt, wie es ist. Hier stehen Punkte dafür, und niemand bekommt es wieder zu sehen.',
  further: 'Mehr zum Videostrom',
  transport: 'Weg des Videos',
  transports: { tcp: 'TCP: unterwegs geht nichts verloren', udp: 'UDP: für Kameras, die es so wollen' },
  test: 'Testen',
  testAgain: 'Noch einmal testen',
  testHint: 'Die Kamera wird für einige Sekunden geöffnet. Das dauert bis zu einer halben Minute.',
  choose: 'Welcher ihrer Streams?',
  mainStream: 'Zum Ansehen und Aufzeichnen',
  detectStream: 'Zum Finden der Pferde',
  same: 'derselbe',
  rate: (fps) => `${fps} Bilder pro Sekunde`,
  works: 'Sie liefert ein Bild.',
  fails: 'Sie liefert kein Bild.',
  pictureOf: 'Was die Kamera zeigt',
  codec: 'Codec',
  size: 'Größe',
  pictures: 'Bilder pro Sekunde',
  keyframes: 'Ein ganzes Bild alle',
  seconds: (count) => `${count} s`,
  rareKeyframes:
    'Ganze Bilder (Keyframes) kommen selten: Livebild und Aufzeichnungen beginnen spät. Stellen Sie den Abstand auf der Seite der Kamera auf 1 oder 2 Sekunden.',
  forHorses: 'Der Stream zum Finden der Pferde',
  name: 'Wie man sie nennt',
  save: 'Speichern',
  saveAnyway: 'Trotzdem speichern',
  saveAnywayHint: 'Sie wird immer wieder versucht und gezeigt, sobald sie ein Bild liefert.',
  other: 'Andere Adresse oder anderes Passwort',
  fromConfig: 'Diese Kamera steht in der Konfigurationsdatei der Box und wird dort geändert.',
  rename: 'Name',
  stream: 'Adresse und Passwort',
  id: 'Id',
  pause: 'Anhalten',
  pauseHint: 'Nichts wird beobachtet oder aufgezeichnet, bis es weitergeht.',
  goOn: 'Weiter beobachten',
  remove: 'Entfernen',
  removeHint: (id) =>
    `Mit ihr wird nicht mehr beobachtet. Ihre Pferde und Sichtungen bleiben gespeichert: Eine Kamera, die über die API mit der Id ${id} hinzugefügt wird, hat sie wieder.`,
  reallyRemove: (name) => `${name} entfernen`,
  off: {
    paused: 'Die Beobachtung ist angehalten.',
    'switched-off': 'Sie ist in der Konfiguration ausgeschaltet.',
  },
  faults: {
    password: [
      'Die Kamera weist Benutzer oder Passwort zurück.',
      'Geben Sie beide noch einmal ein, wie auf der Seite der Kamera. Nach mehreren falschen Versuchen sperren sich manche Kameras minutenlang: Warten Sie dann.',
    ],
    forbidden: [
      'Die Kamera verbietet diesem Benutzer ihren Stream.',
      'Geben Sie dem Benutzer auf der Seite der Kamera das Recht zuzusehen.',
    ],
    path: [
      'Die Kamera hat keinen Stream an dieser Adresse.',
      'Sehen Sie in der Anleitung der Kamera nach, was hinter dem Gerät stehen muss, oder geben Sie nur das Gerät ein, um seine Streams zu sehen.',
    ],
    busy: [
      'Die Kamera hat keinen Platz für einen weiteren Zuschauer.',
      'Beenden Sie andere Programme, die zusehen, oder starten Sie sie neu.',
    ],
    transport: ['Das Video kommt auf diesem Weg nicht.', 'Wählen Sie den anderen Weg: TCP oder UDP.'],
    closed: [
      'An dieser Adresse ist etwas, nimmt aber auf diesem Port keine Anrufe an.',
      'Prüfen Sie den Port (meist 554) und ob RTSP an der Kamera eingeschaltet ist.',
    ],
    'no-way': [
      'Zu dieser Adresse führt kein Weg.',
      'Prüfen Sie, ob Box und Kamera im selben Netz sind, und das Kabel der Kamera.',
    ],
    'no-host': [
      'Niemand kennt ein Gerät dieses Namens.',
      'Prüfen Sie die Schreibweise, oder nehmen Sie die IP-Adresse der Kamera.',
    ],
    timeout: [
      'An dieser Adresse antwortet nichts.',
      'Prüfen Sie Strom und Kabel der Kamera und die Adresse.',
    ],
    'broken-off': [
      'Die Kamera hat die Verbindung abgebrochen.',
      'Versuchen Sie es noch einmal. Bleibt es so, starten Sie die Kamera neu.',
    ],
    mute: [
      'Die Kamera nimmt den Anruf an, sagt aber nichts.',
      'Starten Sie die Kamera neu. Bleibt es so, ist an diesem Port vielleicht ein anderes Programm.',
    ],
    tls: [
      'Mit der Kamera kommt keine sichere Verbindung zustande.',
      'Versuchen Sie rtsp:// statt rtsps://, oder prüfen Sie den Port.',
    ],
    'no-video': ['Der Stream enthält kein Video.', 'Wählen Sie einen anderen Stream der Kamera.'],
    codec: [
      'Die Box kann dieses Video nicht dekodieren.',
      'Stellen Sie den Codec der Kamera auf H.264 oder H.265, ohne Zusätze wie „H.264+“.',
    ],
    'not-rtsp': [
      'Was dort antwortet, sendet kein Video.',
      'Prüfen Sie, ob es eine Kamera ist und der Port der von RTSP (meist 554).',
    ],
    silent: [
      'Die Kamera antwortet, aber es kommt kein Bild.',
      'Starten Sie die Kamera neu, oder wählen Sie den anderen Weg (TCP oder UDP).',
    ],
    ended: [
      'Die Kamera hat den Stream beendet.',
      'Versuchen Sie es noch einmal. Bleibt es so, sehen Sie ins Protokoll der Kamera.',
    ],
    unavailable: [
      'Die Box kann gerade keine Kameras öffnen.',
      'Warten Sie, bis sie gestartet ist; die Seite System sagt, was fehlt.',
    ],
  },
  problems: {
    address:
      'Das ist keine Adresse eines Streams: Sie beginnt mit rtsp:// oder rtsps://, oder ist der Name oder die IP-Adresse eines Geräts.',
    passwordAgain:
      'Geben Sie das Passwort noch einmal ein: Diese Adresse gehört zu einem anderen Gerät, und ein gespeichertes Passwort geht an kein anderes.',
    name: 'Ein Name hat 1 bis 60 Zeichen.',
    user: 'Ein Benutzername hat höchstens 100 Zeichen, ein Passwort 200.',
    busy: 'Es werden gerade andere Kameras getestet. Warten Sie einen Moment und versuchen Sie es noch einmal.',
    refused:
      'Das Gerät nimmt Benutzer und Passwort nicht an. Viele Kameras haben für ONVIF andere Benutzer als für ihre Seite: Legen Sie dort einen an.',
    onvif:
      'Dieses Gerät sagt per ONVIF nicht, wo seine Streams sind. Schalten Sie ONVIF an der Kamera ein, oder geben Sie die Adresse ihres Streams ein.',
    tooMany: 'Die Box hat so viele Kameras, wie sie aufnimmt.',

    disk: 'Es konnte nicht gespeichert werden: Die Platte der Box nimmt nichts an.',
    other: 'Das ging nicht:',
  },
}
