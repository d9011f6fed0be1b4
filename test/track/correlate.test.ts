/** Correlation: C1 to C8, K7, M1 to M7 of `tracking.md`, and that look-ups and choice never disagree. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Conversation,
  correlate,
  correlationKeys,
  type StoredMessage,
  storedFrom
} from '../../src/engine/track/correlate.js'
import { tokensIn } from '../../src/engine/track/token.js'
import type { Settings } from '../../src/engine/settings.js'
import { conversationKey, messageKey, type RecordSnapshot, termsOf } from '../../src/model/index.js'
import { runs } from '../runs.js'

type Correlating = Settings['correlation']

const on: Correlating = { headers: true, token: true, tokenPrefixes: ['CRM:'], smartMatching: true, references: true }
const byDefault: Correlating = { ...on, smartMatching: false, references: false }

const dayMs = 24 * 60 * 60_000
const nowMs = Date.UTC(2026, 2, 2)

/** A reply as it comes in; what is not named says nothing. */
const incoming = (given: Partial<Conversation> = {}): Conversation => ({
  key: 'new@f.test',
  direction: 'incoming',
  references: [],
  tokens: [],
  subject: 'Something else',
  addresses: [],
  atMs: nowMs,
  ...given
})

/** A stored message that went out a day ago. */
const sent = (ref: string, given: Partial<StoredMessage> = {}): StoredMessage => ({
  ref,
  direction: 'outgoing',
  state: 'completed',
  status: 'sent',
  atMs: nowMs - dayMs,
  subject: 'Offer',
  addresses: [],
  ...given
})

const refOf = (message: Conversation, stored: ReadonlyArray<StoredMessage>, settings = on): string | undefined =>
  correlate(message, stored, settings)?.message.ref

const methodOf = (message: Conversation, stored: ReadonlyArray<StoredMessage>, settings = on): number | undefined =>
  correlate(message, stored, settings)?.method

describe('3.1: the order of the methods', () => {
  const people = ['rosa@f.test', 'ann@c.test']
  const all = [
    sent('replied', { key: 'a@c.test' }),
    sent('tokened', { token: 'CRM:0001007' }),
    sent('threaded', { conversation: 'thread' }),
    sent('alike', { subject: 'Roof', addresses: people }),
    sent('referred', { key: 'b@c.test' })
  ]
  const full = incoming({
    inReplyTo: 'a@c.test',
    tokens: ['CRM:0001007'],
    conversation: 'thread',
    subject: 'RE: Roof',
    addresses: people,
    references: ['b@c.test']
  })

  test('In-Reply-To, token, conversation index, smart matching, references: each where those before it find nothing', () => {
    const seen = all.map((_, index) => {
      const found = correlate(full, all.slice(index), on)
      return [found?.message.ref, found?.method, found?.setsParent]
    })
    expect(seen).toEqual([
      ['replied', 3, true],
      ['tokened', 4, false],
      ['threaded', 5, true],
      ['alike', 6, false],
      ['referred', 7, true]
    ])
    expect(correlate(full, [], on)).toBeUndefined()
  })

  test('by default neither smart matching nor references', () => {
    expect(all.map((_, index) => methodOf(full, all.slice(index), byDefault))).toEqual([3, 4, 5, undefined, undefined])
  })

  test('C3: headers off switches In-Reply-To, conversation index and references off, never token and smart matching', () => {
    const settings = { ...on, headers: false }
    expect(all.map((_, index) => methodOf(full, all.slice(index), settings))).toEqual([4, 4, 6, 6, undefined])
  })

  test('an In-Reply-To that names nothing stored falls through', () => {
    expect(methodOf({ ...full, inReplyTo: 'unknown@c.test' }, all)).toBe(4)
  })

  test('C2: of the references the newest entry that is stored, and of many the newest twenty', () => {
    const stored = [sent('old', { key: 'r1' }), sent('new', { key: 'r2' })]
    expect(refOf(incoming({ references: ['r1', 'r2', 'unknown'] }), stored)).toBe('new')
    expect(refOf(incoming({ references: ['r2', 'r1'] }), stored)).toBe('old')
    const many = Array.from({ length: 19 }, (_, index) => `x${index}`)
    expect(refOf(incoming({ references: ['r1', ...many] }), stored)).toBe('old')
    expect(refOf(incoming({ references: ['r1', ...many, 'y'] }), stored)).toBeUndefined()
  })

  test('K7: the last token first; an unknown one falls through; case does not count', () => {
    const stored = [sent('one', { token: 'CRM:1' }), sent('two', { token: 'crm:2' })]
    const of = (subject: string): string | undefined => refOf(incoming({ tokens: tokensIn(subject, ['CRM:']) }), stored)
    expect(of('CRM:1 CRM:2')).toBe('two')
    expect(of('CRM:2 CRM:1')).toBe('one')
    expect(of('CRM:2 CRM:9')).toBe('two')
    expect(of('CRM:9')).toBeUndefined()
  })
})

