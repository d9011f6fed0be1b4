/**
 * Whatever stands in a message or is said of a mailbox: each message ends in a reason code, in time, and nothing of the
 * process is changed by it (F37 to F40).
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AutoTrack } from '../../src/engine/ports.js'
import { type Fields, Misuse, reasonCodes, type Value } from '../../src/model/index.js'
import { runs } from '../runs.js'
import { addressOf, type Boxes, House, type HouseOptions } from './house.js'

const prototypeWords = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'] as const

/** As JSON makes it: `__proto__` is a key of its own. */
const keyed = (entries: ReadonlyArray<readonly [string, Value]>): Fields =>
  JSON.parse(`{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`)

const word = fc.constantFrom(
  ...prototypeWords,
  ...prototypeWords.map((name) => `${name}@contoso.test`),
  ...prototypeWords.map((name) => `<${name}>`),
  'a\r\nBcc: evil@far.test',
  'ann@contoso.test\nX-Injected: 1',
  'ann@contoso.test\u0000',
  '<ann@contoso.test',
  'ann@contoso.test>',
  '"ann@contoso.test',
  '@@',
  '\ud800',
  '\u202e',
  "'; DROP TABLE records; --",
  '%_*?(){}[]',
  'CRM:',
  'CRM:0001001 crm:99999999999999999999999999999999',
  '2026-13-45T99:99:99Z',
  '9'.repeat(400),
  ''
)

const anyText = fc.oneof(word, fc.string({ unit: 'binary', maxLength: 20 }))

const { tree: anyValue } = fc.letrec<{ tree: Value }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    anyText,
    fc.constantFrom<Value>(null, true, false, 0, -1, 1e308),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.oneof(word, fc.constantFrom('address', 'name', 'list')), tie('tree')), { maxLength: 3 })
      .map(keyed)
  )
}))

const anyField = fc.oneof(
  fc.constantFrom('messageId', 'inReplyTo', 'references', 'conversationIndex', 'subject', 'from', 'to', 'cc', 'bcc'),
  fc.constantFrom('sentAt', 'receivedAt', 'isDraft', 'isPrivate', 'body', 'attachments', 'headers', 'importance'),
  fc.constantFrom(...prototypeWords)
)

const anyFields = fc.array(fc.tuple(anyField, anyValue), { maxLength: 10 }).map(keyed)

const anyMessage = fc.record({
  fields: fc.oneof(
    anyFields,
    anyFields.map((fields) => ({ from: 'otto@far.test', to: [addressOf('ann')], ...fields }))
  ),
  folder: fc.constantFrom('inbox', 'inbox', 'inbox/__proto__', 'sent', '__proto__', 'constructor'),
  categories: fc.subarray(['Tracked', '__proto__', 'constructor']),
  isTracked: fc.boolean(),
  regarding: fc.constantFrom(undefined, '__proto__', 'constructor', 'opp1')
})

const settings = fc.record({
  createUnknownSender: fc.constantFrom('none', 'contact', 'lead'),
  autoTrackSent: fc.boolean(),
  correlation: fc.record({
    references: fc.boolean(),
    smartMatching: fc.boolean(),
    tokenPrefixes: fc.constantFrom(['CRM:'], ['__proto__'], ['(.*)+$'])
  })
})

const houseOf = (chosen: HouseOptions['settings'], autoTrack: AutoTrack = 'all'): House => {
  const folderRules = [{ folder: 'inbox/__proto__' }]
  const boxes: Boxes = { ann: { autoTrack, folderRules }, ['constructor' as string]: { autoTrack: 'replies' } }
  const house = new House({ boxes, settings: chosen ?? {} })
  house.records.host.put({ ref: 'opp1', type: 'opportunity', fields: { name: 'Boat' } })
  return house
}

const codes: ReadonlySet<string> = new Set(reasonCodes)
const untouched = JSON.stringify([
  Object.getOwnPropertyNames(Object.prototype),
  Object.getOwnPropertyNames(Array.prototype)
])

/** Cycles of everybody, after which each message has a code that is known, and the counts add up. */
const allAnswered = async (house: House): Promise<void> => {
  for (let round = 0; round < 3; round += 1) {
    for (const id of house.ids) {
      const { outcome, counts, decisions } = await house.sync(id)
      expect(outcome).toBe('completed')
      const { looked, done, left, conflicted, held, failed } = counts
      expect(done + left + conflicted + held + failed).toBe(looked)
      for (const { code } of decisions) expect(codes.has(code)).toBe(true)
    }
    house.nowMs += 5 * 60_000
  }
  for (const id of house.ids)
    for (const { ref } of house.box(id).all()) {
      const { code, text } = await house.engine(id).explain(id, 'mail', ref)
      expect([codes.has(code), text.length > 0]).toEqual([true, true])
      await house.engine(id).pane(id, ref)
    }
  expect(
    JSON.stringify([Object.getOwnPropertyNames(Object.prototype), Object.getOwnPropertyNames(Array.prototype)])
  ).toBe(untouched)
}

