/**
 * `barnbox mqtt check`: what of the broker works for this box, and what to mend.
 */
import type { Loaded } from '../config/load.ts'
import { BarnboxError } from '../lib/errors.ts'
import { silentLog } from '../lib/log.ts'
import { type CheckOptions, checkBroker, type Finding } from '../mqtt/check.ts'
import { topicsOf } from '../mqtt/topics.ts'
import { openRegistry, registryFile } from '../registry/registry.ts'

export type { Finding }

/** Throws `BAD_REQUEST` where the config names no broker. */
export async function mqttCheck(
  { config, secrets }: Loaded,
  stateDir: string,
  signal: AbortSignal,
): Promise<Finding[]> {
  const { mqtt } = config
  if (!mqtt) throw new BarnboxError('BAD_REQUEST', 'the config names no broker: there is no mqtt in it')
  // The box's id is minted at the first start of whoever comes first.
  const registry = openRegistry(registryFile(stateDir), silentLog, 'none')
  const { boxId } = registry
  registry[Symbol.dispose]()
  const { prefix, status_topic: homeStatus, discovery: wantsHome } = mqtt.home_assistant
  const broker: CheckOptions['broker'] = {
    ...{ url: mqtt.url, username: mqtt.username, password: secrets.mqttPassword, tls: secrets.mqttTls },
    ...{ version: mqtt.version, forbidsRetain: mqtt.force_disable_retain },
  }
  const topics = topicsOf(mqtt.base_topic, boxId)
  return await checkBroker({ broker, topics, boxId, prefix, homeStatus, wantsHome }, signal)
}
