/** The nine cases of touches and the contact rows of 2.6, read aloud beside the specification, under both presets. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { precedence } from '../oracle/fields.js'
import { explain, messages } from '../../src/engine/explain.js'
import type { Unit } from '../../src/engine/unit.js'
import { decide } from '../../src/engine/decide/decide.js'
import { mergeFields, rulesOf, shapeOf, converters, contactMapping } from '../../src/mapping/index.js'
import { type Gesture, type ItemSnapshot, type Link, type RecordSnapshot, reasonCodes } from '../../src/model/index.js'
import { arbitraries } from '../../src/testing/arbitraries.js'
import { runs } from '../runs.js'
import { plainContext } from '../mapping/pairs.js'
import {
  type Answer,
  contextFor,
  decideOne,
  everyone,
  factsOf,
  gestureOf,
  type Given,
  itemOf,
  linkOf,
  nobody,
  nowMs,
  pairUnit,
  type Preset,
  recordOf,
  told,
  user
} from './world.js'

const was = { mail: { jobTitle: 'Clerk' }, record: { jobtitle: 'Clerk' } }

const itemSights: { readonly [touch: string]: Answer<ItemSnapshot> } = {
  same: itemOf(was.mail),
  changed: itemOf({ jobTitle: 'Foreman' }, { version: '2', changedAtMs: nowMs - 600_000 }),
  absent: 'absent'
}
const recordSights: { readonly [touch: string]: Answer<RecordSnapshot> } = {
  same: recordOf(was.record),
  changed: recordOf({ jobtitle: 'Chief' }, { version: '2', changedAtMs: nowMs }),
  absent: 'absent'
}

const run = (
  mail: Answer<ItemSnapshot>,
  record: Answer<RecordSnapshot>,
  given: Given = {},
  link: Partial<Link> = {},
  unit: Partial<Unit> = {}
) => {
  const context = contextFor(given)
  return decideOne(pairUnit(linkOf(context, was.mail, was.record, link), unit), factsOf(mail, record), context)
}

describe('DECIDE-1: nine cases of touches', () => {
  /** Mail and record side; the user owns the contact, a filter holds it: 2.6 carries neither deletion over. */
  const table: ReadonlyArray<readonly [string, string, object]> = [
    ['same', 'same', { code: 'unchanged', link: 'none' }],
    ['changed', 'same', { code: 'to-record', record: 'update', link: 'put' }],
    ['same', 'changed', { code: 'to-mail', mail: 'update', link: 'put' }],
    ['changed', 'changed', { code: 'conflict-resolved', mail: 'update', link: 'put' }],
    ['same', 'absent', { code: 'kept-owner-copy', link: 'end' }],
    ['changed', 'absent', { code: 'kept-owner-copy', link: 'end' }],
    ['absent', 'same', { code: 'kept-by-kind', link: 'end' }],
    ['absent', 'changed', { code: 'kept-by-kind', link: 'end' }],
    ['absent', 'absent', { code: 'unlinked', link: 'end' }]
  ]
  for (const [mail, record, wanted] of table) {
    for (const preset of ['dynamics', 'careful'] as const) {
      test(`DECIDE-1: mail ${mail}, record ${record}, ${preset}`, () => {
        expect(told(run(itemSights[mail] ?? 'unknown', recordSights[record] ?? 'unknown', { preset }))).toEqual(wanted)
      })
    }
  }

  /** The same where 2.6 carries the deletion over (another's contact; contactDeleteFromMail `owner`): 24b. */
  const carried: ReadonlyArray<readonly [string, string, string, object, object]> = [
    [
      'same',
      'absent',
      'bob',
      { code: 'record-deleted', mail: 'delete', link: 'end' },
      { code: 'record-deleted', mail: 'delete', link: 'end' }
    ],
    [
      'changed',
      'absent',
      'bob',
      { code: 'record-deleted', mail: 'delete', link: 'end' },
      { code: 'conflict-resolved', record: 'create', link: 'put' }
    ],
    [
      'absent',
      'same',
      user,
      { code: 'mail-deleted', record: 'delete', link: 'end' },
      { code: 'mail-deleted', record: 'delete', link: 'end' }
    ],
    [
      'absent',
      'changed',
      user,
      { code: 'mail-deleted', record: 'delete', link: 'end' },
      { code: 'conflict-resolved', mail: 'create', link: 'put' }
    ]
  ]
  for (const [mail, record, owner, dynamics, careful] of carried) {
    for (const [preset, wanted] of [
      ['dynamics', dynamics],
      ['careful', careful]
    ] as const) {
      test(`DECIDE-1: mail ${mail}, record ${record}, the deletion is carried over, ${preset}`, () => {
        const given: Given = { preset, settings: { contactDeleteFromMail: 'owner' } }
        const decided = run(itemSights[mail] ?? 'unknown', recordSights[record] ?? 'unknown', given, { owner })
        expect(told(decided)).toEqual(wanted)
      })
    }
  }

  test('DECIDE-1: an edit meets a deletion: under `dynamics` the deletion goes on and is logged, under `careful` the edit survives', () => {
    const stranger = { owner: 'bob' }
    const lost = run(itemSights['changed'] ?? 'unknown', 'absent', { preset: 'dynamics' }, stranger)
    expect(told(lost)).toEqual({ code: 'record-deleted', mail: 'delete', link: 'end' })
    expect(lost.verdict.facts).toMatchObject({ lostEdit: ['jobTitle'] })
    const kept = run(itemSights['changed'] ?? 'unknown', 'absent', { preset: 'careful' }, stranger)
    expect(told(kept)).toEqual({ code: 'conflict-resolved', record: 'create', link: 'put' })
    expect(kept.effects.record).toMatchObject({ _tag: 'Create', fields: { jobtitle: 'Foreman' } })
    expect(kept.claim?.gone).toEqual(['r1'])
  })

  test('DECIDE-1: `careful` asks where change times are too near, or not known', () => {
    const near = recordOf({ jobtitle: 'Chief' }, { version: '2', changedAtMs: nowMs - 600_000 + 120_000 })
    expect(told(run(itemSights['changed'] ?? 'unknown', near, { preset: 'careful' }))).toEqual({
      code: 'needs-decision',
      link: 'none'
    })
    const unknown = recordOf({ jobtitle: 'Chief' }, { version: '2' })
    expect(told(run(itemSights['changed'] ?? 'unknown', unknown, { preset: 'careful' }))).toEqual({
      code: 'needs-decision',
      link: 'none'
    })
  })

  test('29: an item in the deleted items is a deleted item', () => {
    expect(told(run(itemOf(was.mail, { folder: 'deleted' }), recordOf(was.record)))).toEqual({
      code: 'kept-by-kind',
      link: 'end'
    })
  })
})

