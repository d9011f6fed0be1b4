/** T19: each test alone gives its code, and of two that fail the earlier gives it. */
import { describe, expect, test } from 'vitest'
import type { Access, MailboxFacts, Method } from '../../src/engine/ports.js'
import { type Admission, refusalOf } from '../../src/engine/track/admit.js'

const facts: MailboxFacts = {
  user: 'ann',
  address: 'ann@contoso.test',
  timeZone: 'UTC',
  method: 'client',
  approved: true,
  enabled: { incoming: true, outgoing: true, act: true },
  queue: false,
  autoTrack: 'none',
  folderRules: [],
  filters: {}
}

const access: Access = {
  privileges: { sync: true, create: true, update: true, delete: true },
  fields: {},
  teams: [],
  businessUnit: '',
  epoch: ''
}

const admission: Admission = {
  gesture: 'track',
  kind: 'email',
  facts,
  access,
  by: 'ann',
  isTracked: false,
  contacts: 1,
  maxContacts: 20,
  parentIsReadable: true,
  mapped: ['email', 'contact', 'appointment', 'task']
}

type Fault = readonly [name: string, spoil: (asked: Admission) => Admission, code: string]

const withFacts =
  (over: Partial<MailboxFacts>) =>
  (asked: Admission): Admission => ({ ...asked, facts: { ...asked.facts, ...over } })

const withEnabled =
  (over: Partial<MailboxFacts['enabled']>) =>
  (asked: Admission): Admission =>
    withFacts({ enabled: { ...asked.facts.enabled, ...over } })(asked)

const without =
  (...lost: ReadonlyArray<keyof Access['privileges']>) =>
  (asked: Admission): Admission => ({
    ...asked,
    access: {
      ...asked.access,
      privileges: { ...asked.access.privileges, ...Object.fromEntries(lost.map((one) => [one, false])) }
    }
  })

const over =
  (spoilt: Partial<Admission>) =>
  (asked: Admission): Admission => ({ ...asked, ...spoilt })

/** What stands behind the kind in the order, the same for every kind. */
const later = (off: Partial<MailboxFacts['enabled']>, code: string): ReadonlyArray<Fault> => [
  ['not approved', withFacts({ approved: false }), 'not-approved'],
  ['direction off', withEnabled(off), code],
  ['no sync', without('sync'), 'missing-privilege'],
  ['no right to write', without('create', 'update'), 'missing-privilege'],
  ['hidden target', over({ parentIsReadable: false }), 'missing-privilege']
]

const noAct = later({ act: false }, 'method-unsupported')
const tooMany: Fault = ['too many', over({ contacts: 21 }), 'too-many-selected']
const byBob = over({ by: 'bob' })

/** Base, and its tests in the order of T19. */
const orders: ReadonlyArray<readonly [base: string, asked: Admission, faults: ReadonlyArray<Fault>]> = [
  [
    'Track of a message',
    admission,
    [
      ['another gesture', over({ gesture: 'setParent' }), 'method-unsupported'],
      ['POP', withFacts({ method: 'pop' }), 'method-unsupported'],
      ['delegate', (asked) => byBob(withFacts({ method: 'server-side' })(asked)), 'method-unsupported'],
      ...later({ incoming: false }, 'incoming-disabled'),
      tooMany
    ]
  ],
  [
    'Set Regarding of a message that is not tracked',
    { ...admission, gesture: 'setRegarding' },
    [
      ['delegate', byBob, 'missing-privilege'],
      ['POP', withFacts({ method: 'pop' }), 'method-unsupported'],
      ...later({ incoming: false }, 'incoming-disabled')
    ]
  ],
  [
    'Set Regarding of a tracked task',
    { ...admission, gesture: 'setRegarding', kind: 'task', isTracked: true },
    [
      ['another gesture', over({ gesture: 'setParent' }), 'method-unsupported'],
      ['router', withFacts({ method: 'router' }), 'method-unsupported'],
      ...noAct
    ]
  ],
  [
    'Set Parent of a contact',
    { ...admission, gesture: 'setParent', kind: 'contact' },
    [
      ['delegate', byBob, 'missing-privilege'],
      ['another gesture', over({ gesture: 'setRegarding' }), 'method-unsupported'],
      ['a lead as parent', over({ targetType: 'lead' }), 'method-unsupported'],
      ['router', withFacts({ method: 'router' }), 'method-unsupported'],
      ...noAct,
      tooMany
    ]
  ],
  [
    'Untrack of a tracked message',
    { ...admission, gesture: 'untrack', isTracked: true },
    [
      ['POP', withFacts({ method: 'pop' }), 'method-unsupported'],
      ['not approved', withFacts({ approved: false }), 'not-approved'],
      ['no sync', without('sync'), 'missing-privilege']
    ]
  ],
  [
    'Track of a task',
    { ...admission, kind: 'task' },
    [['a series', over({ isSeries: true }), 'method-unsupported'], ...noAct]
  ],
  [
    'Track of a queue’s message',
    { ...admission, facts: { ...facts, queue: true, method: 'server-side' } },
    [
      ['a method without queues', withFacts({ method: 'app' }), 'method-unsupported'],
      ...later({ incoming: false }, 'incoming-disabled')
    ]
  ]
]

