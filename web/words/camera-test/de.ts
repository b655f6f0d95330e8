/**
 * The words of a camera's acceptance test, in German.
 */
import type { CameraTestWords } from './en.ts'

export const deCameraTest: CameraTestWords = {
  title: (name) => `Prüfung von ${name}`,
  test: 'Abnahmeprüfung',
  testOf: (name) => `Abnahmeprüfung von ${name}`,
  what: 'Sieht der Kamera zwei Minuten zu und sagt, was gut ist, was nicht, und was zu tun ist. Am besten bei Tag und noch einmal im Dunkeln, mit einem Pferd vor der Kamera.',
  viewers: 'Die Kamera hat dabei drei Zuschauer mehr; manche nehmen nur wenige an.',
  start: 'Jetzt prüfen',
  again: 'Noch einmal prüfen',
  runs: (until) => `Die Prüfung läuft, bis etwa ${until}. Diese Seite zeigt das Ergebnis von selbst.`,
  otherRuns: 'Eine andere Kamera wird geprüft. Bitte warten, bis sie fertig ist.',
  look: 'Noch einmal nachsehen',
  failed: 'Aus der Prüfung wurde nichts:',
  none: 'Diese Kamera wurde noch nicht geprüft.',
  made: 'Geprüft',
  print: 'Zum Drucken oder als PDF aufheben: mit dem Drucken des Browsers.',
  pictureNow: 'Was die Kamera zeigte',
  pictureNight: 'Mit Infrarot, bei Nacht',
  toCameras: 'Alle Kameras',
  verdict: {
    ok: 'Gut genug zum Überwachen.',
    warning: 'Sie ist zu gebrauchen; manches kann besser werden.',
    problem: 'Noch nicht gut genug: einiges muss behoben werden.',
  },
  levels: { ok: 'Gut', warning: 'Könnte besser sein', problem: 'Muss behoben werden' },
  parts: {
    stream: 'Video',
    detect: 'Video zum Finden der Pferde',
    sides: 'Form der Bilder',
    steadiness: 'Beständigkeit',
    tcp: 'Verlust über TCP',
    udp: 'Verlust über UDP',
    pace: 'Zeit der Bilder',
    clock: 'Uhr der Kamera',
    light: 'Licht',
    horses: 'Pferde',
    stalls: 'Was von der Box zu sehen ist',
  },
  says: {
    streamGood: '{codec}, {width} × {height}, {fps} Bilder je Sekunde, alle {keyframe} s ein ganzes Bild.',
    streamKeyframes:
      '{codec}, {width} × {height}, {fps} Bilder je Sekunde, alle {keyframe} s ein ganzes Bild: auf der Seite der Kamera den Abstand der Keyframes auf 1 oder 2 Sekunden stellen.',
    streamSlow:
      '{codec}, {width} × {height}, nur {fps} Bilder je Sekunde: auf der Seite der Kamera mindestens 5 einstellen, 10 sind besser.',
    streamCodec:
      '{codec}, {width} × {height}, {fps} Bilder je Sekunde: H.264 spielt jeder Browser ab, das hier nicht jeder.',
    noSubstream:
      'Es gibt keins, und das einzige ist groß: ein kleineres zweites zum Finden der Pferde wählen.',
    sidesSame: 'Beide Videos haben dieselbe.',
    sidesDiffer:
      'Die Videos sind {one}- und {other}-mal so breit wie hoch: Umrisse und Rahmen passen nicht. An der Kamera dasselbe einstellen.',
    steadyGood: '{percent} % der Bilder kamen in {seconds} s, {breaks} Unterbrechungen.',
    steadyFair: '{percent} % der Bilder kamen in {seconds} s, {breaks} Unterbrechungen.',
    steadyPoor:
      '{percent} % der Bilder kamen in {seconds} s, {breaks} Unterbrechungen: nach Kabel, Switch und Funk sehen, oder die Kamera weniger senden lassen.',
    steadyUnknown: 'Es kamen zu wenige Bilder, um etwas zu sagen.',
    lossNone: 'Keins von {packets} Paketen in {seconds} s.',
    lossFew: '{lost} von {packets} Paketen in {seconds} s ({percent} %).',
    lossSome:
      '{lost} von {packets} Paketen in {seconds} s ({percent} %). Das verdirbt Bilder: nach Kabel, Switch und Funk sehen.',
    unsupported: 'Auf diesem Weg sendet die Kamera nicht.',
    refused:
      'Die Kamera lehnt diese Verbindung ab; vielleicht hat sie keinen Platz für einen Zuschauer mehr.',
    unreachable: 'Es kommt keine Verbindung zustande, oder die Kamera hat sie abgebrochen.',
    silent:
      'Die Kamera nimmt den Ruf an, aber auf diesem Weg kommt nichts. Vielleicht ist eine Firewall dazwischen.',
    paceGood: 'Ihre Zeit läuft wie unsere, bis auf {ms} ms je Minute.',
    paceOff:
      'Ihre Zeit läuft unserer {ms} ms je Minute voraus: Aufnahmen spielen zu schnell oder zu langsam. Die Kamera neu starten; bleibt es so, eine andere Bildrate einstellen.',
    clockGood: 'Auf Sekunden richtig: {seconds} s neben der Uhr des Geräts im Stall.',
    clockOff:
      '{seconds} s neben der Uhr des Geräts im Stall: auf der Seite der Kamera die Zeit stellen, am besten mit NTP vom Router.',
    clockUnknown: 'Die Kamera sagt ihre Zeit nicht.',
    lightDay: 'Bei Tag. Im Dunkeln noch einmal prüfen: in den meisten Nächten kommt es auf das Nachtbild an.',
    lightDayNight: 'Bei Tag; ein Bild mit Infrarot ist daneben aufgehoben.',
    lightNight: 'Ohne Farbe: so sieht es bei Nacht aus.',
    lightDark: 'Es ist kaum etwas zu erkennen: die Infrarotlampe einschalten oder für Licht sorgen.',
    horsesNone: 'Auf diesem Bild ist keins zu sehen. Eins vor die Kamera bringen und noch einmal prüfen.',
    horsesTiny:
      '{count} zu sehen, das größte {height} Pixel hoch: zu klein zum Unterscheiden. Die Kamera näher anbringen oder heranzoomen.',
    horsesSmall:
      '{count} zu sehen, das größte {height} Pixel hoch. Ab {least} Pixeln sind Pferde weit besser zu unterscheiden.',
    horsesGood: '{count} zu sehen, das größte {height} Pixel hoch.',
    horsesUnknown: 'Niemand konnte nach Pferden sehen: die Modelle sind nicht geladen.',
    stallsNone: 'Auf dem Bild dieser Kamera ist noch keine Box eingezeichnet.',
    stallSeen: '{name}: {percent} % des Eingezeichneten sind zu erkennen.',
    stallCut:
      '{name}: {percent} % des Umrisses laufen am Bildrand entlang. Dahinter geht die Box weiter, wo die Kamera nicht hinsieht: die Kamera drehen oder höher hängen.',
    stallBlind: '{name}: {percent} % davon sind schwarz oder blenden. Lampe, Maske oder Kamera versetzen.',
  },
}