test('F39, F40: fields, addresses, folders and categories of any shape', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(anyMessage, { minLength: 1, maxLength: 4 }),
      settings,
      fc.constantFrom<AutoTrack>('all', 'replies', 'known-senders'),
      async (messages, chosen, autoTrack) => {
        const house = houseOf(chosen, autoTrack)
        for (const [at, { fields, folder, categories, isTracked, regarding }] of messages.entries()) {
          const ref = `m${at}`
          house.box('ann').put({ ref, kind: 'email', folder, categories, fields })
          house.box('constructor').put({ ref, kind: 'email', folder, categories, fields })
          if (!isTracked) continue
          await house.engine('ann').track('ann', ref, regarding === undefined ? {} : { regarding })
        }
        await allAnswered(house)
      }
    ),
    runs(0.15)
  ))

const deep = (levels: number): Value => {
  let value: Value = 'leaf'
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { deeper: value }
  return value
}

const many = (count: number): ReadonlyArray<string> => Array.from({ length: count }, (_, at) => `u${at}@far.test`)
const head = { from: 'otto@far.test', to: [addressOf('ann')], subject: 'Offer', messageId: '<big@far.test>' }

const bombs: ReadonlyArray<readonly [string, Fields]> = [
  ['a megabyte of recipients in one text', { to: many(60_000).join(', ') }],
  ['a megabyte of recipients in a list', { to: many(60_000) }],
  ['as many recipients as are allowed', { to: [addressOf('ann'), ...many(4_999)] }],
  ['a megabyte of open brackets in a recipient', { to: ['<'.repeat(1_000_000)] }],
  ['a megabyte of open quotes in the sender', { from: `${'"\\'.repeat(500_000)}<otto@far.test>` }],
  ['a megabyte of spaces in the sender', { from: `otto${' '.repeat(1_000_000)}@far.test` }],
  ['a hundred thousand references in a list', { references: many(100_000).map((id) => `<${id}>`) }],
  ['a hundred thousand references in one text', { references: many(100_000).join('\r\n ') }],
  ['a megabyte of In-Reply-To', { inReplyTo: `<${'x'.repeat(1_000_000)}@far.test>` }],
  ['a megabyte of Message-ID', { messageId: `<${'x'.repeat(1_000_000)}@far.test>` }],
  ['a megabyte of subject without a colon at its end', { subject: 'Re '.repeat(350_000) }],
  ['a megabyte of prefixes in the subject', { subject: 'RE: '.repeat(250_000) }],
  ['a megabyte of one word in the subject', { subject: 'R'.repeat(1_000_000) }],
  ['a hundred thousand tokens in the subject', { subject: 'CRM:0001001 '.repeat(100_000) }],
  ['a megabyte of digits in a token', { subject: `CRM:${'1'.repeat(1_000_000)}` }],
  ['a megabyte of conversation index', { conversationIndex: 'A'.repeat(1_000_000) }],
  ['a megabyte of text', { body: '<'.repeat(1_000_000) }],
  ['ten thousand attachments', { attachments: Array.from({ length: 10_000 }, (_, at) => ({ name: `f${at}` })) }],
  ['a deep field', { note: deep(1000) }],
  ['a deep sender', { from: deep(1000) }],
  ['a deep subject and deep recipients', { subject: deep(1000), to: [deep(1000)], references: deep(1000) }],
  ['ten thousand fields', Object.fromEntries(many(10_000).map((name) => [name, 'x']))]
]

/** Far more than any of them needs, and far less than what is quadratic in a megabyte. */
const boundMs = 5000

const everything = {
  createUnknownSender: 'contact',
  correlation: { references: true, smartMatching: true, tokenPrefixes: ['CRM:'] }
} as const

test.each(bombs)('F37: %s: a reason code, in time', async (_name, fields) => {
  const startedAt = performance.now()
  const house = houseOf(everything)
  house.box('ann').put({ ref: 'plain', kind: 'email', fields: { ...head, messageId: '<plain@far.test>' } })
  house.box('ann').put({ ref: 'bomb', kind: 'email', fields: { ...head, ...fields } })
  house.box('ann').put({ ref: 'tracked', kind: 'email', fields: { ...head, ...fields } })
  await house.engine('ann').track('ann', 'tracked')
  await allAnswered(house)
  // It keeps nobody else back (34).
  expect((await house.allLinks()).some(({ item }) => item === 'plain')).toBe(true)
  expect(performance.now() - startedAt).toBeLessThan(boundMs)
})

test('F39: words of prototypes in a configuration are taken as names, or refused as misuse', async () => {
  for (const name of prototypeWords) {
    const taken = keyed([[name, []]])
    const asked: ReadonlyArray<() => House> = [
      () => new House({ boxes: { ann: { folderRules: [{ folder: name }] } } }),
      () => new House({ boxes: { ann: { filters: taken as never } } }),
      () => new House({ boxes: { ann: {} }, settings: taken as never }),
      () => new House({ boxes: { ann: {} }, settings: { directions: { [`email.${name}`]: 'none' } as never } }),
      () => new House({ boxes: { ann: {} }, settings: { category: name } }),
      () => new House({ boxes: { [name]: { folderRules: [{ folder: `inbox/${name}` }] }, ann: {} } })
    ]
    for (const make of asked) {
      try {
        const house = make()
        house.box('ann').put({ ref: 'm', kind: 'email', fields: head })
        await house.sync('ann')
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(Misuse)
      }
    }
  }
})
