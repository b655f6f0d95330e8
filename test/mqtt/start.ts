/**
 * Brokers and boxes that end with their test.
 */
import type { Test } from 'tap'
import { type RunningMqtt, startMqtt } from '../../daemon/mqtt/bridge.ts'
import { type Broker, type BrokerRules, createBroker } from '../support/broker.ts'
import { type FakeBarn, mqttConfig } from './barn.ts'
import { type HomeAssistant, startHomeAssistant } from './home-assistant.ts'

export async function broker(t: Test, rules: BrokerRules = {}): Promise<Broker> {
  const made = await createBroker(rules)
  t.teardown(() => made[Symbol.asyncDispose]())
  return made
}

export async function startedBroker(t: Test, rules: BrokerRules = {}): Promise<Broker> {
  const made = await broker(t, rules)
  await made.start()
  return made
}

/** Without pictures unless they are asked for. */
export function start(t: Test, url: string, barn: FakeBarn, more: object = {}): RunningMqtt {
  const config = mqttConfig({ url, snapshots: false, ...more })
  const bridge = startMqtt(config, barn.deps, new AbortController().signal)
  t.teardown(() => bridge[Symbol.asyncDispose]())
  return bridge
}

export async function home(t: Test, url: string, more: object = {}): Promise<HomeAssistant> {
  const made = await startHomeAssistant(url, more)
  t.teardown(() => made[Symbol.asyncDispose]())
  return made
}

/** Carries its events until the test ends. */
export function delivering(t: Test, barn: FakeBarn): void {
  const running = barn.deliver()
  t.teardown(() => running[Symbol.asyncDispose]())
}
