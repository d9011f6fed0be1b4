/** The pane of one item (1.2), its participants and its status (1.3). */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  isOverdue,
  type PaneAction,
  type PaneFacts,
  paneMessages,
  paneOf,
  participantsFrom,
  statusOf
} from '../../src/engine/pane.js'
import { standingGesture, waitsSince } from '../../src/engine/track/standing.js'
import type { Due, Gesture } from '../../src/model/index.js'
import { runs } from '../runs.js'

const about = { item: 'm1', kind: 'email', by: 'ann' }
const track: Gesture = { _tag: 'Track', ...about }
const trackFor: Gesture = { ...track, regarding: 'opp1' }
const trackUnder: Gesture = { ...track, parent: 'acc1' }
const setRegarding: Gesture = { _tag: 'SetRegarding', ...about, regarding: 'opp2' }
const clearRegarding: Gesture = { _tag: 'SetRegarding', ...about, regarding: null }
const setParent: Gesture = { _tag: 'SetParent', ...about, parent: 'acc2' }
const untrack: Gesture = { _tag: 'Untrack', ...about, deleteRecord: false, mayDelete: true }
const answer: Gesture = { _tag: 'Resolve', ...about, answer: 'save' }
const refused: Gesture = { _tag: 'Refused', ...about, code: 'not-approved' }

const untracked: PaneFacts = { kind: 'email', record: undefined, gestures: [], parent: undefined }
const tracked: PaneFacts = { ...untracked, record: 'r1' }

/** 1.2 as it stands in the specification: action, the kinds that have it, enabled when. */
const table = `
| track | yes | yes | yes | yes | neither tracked nor pending |
| untrack | yes | yes | yes | yes | tracked or pending |
| setRegarding | yes | yes | yes | – | always (it tracks) |
| setParent | – | – | – | yes | always (it tracks) |
| viewParent | – | – | – | yes | a parent is set |
| viewRecord | yes | yes | yes | yes | the record exists |
| addConnection | yes | yes | yes | yes | the record exists |
| convertTo | yes | yes | yes | – | the record exists |
| insertTemplate | yes | – | – | – | isDraft |
| insertArticle | yes | – | – | – | isDraft |
| attachLiterature | yes | – | – | – | isDraft |
`
const rows = table
  .trim()
  .split('\n')
  .map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim())
  )
const kinds = ['email', 'appointment', 'task', 'contact']
const columnOf = (kind: string): ReadonlyArray<PaneAction> =>
  rows.filter((row) => row[1 + kinds.indexOf(kind)] === 'yes').map(([action]) => action as PaneAction)

const enabledWhen = (facts: PaneFacts): { readonly [when: string]: boolean } => {
  const isTracked = facts.record !== undefined
  const pending = facts.gestures.length > 0
  return {
    'neither tracked nor pending': !isTracked && !pending,
    'tracked or pending': isTracked || pending,
    'always (it tracks)': true,
    'a parent is set': facts.parent !== undefined,
    'the record exists': isTracked,
    isDraft: facts.isDraft === true
  }
}

const states = kinds.flatMap((kind) =>
  [undefined, 'r1'].flatMap((record) =>
    [[], [track]].flatMap((gestures) =>
      [undefined, 'acc1'].flatMap((parent) =>
        [false, true].map((isDraft): PaneFacts => ({ kind, record, gestures, parent, isDraft }))
      )
    )
  )
)

describe('1.2: actions', () => {
  test.each(states)('%o: exactly those of the column whose condition holds, in its order', (facts) => {
    const holds = enabledWhen(facts)
    const enabled = rows.filter((row) => holds[row[5] ?? ''] === true).map(([action]) => action)
    const { actions, disabled } = paneOf(facts)
    expect(actions).toEqual(columnOf(facts.kind).filter((action) => enabled.includes(action)))
    expect(Object.keys(disabled)).toEqual(columnOf(facts.kind).filter((action) => !enabled.includes(action)))
    for (const why of Object.values(disabled)) expect(paneMessages[why]).toMatch(/^[A-Z].*\.$/)
  })

  test('a kind of the host’s own has what a task has', () => {
    expect(paneOf({ ...tracked, kind: 'note' }).actions).toEqual(paneOf({ ...tracked, kind: 'task' }).actions)
  })

  test('each action that is off says why', () => {
    expect(paneOf(untracked).disabled).toEqual({
      untrack: 'nothing-tracked',
      viewRecord: 'no-record-yet',
      addConnection: 'no-record-yet',
      convertTo: 'no-record-yet',
      insertTemplate: 'no-draft',
      insertArticle: 'no-draft',
      attachLiterature: 'no-draft'
    })
    expect(paneOf({ ...untracked, gestures: [track] }).disabled.track).toBe('already-pending')
    expect(paneOf({ ...tracked, gestures: [setRegarding] }).disabled).toEqual({
      track: 'already-tracked',
      insertTemplate: 'no-draft',
      insertArticle: 'no-draft',
      attachLiterature: 'no-draft'
    })
    expect(paneOf({ ...tracked, kind: 'contact' }).disabled).toEqual({
      track: 'already-tracked',
      viewParent: 'no-parent'
    })
  })
})