describe('DECIDE-1: the contact rows of 2.6', () => {
  const owners: ReadonlyArray<readonly [string, object]> = [
    [user, { code: 'kept-owner-copy', link: 'end' }],
    ['bob', { code: 'record-deleted', mail: 'delete', link: 'end' }]
  ]
  for (const [owner, wanted] of owners) {
    for (const preset of ['dynamics', 'careful'] as const) {
      test(`record deleted → item, ${preset}: the item is deleted where the user is not the owner (here ${owner})`, () => {
        expect(told(run(itemOf(was.mail), 'absent', { preset }, { owner }))).toEqual(wanted)
      })
    }
  }

  /** contactDeleteFromMail | owner | privilege delete | code. Of several reasons kept-by-kind goes before kept-no-right. */
  const rows: ReadonlyArray<readonly ['never' | 'owner', string, boolean, object]> = [
    ['never', user, true, { code: 'kept-by-kind', link: 'end' }],
    ['never', 'bob', true, { code: 'kept-by-kind', link: 'end' }],
    ['never', user, false, { code: 'kept-by-kind', link: 'end' }],
    ['owner', user, true, { code: 'mail-deleted', record: 'delete', link: 'end' }],
    ['owner', 'bob', true, { code: 'kept-by-kind', link: 'end' }],
    ['owner', user, false, { code: 'kept-no-right', link: 'end' }],
    ['owner', 'bob', false, { code: 'kept-by-kind', link: 'end' }]
  ]
  for (const [setting, owner, right, wanted] of rows) {
    for (const preset of ['dynamics', 'careful'] as const) {
      test(`item deleted → record, ${preset}: contactDeleteFromMail ${setting}, owner ${owner}, ${right ? 'with' : 'without'} the right`, () => {
        const given: Given = { preset, settings: { contactDeleteFromMail: setting }, access: { delete: right } }
        expect(told(run('absent', recordOf(was.record, { owner }), given))).toEqual(wanted)
      })
    }
  }

  test('18: under `careful` no edit of a record goes with its item, tracked or held by a filter', () => {
    const changed = recordOf({ jobtitle: 'Chief' }, { version: '2' })
    const given: Given = { preset: 'careful', settings: { contactDeleteFromMail: 'owner' } }
    for (const [origin, membership] of [
      ['filter', everyone],
      ['both', everyone],
      ['tracked', everyone],
      ['tracked', nobody],
      ['filter', nobody]
    ] as const) {
      expect([origin, run('absent', changed, { ...given, membership }, { origin }).verdict.recordOp]).not.toEqual([
        origin,
        'delete'
      ])
    }
  })

  test('18: under `careful` no edit of an item goes with its record, also where the user may create none', () => {
    const given: Given = { preset: 'careful', access: { create: false } }
    expect(run(itemSights['changed'] ?? 'unknown', 'absent', given, { owner: 'bob' }).verdict.mail).not.toBe('delete')
  })

  test('16: an item that is there but may not be read is no evidence of a deletion', () => {
    for (const preset of ['dynamics', 'careful'] as const) {
      const decided = run('hidden', recordOf(was.record), { preset, settings: { contactDeleteFromMail: 'owner' } })
      expect(decided.verdict.recordOp).toBeUndefined()
      expect(decided.verdict.link).not.toBe('end')
      expect(run('hidden', 'absent', { preset }).verdict.code).not.toBe('unlinked')
    }
  })

  test('2.3/17: a tracked pair whose record may no longer be read rests; one that a filter brought has left', () => {
    expect(told(run(itemOf(was.mail), 'hidden', {}, { origin: 'tracked' }))).toEqual({
      code: 'missing-privilege',
      link: 'none'
    })
    expect(told(run(itemOf(was.mail), 'hidden', { preset: 'careful' }, { origin: 'filter' }))).toEqual({
      code: 'unlinked',
      link: 'end'
    })
    expect(told(run(itemOf(was.mail), 'hidden', { preset: 'careful', membership: { _tag: 'Unknown' } }))).toEqual({
      code: 'unknown-membership',
      link: 'none'
    })
  })
})