describe('C7: several fit', () => {
  const reply = incoming({ conversation: 'thread' })
  const inThread = (ref: string, given: Partial<StoredMessage>): StoredMessage =>
    sent(ref, { conversation: 'thread', ...given })

  test('opposite direction goes before the newest', () => {
    const stored = [inThread('in', { direction: 'incoming', atMs: nowMs }), inThread('out', { atMs: 0 })]
    expect(refOf(reply, stored)).toBe('out')
    expect(refOf({ ...reply, direction: 'outgoing' }, stored)).toBe('in')
  })
  test('then the newest, one without a date last', () => {
    const { atMs: _, ...undated } = inThread('a', {})
    expect(refOf(reply, [undated, inThread('b', { atMs: 1 }), inThread('c', { atMs: 2 })])).toBe('c')
    expect(refOf(reply, [undated, inThread('b', { atMs: -1 })])).toBe('b')
  })
  test('then the smaller ID, by code units', () => {
    expect(refOf(reply, [inThread('b', {}), inThread('a', {}), inThread('B', {})])).toBe('B')
  })
})

describe('C8: what a message never goes on from', () => {
  const reply = incoming({ conversation: 'thread' })
  test('a record with its own Message-ID', () => {
    const own = sent('own', { key: 'new@f.test', conversation: 'thread' })
    expect(refOf(reply, [own])).toBeUndefined()
    expect(refOf({ ...reply, inReplyTo: 'new@f.test', references: ['new@f.test'] }, [own])).toBeUndefined()
    expect(refOf(reply, [own, sent('other', { conversation: 'thread', atMs: 0 })])).toBe('other')
  })
  test('two without a Message-ID are not each other', () => {
    const { key: _, ...anonymous } = reply
    expect(refOf(anonymous, [sent('a', { conversation: 'thread' })])).toBe('a')
  })
  const table: ReadonlyArray<readonly [string, string, boolean]> = [
    ['completed', 'sent', true],
    ['completed', 'received', true],
    ['completed', 'completed', true],
    ['completed', 'pendingSend', false],
    ['completed', 'sending', false],
    ['open', 'draft', false],
    ['open', 'failed', false],
    ['open', 'sent', false],
    ['canceled', 'canceled', false]
  ]
  for (const [state, status, isStored] of table)
    test(`${state}, ${status}: ${isStored ? 'stored' : 'not stored'}`, () => {
      expect(refOf(reply, [sent('a', { conversation: 'thread', state, status })])).toBe(isStored ? 'a' : undefined)
    })
})

describe('C6: whether the subject changed', () => {
  const changed = (now: string, before: string): boolean | undefined =>
    correlate(incoming({ inReplyTo: 'a', subject: now }), [sent('a', { key: 'a', subject: before })], on)
      ?.subjectChanged
  test('prefixes, case and white space are no change', () => {
    expect(changed('RE: FW:  offer  B', 'Offer B')).toBe(false)
    expect(changed('', 'RE:')).toBe(false)
  })
  test('a word more, a word less, another order are', () => {
    for (const now of ['Offer B again', 'Offer', 'B Offer', '']) expect(changed(now, 'Offer B'), now).toBe(true)
  })
})