describe('T2: what is asked for is shown before it is carried out', () => {
  test.each<[string, PaneFacts, boolean, string | null]>([
    ['Track with a regarding', { ...untracked, gestures: [trackFor] }, true, 'opp1'],
    ['Set Regarding of a tracked item', { ...tracked, regarding: 'opp1', gestures: [setRegarding] }, true, 'opp2'],
    ['Track with a regarding of a tracked item', { ...tracked, gestures: [trackFor] }, true, 'opp1'],
    ['a regarding to be cleared', { ...tracked, regarding: 'opp1', gestures: [clearRegarding] }, true, null],
    ['Track of a tracked item', { ...tracked, regarding: 'opp1', gestures: [track] }, false, 'opp1'],
    ['Track, then Track with a regarding', { ...untracked, gestures: [track, trackFor] }, true, 'opp1'],
    ['a regarding, then Track with another', { ...untracked, gestures: [setRegarding, trackFor] }, true, 'opp1'],
    ['a second regarding', { ...untracked, gestures: [trackFor, setRegarding] }, true, 'opp2'],
    ['a regarding, then Track', { ...untracked, gestures: [setRegarding, track] }, true, 'opp2'],
    ['a request taken back', { ...tracked, regarding: 'opp1', gestures: [setRegarding, untrack] }, false, 'opp1']
  ])('%s', (_, facts, pending, regarding) => {
    const pane = paneOf(facts)
    expect(pane).toMatchObject({ tracked: facts.record !== undefined, pending, regarding })
    expect(statusOf(pane.tracked, facts.gestures, undefined)).toBe(
      pending ? 'pending' : pane.tracked ? 'tracked' : 'untracked'
    )
  })

  test('the new parent of a contact, which can be viewed', () => {
    const pane = paneOf({ ...tracked, kind: 'contact', parent: 'acc1', gestures: [setParent] })
    expect(pane).toMatchObject({ tracked: true, pending: true, parent: 'acc2' })
    expect(pane.actions).toContain('viewParent')
    expect(paneOf({ ...tracked, kind: 'contact', gestures: [trackUnder] })).toMatchObject({
      pending: true,
      parent: 'acc1'
    })
  })

  test('a second Track keeps what the first was to become', () => {
    expect(standingGesture([{ ...track, as: 'phonecall' }, trackFor])).toEqual({ ...trackFor, as: 'phonecall' })
    expect(standingGesture([trackFor, track])).toEqual(trackFor)
  })
})

describe('1.3/1: participants', () => {
  const rosa = { address: 'rosa@fabrikam.test', records: ['c1'] }

  test('stand in the order of the item, each with what is behind it', () => {
    const entries = [
      { address: 'rosa@fabrikam.test' },
      { address: 'nobody@nowhere.test' },
      { address: 'joe@works.test' }
    ]
    expect(participantsFrom(entries, [rosa, { address: 'joe@works.test', records: ['c2', 'l1'] }])).toEqual([
      rosa,
      { address: 'nobody@nowhere.test', records: [] },
      { address: 'joe@works.test', records: ['c2', 'l1'] }
    ])
  })

  test('an address stands once, at its first place and as it is written there; as sender it is one record', () => {
    const entries = ['Rosa@Fabrikam.test', 'tom@fabrikam.test', 'rosa@fabrikam.test', 'TOM@fabrikam.test']
    const found = [rosa, { address: 'ROSA@fabrikam.test', records: ['c1', 'c3'] }]
    expect(
      participantsFrom(
        entries.map((address) => ({ address })),
        found
      )
    ).toEqual([
      { address: 'Rosa@Fabrikam.test', records: ['c1'] },
      { address: 'tom@fabrikam.test', records: [] }
    ])
  })

  test('T9: a list shows no record, wherever the item says that it is one', () => {
    const list = { address: 'rosa@fabrikam.test', list: true }
    for (const entries of [[list], [{ address: 'Rosa@fabrikam.test' }, list]])
      expect(participantsFrom(entries, [rosa])).toEqual([{ address: entries[0]?.address, records: [], list: true }])
  })

  test('an entry without an address is nobody', () => {
    expect(participantsFrom([{ address: ' ' }, { address: '' }], [])).toEqual([])
  })

  test('no address is shown twice, none is lost, and their order is kept', () => {
    const address = fc.constantFrom('a@x.test', 'A@x.test', 'b@x.test', 'B@X.TEST', ' c@x.test', 'c@x.test')
    fc.assert(
      fc.property(fc.array(fc.record({ address })), (entries) => {
        const firsts = [...new Set(entries.map((entry) => entry.address.trim().toLowerCase()))]
        const shown = participantsFrom(entries, []).map((one) => one.address.trim().toLowerCase())
        expect(shown).toEqual(firsts)
      }),
      runs(0.2)
    )
  })

  test('the pane shows them as they are given', () => {
    expect(paneOf(untracked).participants).toEqual([])
    expect(paneOf({ ...untracked, participants: [rosa] }).participants).toEqual([rosa])
  })
})