describe('leaving (17)', () => {
  for (const preset of ['dynamics', 'careful'] as const) {
    test(`a member is one no longer, ${preset}`, () => {
      const leaves = run(itemOf(was.mail), recordOf(was.record, { owner: 'bob' }), { preset, membership: nobody })
      expect(told(leaves)).toEqual(
        preset === 'dynamics' ? { code: 'left-filter', mail: 'delete', link: 'end' } : { code: 'unlinked', link: 'end' }
      )
      expect(told(run(itemOf(was.mail), recordOf(was.record), { preset, membership: nobody }))).toMatchObject({
        link: 'end'
      })
      expect(
        told(run(itemOf(was.mail), recordOf(was.record), { preset, membership: nobody }, { origin: 'tracked' }))
      ).toMatchObject({ code: 'unchanged' })
      expect(
        told(run(itemOf(was.mail), recordOf(was.record), { preset, membership: { _tag: 'NoFilter' } }))
      ).toMatchObject({ link: 'end' })
    })
  }
})

test('DECIDE-2: same/same does nothing, whatever the fields, owner, state and origin', () => {
  const text = fc.constantFrom('', 'Clerk', 'a\r\nb', 'ß')
  fc.assert(
    fc.property(
      text,
      text,
      fc.constantFrom<Link['origin']>('filter', 'both'),
      fc.constantFrom(user, 'bob'),
      fc.constantFrom<Preset>('dynamics', 'careful'),
      (mail, record, origin, owner, preset) => {
        const context = contextFor({ preset })
        const item = itemOf({ jobTitle: mail, unmapped: 'x' })
        const stored = recordOf({ jobtitle: record, unmapped: 1 }, { owner })
        const link = linkOf(context, item.fields, stored.fields, { origin, owner })
        const decided = decideOne(pairUnit(link), factsOf(item, stored), context)
        expect(told(decided)).toEqual({ code: 'unchanged', link: 'none' })
        expect(decided.effects).toEqual({})
        expect(decided.change).toEqual({ _tag: 'None' })
        expect(decided.verdict.due).toBeUndefined()
      }
    ),
    runs()
  )
})