describe('3.3: smart matching', () => {
  const people = ['rosa@f.test', 'ann@c.test']
  const alike = (now: Partial<Conversation>, before: Partial<StoredMessage> = {}): boolean =>
    methodOf(incoming({ subject: 'RE: Roof north wing', addresses: people, ...now }), [
      sent('a', { subject: 'Roof north wing', addresses: people, ...before })
    ]) === 6

  test('M3: equal words in any order, as many on both sides', () => {
    expect(alike({})).toBe(true)
    expect(alike({ subject: 'FW: RE: wing ROOF north' })).toBe(true)
    expect(alike({ subject: 'Roof north wing again' })).toBe(false)
    expect(alike({ subject: 'Roof north' })).toBe(false)
    expect(alike({ subject: 'Roof Roof wing' }, { subject: 'Roof wing wing' })).toBe(false)
  })
  test('M3: two addresses in common, an address twice is one', () => {
    expect(alike({ addresses: ['ann@c.test', 'x@y.test', 'rosa@f.test'] })).toBe(true)
    expect(alike({ addresses: ['ann@c.test', 'x@y.test'] })).toBe(false)
    expect(alike({ addresses: ['ann@c.test', 'ann@c.test'] })).toBe(false)
    expect(alike({}, { addresses: ['ann@c.test', 'ann@c.test'] })).toBe(false)
  })
  test('M2: the first twenty addresses of either side', () => {
    const others = Array.from({ length: 19 }, (_, index) => `${index}@x.test`)
    expect(alike({ addresses: [...others.slice(1), ...people] })).toBe(true)
    expect(alike({ addresses: [...others, ...people] })).toBe(false)
    expect(alike({}, { addresses: [...others, ...people] })).toBe(false)
    expect(alike({ addresses: [...others.slice(1), ...others.slice(1), ...people] })).toBe(true)
  })
  test('M4: within the 90 days before its own date, both ends included', () => {
    for (const [atMs, isLooked] of [
      [nowMs, true],
      [nowMs + 1, false],
      [nowMs - 90 * dayMs, true],
      [nowMs - 90 * dayMs - 1, false]
    ] as const)
      expect(alike({}, { atMs }), String(nowMs - atMs)).toBe(isLooked)
  })
  test('M4: a message without a date has no days before it, on neither side', () => {
    const { atMs: _, ...undated } = sent('a', { subject: 'Roof', addresses: people })
    expect(refOf(incoming({ subject: 'Roof', addresses: people }), [undated])).toBeUndefined()
    const { atMs: __, ...message } = incoming({ subject: 'Roof', addresses: people })
    expect(refOf(message, [sent('a', { subject: 'Roof', addresses: people })])).toBeUndefined()
    expect(correlationKeys(message, on)).toEqual([])
  })
  test('M7: nothing left of the subject finds nothing', () => {
    expect(alike({ subject: 'RE:' }, { subject: 'RE:' })).toBe(false)
    expect(alike({ subject: 'Invoice: 42' }, { subject: '42' })).toBe(true)
  })
})

describe('look-ups', () => {
  const named = (message: Conversation, settings = on): ReadonlyArray<readonly [string, string, number]> =>
    correlationKeys(message, settings).map(({ code, term, max }) => [code.parts[0]?.field ?? '', term, max])

  test('one for each clue, each once, at most 100 hits', () => {
    const message = incoming({
      inReplyTo: 'a@c.test',
      references: ['b@c.test', 'a@c.test', 'b@c.test'],
      tokens: ['CRM:1'],
      conversation: 'thread',
      subject: 'RE: Roof',
      addresses: ['x@y', 'z@y']
    })
    expect(named(message)).toEqual([
      ['messageid', 'a@c.test', 100],
      ['trackingtoken', 'crm:1', 100],
      ['conversationindex', 'thread', 100],
      ['subject', '["roof"]', 100],
      ['messageid', 'b@c.test', 100]
    ])
    expect(named(message, byDefault).map(([field]) => field)).toEqual([
      'messageid',
      'trackingtoken',
      'conversationindex'
    ])
  })
  test('a subject only where a word and two addresses are there', () => {
    expect(named(incoming({ subject: 'Roof', addresses: ['x@y', 'x@y'] }))).toEqual([])
    expect(named(incoming({ subject: 'RE:', addresses: ['x@y', 'z@y'] }))).toEqual([])
  })
})

