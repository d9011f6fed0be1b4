/** The tables of 2.6 read aloud beside the specification: every cell, every reason, and the order of the reasons. */
import { describe, expect, test } from 'vitest'
import { itemStays, recordStays, type StayFacts, whyItStays } from '../../src/engine/decide/stay.js'
import { reasonCodes } from '../../src/model/index.js'
import { contextFor, type Given } from './world.js'

interface Cell extends Given {
  readonly method?: 'server-side' | 'client'
  readonly owner?: string
  readonly state?: string
  readonly status?: string
  readonly organizes?: boolean
  readonly past?: boolean
  readonly silenced?: boolean
}

const factsFor = (cell: Cell): StayFacts => ({
  context: { ...contextFor(cell), method: cell.method ?? 'server-side' },
  owner: cell.owner ?? 'ann',
  state: cell.state ?? 'open',
  item: { status: cell.status ?? 'notStarted' },
  organizes: () => cell.organizes ?? true,
  isPast: () => cell.past ?? false,
  isSilenced: () => cell.silenced ?? false
})

const goes = undefined

const item = (type: string, cell: Cell = {}): string | undefined => whyItStays(itemStays, type, factsFor(cell))
const record = (type: string, cell: Cell = {}): string | undefined => whyItStays(recordStays, type, factsFor(cell))

const taskLike = ['task', 'phonecall', 'letter', 'fax']
const meetings = ['appointment', 'recurring-appointment']
const noRight = { access: { delete: false } }

describe('record deleted, the item', () => {
  test.each(meetings)('%s: goes where the user organizes it and it is not past', (type) => {
    expect(item(type)).toBe(goes)
    expect(item(type, { past: true })).toBe('kept-past')
    expect(item(type, { organizes: false })).toBe('kept-not-organizer')
    expect(item(type, { past: true, organizes: false })).toBe('kept-past')
    expect(item(type, { organizes: false, owner: 'bob' })).toBe('kept-not-organizer')
    expect(item(type, noRight)).toBe(goes)
  })

  test.each(meetings)('%s, method client: the owner counts like the organizer', (type) => {
    const method = 'client'
    expect(item(type, { method, organizes: false })).toBe(goes)
    expect(item(type, { method, owner: 'bob' })).toBe(goes)
    expect(item(type, { method, organizes: false, owner: 'bob' })).toBe('kept-not-organizer')
    expect(item(type, { method, organizes: false, past: true })).toBe('kept-past')
  })

  test.each(meetings)('%s: stays where the server would tell people unasked, as the last of the reasons', (type) => {
    expect(item(type, { silenced: true })).toBe('kept-silent')
    expect(item(type, { silenced: true, organizes: false })).toBe('kept-not-organizer')
  })

  test('contact: goes where the user does not own it', () => {
    expect(item('contact')).toBe('kept-owner-copy')
    expect(item('contact', { owner: 'bob' })).toBe(goes)
  })

  test.each(taskLike)('%s: goes unless its status is completed', (type) => {
    for (const status of ['notStarted', 'inProgress', 'waitingOnOthers', 'deferred'])
      expect(item(type, { status })).toBe(goes)
    expect(item(type, { status: 'completed' })).toBe('kept-closed')
    expect(item(type, { status: 'inProgress', state: 'completed', past: true, owner: 'bob' })).toBe(goes)
  })

  test('service-appointment: always goes; email: never', () => {
    expect(item('service-appointment', { past: true, organizes: false, owner: 'bob', state: 'completed' })).toBe(goes)
    expect(item('email')).toBe('kept-by-kind')
  })

  test('a type that no table knows is never deleted', () => {
    expect(item('yacht')).toBe('kept-by-kind')
    expect(item('constructor')).toBe('kept-by-kind')
    expect(record('yacht')).toBe('kept-by-kind')
  })
})

describe('item deleted, the record', () => {
  test('appointment: goes where it is open, to come, and the user’s', () => {
    expect(record('appointment')).toBe(goes)
    expect(record('appointment', { state: 'scheduled' })).toBe(goes)
    for (const state of ['completed', 'canceled']) expect(record('appointment', { state })).toBe('kept-closed')
    expect(record('appointment', { past: true })).toBe('kept-past')
    expect(record('appointment', { organizes: false })).toBe('kept-not-organizer')
    expect(record('appointment', noRight)).toBe('kept-no-right')
  })

  test('appointment: the first of several reasons counts', () => {
    const all = { state: 'completed', past: true, organizes: false, ...noRight }
    expect(record('appointment', all)).toBe('kept-closed')
    expect(record('appointment', { ...all, state: 'open' })).toBe('kept-past')
    expect(record('appointment', { ...all, state: 'open', past: false })).toBe('kept-not-organizer')
    expect(record('appointment', { ...all, state: 'open', past: false, organizes: true })).toBe('kept-no-right')
  })

  test('recurring-appointment: the same without a test of time', () => {
    expect(record('recurring-appointment', { past: true })).toBe(goes)
    expect(record('recurring-appointment', { past: true, state: 'canceled' })).toBe('kept-closed')
    expect(record('recurring-appointment', { past: true, organizes: false })).toBe('kept-not-organizer')
    expect(record('recurring-appointment', { past: true, ...noRight })).toBe('kept-no-right')
  })

  test('the owner is no organizer here, under client neither', () => {
    expect(record('appointment', { method: 'client', organizes: false })).toBe('kept-not-organizer')
  })

  test('contact: never by default; under `owner` the owner’s', () => {
    expect(record('contact')).toBe('kept-by-kind')
    const settings = { contactDeleteFromMail: 'owner' } as const
    expect(record('contact', { settings })).toBe(goes)
    expect(record('contact', { settings, owner: 'bob' })).toBe('kept-by-kind')
    expect(record('contact', { settings, ...noRight })).toBe('kept-no-right')
    expect(record('contact', { settings, owner: 'bob', ...noRight })).toBe('kept-by-kind')
  })

  test.each(taskLike)('%s: always by default; `unless-closed` keeps the closed ones', (type) => {
    for (const state of ['open', 'completed', 'canceled']) expect(record(type, { state })).toBe(goes)
    expect(record(type, noRight)).toBe('kept-no-right')
    const settings = { taskDeleteFromMail: 'unless-closed' } as const
    expect(record(type, { settings })).toBe(goes)
    for (const state of ['completed', 'canceled']) expect(record(type, { settings, state })).toBe('kept-closed')
    expect(record(type, { settings, state: 'completed', ...noRight })).toBe('kept-closed')
  })

  test('service-appointment and email: never', () => {
    expect(record('service-appointment')).toBe('kept-by-kind')
    expect(record('service-appointment', { state: 'completed', past: true, ...noRight })).toBe('kept-by-kind')
    expect(record('email')).toBe('kept-by-kind')
  })
})

test('every reason of the tables is a code, in the order of 2.6', () => {
  const order = [
    'kept-by-kind',
    'kept-owner-copy',
    'kept-closed',
    'kept-past',
    'kept-not-organizer',
    'kept-no-right',
    'kept-silent'
  ]
  for (const table of [itemStays, recordStays]) {
    for (const [type, rows] of Object.entries(table)) {
      const places = rows.map(([reason]) => order.indexOf(reason))
      expect(
        rows.every(([reason]) => reasonCodes.includes(reason)),
        type
      ).toBe(true)
      expect(places, type).toEqual([...places].sort((x, y) => x - y))
    }
  }
})