/** Any situation of one unit: what is known, wanted, allowed. */
const canary = (what: string): string => `canary-${what}-7f3a`
const worlds = fc.record({
  preset: fc.constantFrom<Preset>('dynamics', 'careful'),
  contactDeleteFromMail: fc.constantFrom<'never' | 'owner'>('never', 'owner'),
  leaveFilter: fc.constantFrom<'delete' | 'unlink'>('delete', 'unlink'),
  conflict: fc.constantFrom<'record-wins' | 'mail-wins' | 'ask' | 'latest-wins'>(
    'record-wins',
    'mail-wins',
    'ask',
    'latest-wins'
  ),
  base: fc.constantFrom<'value' | 'digest'>('value', 'digest'),
  mail: fc.constantFrom('same', 'changed', 'absent', 'hidden', 'malformed', 'unknown', 'not asked'),
  record: fc.constantFrom('same', 'changed', 'absent', 'hidden', 'malformed', 'unknown', 'not asked'),
  others: fc.constantFrom<'none' | 'unknown'>('none', 'unknown'),
  linked: fc.boolean(),
  hasItem: fc.boolean(),
  candidate: fc.boolean(),
  second: fc.boolean(),
  origin: fc.constantFrom<Link['origin']>('tracked', 'filter', 'both'),
  owner: fc.constantFrom(user, 'bob'),
  membership: fc.constantFrom('everyone', 'nobody', 'none', 'unknown'),
  privileges: fc.record({ create: fc.boolean(), update: fc.boolean(), delete: fc.boolean() }),
  update: fc.boolean(),
  gesture: fc.constantFrom('none', 'track', 'setParent', 'untrack', 'untrackDelete', 'resolve')
})
type Drawn = typeof worlds extends fc.Arbitrary<infer W> ? W : never

const gesturesOf = (name: Drawn['gesture']): ReadonlyArray<Gesture> => {
  const on = { item: 'm1', kind: 'contact', by: user } as const
  if (name === 'track') return [{ _tag: 'Track', ...on }]
  if (name === 'setParent') return [{ _tag: 'SetParent', ...on, parent: 'acc1' }]
  if (name === 'untrack') return [{ _tag: 'Untrack', ...on, deleteRecord: false, mayDelete: true }]
  if (name === 'untrackDelete') return [{ _tag: 'Untrack', ...on, deleteRecord: true, mayDelete: true }]
  return name === 'resolve' ? [{ _tag: 'Resolve', ...on, answer: 'mail' }] : []
}