describe('what is known of a record', () => {
  test('the fields of the record side', () => {
    const record: RecordSnapshot = {
      ref: 'e1',
      type: 'email',
      owner: 'ann',
      state: 'completed',
      status: 'sent',
      createdAtMs: 5,
      fields: {
        messageid: ' <a@c.test> ',
        directioncode: 'outgoing',
        trackingtoken: 'CRM:1',
        conversationindex: 'thread',
        subject: 'Offer',
        sender: 'Ann@c.test',
        torecipients: ['Rosa <Rosa@f.test>', { address: 'x@y' }],
        ccrecipients: 'c@d',
        bccrecipients: ['b@d'],
        actualend: '2026-03-02T01:00:00+01:00',
        regardingobjectid: 'opp1'
      }
    }
    expect(storedFrom(record)).toEqual({
      ref: 'e1',
      key: 'a@c.test',
      direction: 'outgoing',
      state: 'completed',
      status: 'sent',
      regarding: 'opp1',
      owner: 'ann',
      createdAtMs: 5,
      endedAtMs: nowMs,
      atMs: nowMs,
      token: 'CRM:1',
      conversation: '= thread',
      subject: 'Offer',
      addresses: ['ann@c.test', 'rosa@f.test', 'x@y', 'c@d', 'b@d']
    })
  })
  test('fields of another shape are as if they were empty; without an end its creation is its date', () => {
    const fields = Object.fromEntries(
      [
        'messageid',
        'directioncode',
        'trackingtoken',
        'conversationindex',
        'subject',
        'sender',
        'torecipients',
        'actualend'
      ]
        .map((field) => [field, { x: [7] }] as const)
        .concat([['regardingobjectid', { x: [7] }]])
    )
    const bare = { ref: 'e1', state: 'open', subject: '', addresses: [] }
    expect(storedFrom({ ref: 'e1', type: 'email', state: 'open', fields })).toEqual(bare)
    expect(storedFrom({ ref: 'e1', type: 'email', state: 'open', createdAtMs: 5, fields: {} })).toEqual({
      ...bare,
      createdAtMs: 5,
      atMs: 5
    })
  })
})

