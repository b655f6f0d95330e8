/**
 * The words of the pages for whoever keeps the box. Apart from the other catalogue, because no script needs them: what
 * stands there is loaded by every phone.
 */
import { deAlerts } from './alerts/de.ts'
import { enAlerts } from './alerts/en.ts'
import { esAlerts } from './alerts/es.ts'
import { frAlerts } from './alerts/fr.ts'
import { deApi } from './api/de.ts'
import { enApi } from './api/en.ts'
import { esApi } from './api/es.ts'
import { frApi } from './api/fr.ts'
import { deApp } from './app/de.ts'
import { enApp } from './app/en.ts'
import { esApp } from './app/es.ts'
import { frApp } from './app/fr.ts'
import { deBox } from './box/de.ts'
import { enBox } from './box/en.ts'
import { esBox } from './box/es.ts'
import { frBox } from './box/fr.ts'
import type { Language, Spoken } from './languages.ts'
import { dePush } from './push/de.ts'
import { enPush } from './push/en.ts'
import { esPush } from './push/es.ts'
import { frPush } from './push/fr.ts'
import { deRefusals } from './refusals/de.ts'
import { enRefusals } from './refusals/en.ts'
import { esRefusals } from './refusals/es.ts'
import { frRefusals } from './refusals/fr.ts'
import { deRestore } from './restore/de.ts'
import { enRestore } from './restore/en.ts'
import { esRestore } from './restore/es.ts'
import { frRestore } from './restore/fr.ts'
import { deStalls } from './stalls/de.ts'
import { enStalls } from './stalls/en.ts'
import { esStalls } from './stalls/es.ts'
import { frStalls } from './stalls/fr.ts'
import { deTimes } from './times/de.ts'
import { enTimes } from './times/en.ts'
import { esTimes } from './times/es.ts'
import { frTimes } from './times/fr.ts'

const english = {
  ...enBox,
  alerts: enAlerts,
  push: enPush,
  times: enTimes,
  stalls: enStalls,
  refusals: enRefusals,
  restore: enRestore,
  app: enApp,
  api: enApi,
}
export type BoxWords = typeof english

export const boxLanguages: Readonly<Record<Language, BoxWords>> = {
  en: english,
  de: {
    ...deBox,
    alerts: deAlerts,
    push: dePush,
    times: deTimes,
    stalls: deStalls,
    refusals: deRefusals,
    restore: deRestore,
    app: deApp,
    api: deApi,
  },
  es: {
    ...esBox,
    alerts: esAlerts,
    push: esPush,
    times: esTimes,
    stalls: esStalls,
    refusals: esRefusals,
    restore: esRestore,
    app: esApp,
    api: esApi,
  },
  fr: {
    ...frBox,
    alerts: frAlerts,
    push: frPush,
    times: frTimes,
    stalls: frStalls,
    refusals: frRefusals,
    restore: frRestore,
    app: frApp,
    api: frApi,
  },
}

export const boxWords = ({ words }: Pick<Spoken, 'words'>): BoxWords =>
  boxLanguages[words.language as Language]