const stage = (drawn: Drawn) => {
  const membership = ({ everyone, nobody, none: { _tag: 'NoFilter' }, unknown: { _tag: 'Unknown' } } as const)[
    drawn.membership as 'everyone'
  ]
  const context = contextFor({
    preset: drawn.preset,
    settings: {
      contactDeleteFromMail: drawn.contactDeleteFromMail,
      leaveFilter: drawn.leaveFilter,
      conflict: drawn.conflict,
      base: drawn.base
    },
    access: drawn.privileges,
    fields: { 'contact.jobtitle': { update: drawn.update } },
    membership,
    second: drawn.second
  })
  const old = {
    mail: { jobTitle: canary('base'), mobilePhone: '1' },
    record: { jobtitle: canary('base'), mobilephone: '1' }
  }
  const item: { readonly [touch: string]: Answer<ItemSnapshot> } = {
    same: itemOf(old.mail),
    changed: itemOf({ jobTitle: canary('mail'), mobilePhone: '1' }, { version: '2', changedAtMs: 2 })
  }
  const record: { readonly [touch: string]: Answer<RecordSnapshot> } = {
    same: recordOf(old.record, { owner: drawn.owner }),
    changed: recordOf(
      { jobtitle: canary('record'), mobilephone: '2' },
      { version: '2', changedAtMs: 900_000, owner: drawn.owner }
    )
  }
  const link = linkOf(context, old.mail, old.record, { origin: drawn.origin, owner: drawn.owner })
  const gestures = gesturesOf(drawn.gesture).map((gesture) => gestureOf(gesture))
  const { link: _link, record: _record, ...loose } = pairUnit(link)
  const unit: Unit = drawn.linked
    ? pairUnit(link, { gestures, candidate: drawn.candidate })
    : drawn.hasItem
      ? { ...loose, key: 'mail m1', gestures }
      : {
          key: 'record r1',
          kind: 'contact',
          type: 'contact',
          record: { ref: 'r1' },
          gestures: [],
          candidate: false,
          touched: true
        }
  const facts = factsOf(
    item[drawn.mail] ?? (drawn.mail as 'absent'),
    record[drawn.record] ?? (drawn.record as 'absent'),
    drawn.others
  )
  return { context, unit, facts }
}

const isUnknown = (answer: string): boolean => answer === 'unknown' || answer === 'not asked'

