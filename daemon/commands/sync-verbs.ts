/**
 * What `barnbox sync` may be asked. Apart from what answers, which is loaded when it is asked.
 */
export type SyncVerb = 'status' | 'check' | 'now' | 'reset'

export const syncVerbs: readonly (readonly [verb: SyncVerb, does: string])[] = [
  ['status', 'how the box and it stand to each other'],
  ['check', 'say whether it works, and what to mend; makes its schema where the role may'],
  ['now', 'tell and hear all at once'],
  ['reset', 'tell and hear all anew the next time'],
]
