/**
 * What no single key shows (pure): looked for in the tree as it was read, so that other mistakes hide nothing.
 */
type Tree = Readonly<Record<string, unknown>>

function asTree(value: unknown): Tree {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Tree) : {}
}

function camerasOf(tree: Tree): Tree[] {
  const { cameras } = tree
  return Array.isArray(cameras) ? cameras.map(asTree) : []
}

function listIn(tree: Tree, key: string): Tree[] {
  const list = asTree(tree['alerts'])[key]
  return Array.isArray(list) ? list.map(asTree) : []
}

const webhooksOf = (tree: Tree) => listIn(tree, 'webhooks')

/** Webhooks are told apart by their names; schedules name cameras that there are. */
function alertProblems(tree: Tree, cameras: ReadonlySet<unknown>): string[] {
  const names = webhooksOf(tree).map(({ name = 'webhook' }) => name)
  const twice = names.flatMap((name, index) =>
    names.indexOf(name) < index
      ? [`alerts.webhooks.${index}.name: the name ${String(name)} stands twice`]
      : [],
  )
  const unknown = listIn(tree, 'schedules').flatMap(({ cameras: named }, index) =>
    (Array.isArray(named) ? named : []).flatMap((id: unknown, at) =>
      cameras.has(id) ? [] : [`alerts.schedules.${index}.cameras.${at}: there is no camera ${String(id)}`],
    ),
  )
  return [...twice, ...unknown]
}

/** What is told must not look like what is discovered; certificates need a connection that has them. */
function mqttProblems(tree: Tree): string[] {
  const mqtt = asTree(tree['mqtt'])
  const { base_topic: base = 'barnbox', url, cert_file: cert, key_file: key } = mqtt
  const { prefix = 'homeassistant' } = asTree(mqtt['home_assistant'])
  const isTls = typeof url === 'string' && url.startsWith('mqtts:')
  const certificates = ['ca_file', 'cert_file', 'key_file'].filter((name) => mqtt[name] !== undefined)
  return [
    ...(base === prefix ? ['mqtt.base_topic: must be another than mqtt.home_assistant.prefix'] : []),
    ...(isTls ? [] : certificates.map((name) => `mqtt.${name}: only with an address like mqtts://host:8883`)),
    ...((cert === undefined) === (key === undefined) ? [] : ['mqtt.cert_file: goes with mqtt.key_file']),
  ]
}

function syncProblems(tree: Tree): string[] {
  const { tls, ca_file: ca } = asTree(tree['sync'])
  return tls === 'off' && ca !== undefined ? ['sync.ca_file: only where sync.tls is verify'] : []
}

/** The problems between keys, each with its path. */
export function crossProblems(tree: Tree): string[] {
  const problems: string[] = []
  const seen = new Set<unknown>()
  camerasOf(tree).forEach(({ id }, index) => {
    if (seen.has(id)) problems.push(`cameras.${index}.id: the id ${String(id)} stands twice`)
    if (typeof id === 'string') seen.add(id)
  })
  camerasOf(tree).forEach(({ id, overlaps }, index) => {
    if (!Array.isArray(overlaps)) return
    overlaps.forEach((other: unknown, at) => {
      const path = `cameras.${index}.overlaps.${at}`
      if (other === id) problems.push(`${path}: a camera always shows what it shows: leave it out`)
      else if (!seen.has(other)) problems.push(`${path}: there is no camera ${String(other)}`)
    })
  })
  camerasOf(tree).forEach((camera, index) => {
    const problem = deviceProblem(camera)
    if (problem) problems.push(`cameras.${index}.decode_device: ${problem}`)
  })
  const isRecording = asTree(tree['recording'])['enabled'] === true
  camerasOf(tree).forEach(({ record }, index) => {
    if (record === true && !isRecording)
      problems.push(`cameras.${index}.record: nothing is recorded while recording.enabled is not true`)
  })
  problems.push(...alertProblems(tree, seen), ...mqttProblems(tree), ...syncProblems(tree))
  return problems
}

function deviceProblem({ decode, decode_device: device }: Tree): string | undefined {
  if (device === undefined) return undefined
  if (decode === 'vaapi') {
    return String(device).startsWith('/') ? undefined : 'must be a path like /dev/dri/renderD128'
  }
  if (decode === 'cuda') {
    return /^\d+$/.test(String(device)) ? undefined : 'must be the number of a card, like 0'
  }
  return `decode: ${String(decode ?? 'software')} has no device to choose`
}

export interface SecretFile {
  /** Where in the config it is named. */
  readonly path: string
  readonly file: string
}

const redisOf = (tree: Tree) => asTree(asTree(asTree(tree['sync'])['barnhand'])['redis'])

/** Every secret file that the config names. */
export function secretFiles(tree: Tree): SecretFile[] {
  const named: [path: string, file: unknown][] = [
    ['http.token_file', asTree(tree['http'])['token_file']],
    ['mqtt.password_file', asTree(tree['mqtt'])['password_file']],
    ...['password_file', 'access_key_file', 'secret_key_file'].map(
      (key) => [`backup.restic.${key}`, asTree(asTree(tree['backup'])['restic'])[key]] as [string, unknown],
    ),
    ['sync.password_file', asTree(tree['sync'])['password_file']],
    ['sync.barnhand.redis.password_file', redisOf(tree)['password_file']],
    ...camerasOf(tree).map(
      (camera, index) => [`cameras.${index}.password_file`, camera['password_file']] as [string, unknown],
    ),
    ...webhooksOf(tree).map(
      (webhook, index) =>
        [`alerts.webhooks.${index}.secret_file`, webhook['secret_file']] as [string, unknown],
    ),
  ]
  return named.flatMap(([path, file]) => (typeof file === 'string' && file !== '' ? [{ path, file }] : []))
}