describe('every decision', () => {
  test('GATHER-1: not knowing either thing of a pair never leads to a delete, an unlinking or a creation', () => {
    fc.assert(
      fc.property(worlds, (drawn) => {
        const { context, unit, facts } = stage({ ...drawn, linked: true })
        if (!isUnknown(drawn.mail) && !isUnknown(drawn.record)) return
        const { verdict, change, effects } = decideOne(unit, facts, context)
        expect([verdict.mail, verdict.recordOp, verdict.link]).toEqual([undefined, undefined, 'none'])
        expect([change._tag, effects]).toEqual(['None', {}])
      }),
      runs()
    )
  })

  test('GATHER-1: not knowing former links, markers or links never leads to a creation', () => {
    fc.assert(
      fc.property(worlds, (drawn) => {
        const { context, unit, facts } = stage({ ...drawn, linked: false, others: 'unknown' })
        const { verdict } = decideOne(unit, facts, context)
        expect([verdict.mail, verdict.recordOp]).not.toContain('create')
        expect([verdict.mail, verdict.recordOp]).not.toContain('delete')
      }),
      runs()
    )
  })

  test('GATHER-1: unknown membership deletes and unlinks nothing because of a filter', () => {
    fc.assert(
      fc.property(worlds, (drawn) => {
        const { context, unit, facts } = stage({
          ...drawn,
          linked: true,
          membership: 'unknown',
          gesture: 'none',
          mail: 'same',
          record: drawn.record === 'changed' ? 'changed' : 'same'
        })
        const { verdict } = decideOne(unit, facts, context)
        expect([verdict.mail, verdict.recordOp]).not.toContain('delete')
        expect(verdict.link).not.toBe('end')
      }),
      runs()
    )
  })

  test('16: a delete has its evidence: the other thing is absent, has left, or a person asked', () => {
    fc.assert(
      fc.property(worlds, (drawn) => {
        const { context, unit, facts } = stage(drawn)
        const { verdict } = decideOne(unit, facts, context)
        if (verdict.recordOp === 'delete' && !verdict.byPerson) expect(drawn.mail).toBe('absent')
        if (verdict.mail === 'delete') {
          const left = drawn.membership === 'nobody' || drawn.membership === 'none'
          expect(drawn.record === 'absent' || ((left || drawn.record === 'hidden') && drawn.origin !== 'tracked')).toBe(
            true
          )
        }
        if (verdict.mail === 'delete' || verdict.recordOp === 'delete') expect(drawn.linked).toBe(true)
      }),
      runs(2)
    )
  })

  test('41: the second decision creates and deletes nothing', () => {
    fc.assert(
      fc.property(worlds, (drawn) => {
        const { context, unit, facts } = stage({ ...drawn, second: true })
        const { verdict } = decideOne(unit, facts, context)
        expect([verdict.mail, verdict.recordOp]).not.toContain('create')
        expect([verdict.mail, verdict.recordOp]).not.toContain('delete')
      }),
      runs()
    )
  })

  test('18: under `careful` no decision deletes a thing that was edited since its base, but at a person’s word', () => {
    fc.assert(
      fc.property(worlds, (drawn) => {
        const { context, unit, facts } = stage({ ...drawn, preset: 'careful', leaveFilter: 'unlink' })
        const { verdict } = decideOne(unit, facts, context)
        if (drawn.mail === 'changed') expect(verdict.mail).not.toBe('delete')
        if (drawn.record === 'changed' && !verdict.byPerson) expect(verdict.recordOp).not.toBe('delete')
      }),
      runs(2)
    )
  })

  test('39: every verdict has a code of the list, a sentence, and facts without a value of a field', () => {
    fc.assert(
      fc.property(worlds, (drawn) => {
        const { context, unit, facts } = stage(drawn)
        const { verdict, change, conflicts } = decideOne(unit, facts, context)
        expect(reasonCodes).toContain(verdict.code)
        const told = explain(verdict.code, verdict.facts)
        expect(told.text.length).toBeGreaterThan(5)
        expect(told.text).not.toMatch(/[{}]/)
        expect(JSON.stringify([verdict, conflicts, told])).not.toContain('canary')
        if (drawn.base === 'digest' && change._tag === 'Put')
          expect(JSON.stringify(change.base)).not.toContain('canary')
        // A write is named: its rows, or the decision that made or deleted the thing.
        if (verdict.mail === 'update' && verdict.code !== 'gesture') expect(verdict.mailRows.length).toBeGreaterThan(0)
      }),
      runs(2)
    )
  })

  test('39: decided twice from the same facts, the same', () => {
    fc.assert(
      fc.property(worlds, (drawn) => {
        const one = stage(drawn)
        const two = stage(drawn)
        expect(decideOne(one.unit, one.facts, one.context).verdict).toEqual(
          decideOne(two.unit, two.facts, two.context).verdict
        )
      }),
      runs(0.5)
    )
  })

  test('DECIDE-3: the size of a batch changes no verdict', () => {
    fc.assert(
      fc.property(fc.array(worlds, { minLength: 1, maxLength: 4 }), (all) => {
        for (const drawn of all) {
          const { context, unit, facts } = stage(drawn)
          const alone = decideOne(unit, facts, context)
          const batch = decide([unit, unit, unit], facts, context)
          expect(batch.map((decided) => decided.verdict)).toEqual([alone.verdict, alone.verdict, alone.verdict])
        }
      }),
      runs(0.3)
    )
  })
})

describe('totality', () => {
  const { item, record, link, fields } = arbitraries(fc)
  const rules = contextFor().rules.get('contact')
  const rows = rules?.shape.rows.length ?? 0
  const anyFields = fc.oneof(
    fields,
    fc.dictionary(
      fc.constantFrom(
        'jobTitle',
        'jobtitle',
        'birthday',
        'birthdate',
        'children',
        'businessAddress',
        'mailingAddressIs',
        'constructor',
        '__proto__'
      ),
      arbitraries(fc).value
    )
  )

  test('whatever two things and a link hold, known shape or not, a decision comes, with a code, and the pair can be stored as JSON', () => {
    fc.assert(
      fc.property(
        item,
        record,
        anyFields,
        anyFields,
        link(rows),
        fc.boolean(),
        fc.constantFrom<Preset>('dynamics', 'careful'),
        (snapshot, stored, mine, theirs, drawn, isKnownShape, preset) => {
          const context = contextFor({ preset })
          const standing: Link = {
            ...drawn,
            item: 'm1',
            record: 'r1',
            shape: isKnownShape ? (rules?.shape.digest ?? '') : 'forgotten'
          }
          const facts = factsOf(
            { ...snapshot, ref: 'm1', kind: 'contact', fields: mine },
            { ...stored, ref: 'r1', type: 'contact', fields: theirs }
          )
          const { verdict, change, effects } = decideOne(pairUnit(standing), facts, context)
          expect(reasonCodes).toContain(verdict.code)
          expect(JSON.parse(JSON.stringify([verdict, change, effects]))).toEqual(
            JSON.parse(JSON.stringify([verdict, change, effects]))
          )
          if (change._tag === 'Put') {
            expect([change.base.mail.length, change.base.record.length]).toEqual([rows, rows])
            // No hole, no function, nothing that JSON would change.
            expect(JSON.parse(JSON.stringify(change.base))).toEqual(change.base)
          }
          if (!isKnownShape) expect([verdict.mailRows, verdict.recordRows]).toEqual([[], []])
        }
      ),
      runs()
    )
  })
})

