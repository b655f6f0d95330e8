/**
 * The words of a camera's acceptance test, for its page and the command. What is measured stands in braces.
 */
import type { TestFinding } from '../../daemon/camera-test-types.ts'
import type { FaultReason } from '../../daemon/types.ts'
import { cameraLanguages } from './camera.ts'
import { deCameraTest } from './camera-test/de.ts'
import { type CameraTestWords, enCameraTest } from './camera-test/en.ts'
import { esCameraTest } from './camera-test/es.ts'
import { frCameraTest } from './camera-test/fr.ts'
import type { Language, Spoken } from './languages.ts'

export const cameraTestLanguages: Readonly<Record<Language, CameraTestWords>> = {
  en: enCameraTest,
  de: deCameraTest,
  es: esCameraTest,
  fr: frCameraTest,
}

export const cameraTestWords = ({ words }: Pick<Spoken, 'words'>): CameraTestWords =>
  cameraTestLanguages[words.language as Language]

const codecNames: Readonly<Record<string, string>> = { h264: 'H.264', hevc: 'H.265', mjpeg: 'MJPEG' }

/** A finding as people read it. */
export function findingWords({ says, of }: TestFinding, language: Language): string {
  if (says === 'fault') {
    const said = cameraLanguages[language].faults[of['reason'] as FaultReason]
    return `${said.join(' ')} (${of['code']})`
  }
  const told = (name: string) => {
    const value = of[name] ?? '?'
    if (name === 'codec') return codecNames[value] ?? String(value)
    return typeof value === 'number' ? value.toLocaleString(language) : value
  }
  return cameraTestLanguages[language].says[says].replace(/\{(\w+)\}/g, (_, name: string) => told(name))
}