describe('laws', () => {
  const id = fc.constantFrom('<a@x>', ' <b@x> ', 'c@x', 'C@x', '<d@x>')
  const index = fc.constantFrom('AXqFkJumsbzH0t3o8/4JFB8qNUBLVg==', 'AXqFkJumsbzH0t3o8/4JFB8qNUBLVhIvTGk=', 'plain')
  const word = fc.constantFrom('RE:', 'Roof', 'roof', 'wing', 'CRM:1', 'crm:2', 'CRM:10', 'Rép:', '١:')
  const subject = fc.array(word, { maxLength: 4 }).map((words) => words.join(' '))
  const people = fc.array(fc.constantFrom('a@x', 'B@x', 'b@x', 'c@x', 'Ann <a@x>'), { maxLength: 3 })
  const atMs = fc.constantFrom(nowMs, nowMs - dayMs, nowMs - 90 * dayMs, nowMs - 91 * dayMs, nowMs + 1)
  const direction = fc.constantFrom('incoming' as const, 'outgoing' as const)
  const wrong = fc.constantFrom(null, 7, ['x', '<a@x>'], { a: 'b' }, '')

  const record = fc.record({
    status: fc.constantFrom('sent', 'received', 'completed', 'sending'),
    createdAtMs: atMs,
    fields: fc.record(
      {
        messageid: fc.oneof(id, wrong),
        directioncode: fc.oneof(direction, wrong),
        trackingtoken: fc.oneof(fc.constantFrom('CRM:1', 'crm:1', 'CRM:2', 'CRM:10'), wrong),
        conversationindex: fc.oneof(index, wrong),
        subject: fc.oneof(subject, wrong),
        sender: fc.constantFrom('a@x', 'b@x'),
        torecipients: people,
        actualend: fc.oneof(
          atMs.map((each) => new Date(each).toISOString()),
          wrong
        )
      },
      { requiredKeys: [] }
    )
  })
  const records = fc
    .array(record, { maxLength: 8 })
    .map((drawn) =>
      drawn.map((each, at): RecordSnapshot => ({ ...each, ref: `e${at}`, type: 'email', state: 'completed' }))
    )

  /** A message as the engine makes it of its headers. */
  const message = fc
    .record({
      id: fc.option(id),
      direction,
      inReplyTo: fc.option(id),
      references: fc.array(id, { maxLength: 3 }),
      index: fc.option(index),
      subject,
      people,
      atMs: fc.option(atMs)
    })
    .map((drawn): Conversation => {
      const key = messageKey(drawn.id ?? '')
      const inReplyTo = messageKey(drawn.inReplyTo ?? '')
      const conversation = conversationKey(drawn.index ?? '')
      return {
        direction: drawn.direction,
        references: drawn.references.flatMap((each) => messageKey(each) ?? []),
        tokens: tokensIn(drawn.subject, ['CRM:']),
        subject: drawn.subject,
        addresses: storedFrom({ ref: '', type: '', state: '', fields: { torecipients: drawn.people } }).addresses,
        ...(key === undefined ? {} : { key }),
        ...(inReplyTo === undefined ? {} : { inReplyTo }),
        ...(conversation === undefined ? {} : { conversation }),
        ...(drawn.atMs === null ? {} : { atMs: drawn.atMs })
      }
    })
  const settings: fc.Arbitrary<Correlating> = fc.record({
    headers: fc.boolean(),
    token: fc.boolean(),
    tokenPrefixes: fc.constant(['CRM:']),
    smartMatching: fc.boolean(),
    references: fc.boolean()
  })

  test('CORRELATE-1: over the hits of its look-ups it finds what it finds over everything', () => {
    fc.assert(
      fc.property(message, records, settings, (drawn, stored, switches) => {
        const keys = correlationKeys(drawn, switches)
        const hits = stored.filter(({ fields }) => keys.some(({ code, term }) => termsOf(code, fields).includes(term)))
        expect(correlate(drawn, hits.map(storedFrom), switches)).toEqual(
          correlate(drawn, stored.map(storedFrom), switches)
        )
      }),
      runs(3)
    )
  })

  test('CORRELATE-2: the order in which stored messages come decides nothing', () => {
    const shuffled = records.chain((drawn) =>
      fc.tuple(fc.constant(drawn), fc.shuffledSubarray([...drawn], { minLength: drawn.length }))
    )
    fc.assert(
      fc.property(message, shuffled, settings, (drawn, [stored, again], switches) => {
        expect(correlate(drawn, again.map(storedFrom), switches)).toEqual(
          correlate(drawn, stored.map(storedFrom), switches)
        )
      }),
      runs()
    )
  })

  test('CORRELATE-3: what is switched off never correlates, and is not looked up', () => {
    fc.assert(
      fc.property(message, records, settings, (drawn, stored, switches) => {
        const method = correlate(drawn, stored.map(storedFrom), switches)?.method
        const fields = correlationKeys(drawn, switches).map(({ code }) => code.parts[0]?.field)
        if (!switches.headers) {
          expect([3, 5, 7]).not.toContain(method)
          expect(fields).not.toContain('messageid')
          expect(fields).not.toContain('conversationindex')
        }
        if (!switches.token) {
          expect(method).not.toBe(4)
          expect(fields).not.toContain('trackingtoken')
        }
        if (!switches.smartMatching) {
          expect(method).not.toBe(6)
          expect(fields).not.toContain('subject')
        }
        if (!switches.references) expect(method).not.toBe(7)
      }),
      runs()
    )
  })

  test('CORRELATE-4: what is found is stored, is not the message itself, and a further method changes nothing found', () => {
    fc.assert(
      fc.property(message, records, settings, (drawn, stored, switches) => {
        const found = correlate(drawn, stored.map(storedFrom), switches)
        if (found === undefined) return
        expect(['sent', 'received', 'completed']).toContain(found.message.status)
        if (drawn.key !== undefined) expect(found.message.key).not.toBe(drawn.key)
        const more = correlate(drawn, stored.map(storedFrom), on)
        expect(more?.method).toBeLessThanOrEqual(found.method)
      }),
      runs()
    )
  })
})
