/**
 * `barnbox check-config`: says whether a config would be taken, without starting anything.
 */
import type { Loaded } from '../config/load.ts'

/** A short account of a config that was loaded without a problem. */
export function describeConfig({ config, kept, beneath, warnings }: Loaded, file: string): string {
  const cameras = config.cameras.filter(({ enabled }) => enabled).length
  const served = `${config.http.tls === undefined ? 'http' : 'https'}://${config.http.host}:${config.http.port}`
  const mqtt = config.mqtt ? 'MQTT is configured' : 'MQTT is not configured'
  const added = kept.length === 0 ? '' : ` (${kept.length} of them added on the page)`
  const right = `${file} is right: ${cameras} of ${config.cameras.length} cameras enabled${added}, page at ${served}, ${mqtt}.`
  const restored =
    beneath === null ? [] : [`What it does not say is as in ${beneath}, of the box that was restored.`]
  return [right, ...restored, ...warnings].join('\n')
}