describe('39: codes and sentences', () => {
  test('every reason code has one sentence, and there is no sentence without a code', () => {
    expect(Object.keys(messages).sort()).toEqual([...reasonCodes].sort())
    expect(new Set(reasonCodes).size).toBe(reasonCodes.length)
    for (const code of reasonCodes) {
      expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/)
      expect(messages[code]).toMatch(/^[A-Z].*\.$/)
      expect(explain(code, {}).text).not.toMatch(/[{}]/)
    }
  })

  test('a fact that objects have by themselves is no fact', () => {
    const table = { ...messages, unchanged: '{constructor} {toString} {n} {list}' }
    expect(explain('unchanged', { n: 3, list: ['a', 'b'] }, table).text).toBe('it it 3 a, b')
  })

  test('2.0: of several codes the first of the list is given', () => {
    // A pair of rows each of which has a code of its own: the earlier of the two is the pair's.
    const shape = shapeOf(
      {
        ...contactMapping,
        rows: ['a', 'b'].map((name) => ({
          name,
          mail: `m-${name}`,
          record: `r-${name}`,
          direction: 'both',
          settable: 'all'
        }))
      },
      { addressMode: 'mailing-only', companyFromParent: false },
      converters
    )
    type Case = {
      readonly code: string
      readonly way: 'both' | 'toMail' | 'toRecord' | 'none'
      readonly update: boolean
      readonly mail: string
      readonly record: string
    }
    const cases: ReadonlyArray<Case> = [
      { code: 'conflict-resolved', way: 'both', update: true, mail: 'x', record: 'y' },
      { code: 'security-reset', way: 'both', update: false, mail: 'x', record: 'b' },
      { code: 'security-blocked', way: 'toRecord', update: false, mail: 'x', record: 'b' },
      { code: 'to-record', way: 'toRecord', update: true, mail: 'x', record: 'b' },
      { code: 'to-mail', way: 'toMail', update: true, mail: 'b', record: 'y' },
      { code: 'wrong-side-edit', way: 'toMail', update: true, mail: 'x', record: 'b' },
      { code: 'converged', way: 'none', update: true, mail: 'x', record: 'x' },
      { code: 'unchanged', way: 'both', update: true, mail: 'b', record: 'b' }
    ]
    for (const first of cases) {
      for (const second of cases) {
        const rules = rulesOf(
          shape,
          { directions: { 'contact.a': first.way, 'contact.b': second.way }, securityWrite: 'reset' },
          { 'contact.r-a': { update: first.update }, 'contact.r-b': { update: second.update } }
        )
        const merge = mergeFields(
          rules,
          { mail: ['b', 'b'], record: ['b', 'b'] },
          { mail: { 'm-a': first.mail, 'm-b': second.mail }, record: { 'r-a': first.record, 'r-b': second.record } },
          plainContext
        )
        const pair = [first.code, second.code]
        const bothWays = pair.includes('to-record') && pair.includes('to-mail')
        const wanted = bothWays ? 'both-ways' : precedence.find((code) => pair.includes(code))
        expect([...pair, merge.code]).toEqual([...pair, wanted])
      }
    }
  })
})