describe.each(orders)('%s', (_, asked, faults) => {
  test('is admitted', () => expect(refusalOf(asked)).toBeUndefined())

  test.each(faults)('%s', (_name, spoil, code) => expect(refusalOf(spoil(asked))).toBe(code))

  const pairs = faults.flatMap((earlier, at) => faults.slice(at + 1).map((late) => [earlier, late] as const))

  // Two faults that spoil the same fact are one fault: the earlier is spoilt last.
  test.each(pairs.map(([earlier, late]) => [earlier[0], late[0], earlier, late] as const))(
    '%s goes before %s',
    (_earlier, _late, [, spoil, code], [, spoilToo]) => expect(refusalOf(spoil(spoilToo(asked)))).toBe(code)
  )
})

describe('methods (4.2)', () => {
  const refusedUnder = (kind: string, asked: Partial<Admission> = {}): ReadonlyArray<Method> =>
    (['server-side', 'client', 'app', 'router', 'pop'] as const).filter(
      (method) => refusalOf({ ...admission, ...asked, kind, facts: { ...facts, ...asked.facts, method } }) !== undefined
    )

  test('a message is tracked under all but POP, anything else not under the router either', () => {
    expect(refusedUnder('email')).toEqual(['pop'])
    for (const kind of ['appointment', 'contact', 'task']) expect(refusedUnder(kind)).toEqual(['router', 'pop'])
  })

  test('a kind without a mapping is carried by no method', () => {
    expect(refusedUnder('note')).toHaveLength(5)
  })

  test('a delegate is somebody only under `client` and `app`', () => {
    expect(refusedUnder('email', { by: 'bob' })).toEqual(['server-side', 'router', 'pop'])
    expect(refusedUnder('task', { by: 'bob' })).toEqual(['server-side', 'router', 'pop'])
  })

  test('T14: a delegate tracks no contact, whatever the method', () => {
    for (const method of ['server-side', 'client', 'app', 'router', 'pop'] as const)
      expect(refusalOf({ ...admission, kind: 'contact', by: 'bob', facts: { ...facts, method } })).toBe(
        'missing-privilege'
      )
  })

  test('T14: a delegate may change the regarding of what is tracked', () => {
    expect(refusalOf({ ...admission, by: 'bob', gesture: 'setRegarding', isTracked: true })).toBeUndefined()
  })

  test('a queue’s mailbox holds messages alone, and is not known to every method', () => {
    const queue = { facts: { ...facts, queue: true } }
    expect(refusedUnder('email', queue)).toEqual(['client', 'app', 'pop'])
    for (const kind of ['appointment', 'contact', 'task']) expect(refusedUnder(kind, queue)).toHaveLength(5)
  })
})

describe('rights', () => {
  const lacking = (lost: 'create' | 'update', asked: Partial<Admission>) =>
    refusalOf(without(lost)({ ...admission, ...asked }))

  test('create is asked only where something is to be made', () => {
    expect(lacking('create', {})).toBe('missing-privilege')
    expect(lacking('create', { isTracked: true })).toBeUndefined()
    expect(lacking('create', { gesture: 'setRegarding', isTracked: true })).toBeUndefined()
    expect(lacking('create', { makesRecord: false })).toBeUndefined()
  })

  test('update is asked for another regarding or parent of a record that is there', () => {
    expect(lacking('update', {})).toBeUndefined()
    expect(lacking('update', { isTracked: true })).toBeUndefined()
    expect(lacking('update', { gesture: 'setRegarding' })).toBeUndefined()
    expect(lacking('update', { gesture: 'setRegarding', isTracked: true })).toBe('missing-privilege')
    expect(lacking('update', { gesture: 'setRegarding', makesRecord: false })).toBe('missing-privilege')
    expect(lacking('update', { gesture: 'setParent', kind: 'contact', isTracked: true })).toBe('missing-privilege')
  })
})

describe('T5: how many contacts', () => {
  test('twenty pass, twenty-one do not, tracked ones count', () => {
    expect(refusalOf({ ...admission, kind: 'contact', contacts: 20 })).toBeUndefined()
    expect(refusalOf({ ...admission, kind: 'contact', contacts: 21 })).toBe('too-many-selected')
    expect(refusalOf({ ...admission, kind: 'contact', contacts: 21, isTracked: true })).toBe('too-many-selected')
  })

  test('one too many is one too many for the messages that are selected with them', () => {
    expect(refusalOf({ ...admission, contacts: 20 })).toBeUndefined()
    expect(refusalOf({ ...admission, contacts: 21 })).toBe('too-many-selected')
  })

  test('Set Regarding takes no contacts, and has no limit', () => {
    expect(refusalOf({ ...admission, gesture: 'setRegarding', contacts: 21 })).toBeUndefined()
  })
})

test('T4: a tracked item may be tracked again; Untrack and an answer are refused to nobody', () => {
  expect(refusalOf({ ...admission, isTracked: true })).toBeUndefined()
  const closed = { ...facts, approved: false, method: 'pop' } as const
  for (const gesture of ['untrack', 'resolve'] as const)
    expect(refusalOf({ ...admission, gesture, facts: closed })).toBeUndefined()
})