describe('1.3/3: overdue', () => {
  const minuteMs = 60_000
  const pendingAt = (...gestures: ReadonlyArray<readonly [minute: number, gesture: Gesture]>) =>
    gestures.map(([minute, gesture], id) => ({ id, gesture, atMs: minute * minuteMs }))

  test('after twenty minutes it is not, one moment later it is', () => {
    expect(isOverdue(0, 20 * minuteMs)).toBe(false)
    expect(isOverdue(0, 20 * minuteMs + 1)).toBe(true)
  })

  test('only a request can be, and only where it is known how long it waits', () => {
    const late = { waitsSinceMs: 0, nowMs: 21 * minuteMs }
    expect(paneOf({ ...untracked, ...late, gestures: [track] })).toMatchObject({ pending: true, overdue: true })
    expect(paneOf({ ...tracked, ...late, gestures: [setRegarding] })).toHaveProperty('overdue', true)
    for (const facts of [
      { ...untracked, ...late },
      { ...tracked, ...late, gestures: [track] },
      { ...untracked, gestures: [track] },
      { ...untracked, gestures: [track], waitsSinceMs: 0 },
      { ...untracked, gestures: [track], ...late, nowMs: minuteMs }
    ])
      expect(paneOf(facts)).not.toHaveProperty('overdue')
  })

  test('T18: a draft waits as long as it is written', () => {
    const facts = { ...untracked, gestures: [track], waitsSinceMs: 0, nowMs: 60 * minuteMs }
    expect(paneOf({ ...facts, isDraft: true })).not.toHaveProperty('overdue')
  })

  test('a request waits since the first gesture that stands', () => {
    expect(waitsSince(pendingAt([1, track], [9, setRegarding]), false)).toBe(minuteMs)
    expect(waitsSince(pendingAt([1, track], [9, setRegarding]), true)).toBe(9 * minuteMs)
    expect(waitsSince(pendingAt([1, track], [5, untrack], [9, track]), false)).toBe(9 * minuteMs)
    expect(waitsSince(pendingAt([1, track], [5, untrack]), false)).toBeUndefined()
    expect(waitsSince(pendingAt([1, answer], [5, refused]), false)).toBeUndefined()
  })
})

describe('1.3/2: status', () => {
  const due = (over: Partial<Due>): Due => ({
    key: 'item m1',
    kind: 'email',
    type: 'email',
    code: 'retry-later',
    failures: 0,
    rests: false,
    seen: {},
    atMs: 0,
    ...over
  })

  test.each<[string, boolean, ReadonlyArray<Gesture>, Partial<Due> | undefined]>([
    ['untracked', false, [], undefined],
    ['untracked', false, [refused], undefined],
    ['untracked', false, [track, untrack], undefined],
    ['untracked', false, [], { code: 'duplicate-cancelled', rests: true }],
    ['pending', false, [track], undefined],
    ['pending', true, [setRegarding], undefined],
    ['pending', true, [setParent], undefined],
    ['pending', true, [trackFor], undefined],
    ['tracked', true, [], undefined],
    ['tracked', true, [track], undefined],
    ['tracked', true, [], { code: 'retry-later' }],
    ['failed', false, [track], { failures: 1 }],
    ['failed', true, [], { failures: 2 }],
    ['failed', false, [], { code: 'invalid-item', rests: true }],
    ['needs-decision', true, [], { code: 'needs-decision' }],
    ['needs-decision', false, [track], { code: 'duplicate-suspected' }],
    ['needs-decision', false, [track, answer], { code: 'duplicate-suspected', failures: 1 }],
    ['undeliverable', false, [track], { code: 'item-undeliverable', failures: 5 }],
    ['undeliverable', true, [], { code: 'item-undeliverable', failures: 5 }]
  ])('%s: tracked %s, %o, due %o', (status, isTracked, gestures, row) => {
    expect(statusOf(isTracked, gestures, row === undefined ? undefined : due(row))).toBe(status)
  })

  test('T17: a first attempt that did not count leaves the request pending', () => {
    expect(statusOf(false, [track], due({ code: 'retry-later', failures: 0 }))).toBe('pending')
  })
})
