/**
 * What is said on a telephone of what is not as it should be, and how a telephone is told of it, in English.
 */
export const enPush = {
  title: 'This device',
  about:
    'Alerts can come to this device while no page is open, by the push service of its browser’s maker. That needs Internet, here and at the box; what is said is encrypted for this device.',
  off: 'The configuration of the box does not allow it: it needs `push: {}` below `alerts`.',
  noUser: 'For that, log in under your own name: a device belongs to somebody.',
  cannot:
    'This browser cannot do it. It allows it only when the page was opened over https, with a certificate that it trusts. On an iPhone or iPad, add the page to the home screen first and open it from there.',
  isOn: 'This device is told.',
  isOff: 'This device is not told.',
  least: 'Tell me',
  levels: { info: 'everything', warning: 'warnings and what is urgent', critical: 'only what is urgent' },
  turnOn: 'Tell this device',
  turnOff: 'Tell it no more',
  change: 'Change',
  test: 'Send a test',
  sent: 'A test is on its way. It should come within a few seconds.',
  denied: 'The browser was told to let nothing through from this page: allow notifications in its settings.',
  failed: 'That did not work. Is there Internet, here and at the box?',
  others: 'Your other devices',
  remove: 'Remove',
  way: 'Push to telephones',
  message: {
    again: (kind: string) => `Still: ${kind}`,
    over: (kind: string) => `Over: ${kind}`,
    late: 'Told late.',
    test: 'A test from the barn',
    testBody: 'This device is told of alerts.',
  },
}

export type PushWords = typeof enPush
