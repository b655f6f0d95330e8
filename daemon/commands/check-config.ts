/**
 * `barnbox check-config`: says whether a config would be taken, without starting anything.
 */
import type { Loaded } from '../config/load.ts'

/** A short account of a config that was loaded without a problem. */
export function describeConfig({ config }: Loaded, file: string): string {
  const cameras = config.cameras.filter(({ enabled }) => enabled).length
  const served = `${config.http.tls === undefined ? 'http' : 'https'}://${config.http.host}:${config.http.port}`
  const mqtt = config.mqtt ? 'MQTT is configured' : 'MQTT is not configured'
  return `${file} is right: ${cameras} of ${config.cameras.length} cameras enabled, page at ${served}, ${mqtt}.`
}
