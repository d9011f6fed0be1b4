/** What is stored once writes were tried (26), what recover makes of intents (2.4/22c), what a failure counts (5.4/8). */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { itemFailure } from '../../src/engine/failures.js'
import { type RecoverContext, settleIntent } from '../../src/engine/recover.js'
import { addsUp } from '../../src/engine/report.js'
import { settle, type SettleContext, type Tried } from '../../src/engine/settle.js'
import type { Decided } from '../../src/engine/unit.js'
import { type Mapping, mergeFields } from '../../src/mapping/index.js'
import type {
  Due,
  Fields,
  Intent,
  ItemSnapshot,
  Link,
  Outcome,
  RecordSnapshot,
  Side,
  SyncError
} from '../../src/model/index.js'
import { InvariantViolation } from '../../src/model/index.js'
import { digest, plainContext, rulesFor } from '../mapping/pairs.js'
import { runs } from '../runs.js'
import { contextFor, decideOne, factsOf, itemOf, linkOf, nowMs, pairUnit, recordOf } from './world.js'

const names = ['a', 'b', 'c']
const mapping: Mapping = {
  kind: 'contact',
  type: 'contact',
  rows: names.map((name) => ({ name, mail: name, record: name, direction: 'both', settable: 'all' }))
}

const context = contextFor({ mapping, settings: { conflict: 'record-wins' } })
const rules = rulesFor(mapping)
const settleContext: SettleContext = {
  mailbox: 'ann',
  cycle: 'c2',
  nowMs,
  rules,
  baseContext: plainContext,
  linkId: 'link1',
  category: undefined,
  conditional: { mail: true, record: true }
}

interface World {
  readonly item: ItemSnapshot
  readonly record: RecordSnapshot
  readonly link: Link
}

type Fate = 'shown' | 'silent' | 'failed'

/** One cycle: decided, tried with these fates, settled; the world and its link after it. */
const cycleOf = (
  world: World,
  fates: { readonly [side in Side]: Fate }
): { readonly world: World; readonly decided: Decided } => {
  const decided = decideOne(pairUnit(world.link), factsOf(world.item, world.record), context)
  const { mail, record } = decided.effects
  const apply = <S extends ItemSnapshot | RecordSnapshot>(thing: S, set: Fields | undefined, fate: Fate): S =>
    set === undefined || fate === 'failed'
      ? thing
      : { ...thing, version: `${Number(thing.version) + 1}`, fields: { ...thing.fields, ...set } }
  const setOf = (effect: typeof mail): Fields | undefined => (effect?._tag === 'Update' ? effect.set : undefined)
  // The record side goes first; where it fails the item's write is not tried.
  const skipped = record !== undefined && fates.record === 'failed'
  const mailFate: Fate = skipped ? 'failed' : fates.mail
  const after: Pick<World, 'item' | 'record'> = {
    item: apply(world.item, setOf(mail), mailFate),
    record: apply(world.record, setOf(record), fates.record)
  }
  const outcomeOf = (key: string, thing: ItemSnapshot | RecordSnapshot, fate: Fate): Outcome =>
    fate === 'failed'
      ? { _tag: 'Failed', key, error: { _tag: 'Transient' } }
      : {
          _tag: 'Done',
          key,
          ref: thing.ref,
          ...(thing.version === undefined ? {} : { version: thing.version }),
          ...(fate === 'shown' ? { snapshot: thing } : {})
        }
  const tried: Tried = {
    ...(mail === undefined || skipped ? {} : { mail: outcomeOf(mail.key, after.item, mailFate) }),
    ...(record === undefined ? {} : { record: outcomeOf(record.key, after.record, fates.record) }),
    ...(skipped && mail !== undefined ? { mailSkipped: true } : {}),
    seen: {
      ...(mail !== undefined && mailFate === 'shown' ? { mail: after.item } : {}),
      ...(record !== undefined && fates.record === 'shown' ? { record: after.record } : {})
    }
  }
  const settled = settle(decided, tried, settleContext)
  return { decided, world: { ...after, link: settled.link ?? world.link } }
}

const text = fc.constantFrom('x', 'y', 'z')
const fieldsOf = fc.record({ a: text, b: text, c: text })
const worlds = fc.tuple(fieldsOf, fieldsOf, fieldsOf).map(
  ([was, mail, record]): World => ({
    item: itemOf(mail, { version: '2' }),
    record: recordOf(record, { version: '2' }),
    link: linkOf(context, was, was)
  })
)
const fates = fc.record({
  mail: fc.constantFrom<Fate>('shown', 'silent', 'failed'),
  record: fc.constantFrom<Fate>('shown', 'silent', 'failed')
})
const good = { mail: 'shown', record: 'shown' } as const

const valuesOf = ({ item, record }: World): unknown => [
  names.map((name) => item.fields[name]),
  names.map((name) => record.fields[name])
]

describe('settle', () => {
  test('26: after one good cycle both sides are alike, the base is what they hold, and the next cycle is quiet', () => {
    fc.assert(
      fc.property(worlds, (start) => {
        const { world } = cycleOf(start, good)
        expect(names.map((name) => world.item.fields[name])).toEqual(names.map((name) => world.record.fields[name]))
        expect(world.link.base).toEqual({
          mail: names.map((name) => world.item.fields[name]),
          record: names.map((name) => world.record.fields[name])
        })
        const next = cycleOf(world, good)
        expect(next.decided.effects).toEqual({})
        expect(next.decided.verdict.code).toBe('unchanged')
      }),
      runs()
    )
  })

  test('a failed side loses no edit: the cycles after it end where a good one would have', () => {
    fc.assert(
      fc.property(worlds, fc.array(fates, { minLength: 1, maxLength: 3 }), (start, failing) => {
        const wanted = cycleOf(start, good).world
        let world = start
        for (const fate of failing) world = cycleOf(world, fate).world
        world = cycleOf(cycleOf(world, good).world, good).world
        expect(valuesOf(world)).toEqual(valuesOf(wanted))
        expect(cycleOf(world, good).decided.effects).toEqual({})
      }),
      runs()
    )
  })

  test('26: a base holds what was there, what was read or what was sent, and a row whose write failed keeps its own', () => {
    fc.assert(
      fc.property(worlds, fates, (start, fate) => {
        const { world, decided } = cycleOf(start, fate)
        const { mailRows, recordRows } = decided.verdict
        const lost = new Set([
          ...(fate.mail === 'failed' || (fate.record === 'failed' && decided.effects.record !== undefined)
            ? mailRows
            : []),
          ...(fate.record === 'failed' ? recordRows : [])
        ])
        for (const [index, name] of names.entries()) {
          const base = { mail: world.link.base.mail[index], record: world.link.base.record[index] }
          const before = { mail: start.link.base.mail[index], record: start.link.base.record[index] }
          if (lost.has(name)) expect(base).toEqual(before)
          else expect(base).toEqual({ mail: world.item.fields[name], record: world.record.fields[name] })
        }
        // A failure leaves a version behind that makes the next cycle look.
        if (lost.size > 0)
          expect([world.link.versions.mail, world.link.versions.record]).not.toEqual([
            world.item.version,
            world.record.version
          ])
      }),
      runs()
    )
  })

  test('22: what is not shown after a write is unconfirmed until it is seen', () => {
    fc.assert(
      fc.property(
        worlds,
        fc.constantFrom<Fate>('shown', 'silent'),
        fc.constantFrom<Fate>('shown', 'silent'),
        (start, mail, record) => {
          const { world, decided } = cycleOf(start, { mail, record })
          if (decided.change._tag !== 'Put') return
          const wanted = [
            ...(decided.effects.mail !== undefined && mail === 'silent' ? ['mail'] : []),
            ...(decided.effects.record !== undefined && record === 'silent' ? ['record'] : [])
          ]
          expect(Object.keys(world.link.unconfirmed ?? {})).toEqual(wanted)
          const seen = cycleOf(world, good)
          expect(seen.decided.effects).toEqual({})
          expect(seen.world.link.unconfirmed).toBeUndefined()
        }
      ),
      runs()
    )
  })
})

describe('recover: nothing is replayed, the thing itself is looked at', () => {
  const was = { a: 'x', b: 'x', c: 'x' }
  const link = linkOf(context, was, was)
  const recover: RecoverContext = {
    mailbox: 'ann',
    cycle: 'c3',
    nowMs,
    rules,
    digest,
    digestBase: false,
    freezes: false,
    isMade: false
  }
  const digests = (side: Side, fields: Fields, rows: ReadonlyArray<string>): ReadonlyArray<string> =>
    rows.map((row) => digest(side, row, fields[row] ?? null))
  const intent = (over: Partial<Intent>): Intent => ({
    key: 'k',
    op: 'update',
    side: 'record',
    ref: 'r1',
    source: 'm1',
    link: 'link1',
    kind: 'contact',
    type: 'contact',
    origin: 'filter',
    expected: '1',
    rows: [],
    sent: [],
    held: [],
    shape: rules.shape.digest,
    code: 'to-record',
    cycle: 'c2',
    atMs: nowMs,
    ...over
  })

  test('create: not there, nothing happened; there, it is linked, and what the other side held is its base', () => {
    const made = intent({
      op: 'create',
      code: 'gesture',
      rows: names,
      sent: digests('record', was, names),
      held: digests('mail', was, names)
    })
    expect(settleIntent(made, undefined, undefined, recover)).toEqual({ _tag: 'Nothing' })
    const found = settleIntent(made, recordOf(was, { version: '5' }), undefined, recover)
    expect(found).toMatchObject({
      _tag: 'Link',
      link: { id: 'link1', item: 'm1', record: 'r1', versions: { record: '5' }, decided: { code: 'gesture' } }
    })
    if (found._tag !== 'Link') return
    // An edit of the item since is an edit: the base of its side is the digest of what it held then.
    const merge = mergeFields(rules, found.link.base, { mail: { ...was, a: 'edited' }, record: was }, plainContext)
    expect(merge).toMatchObject({ code: 'to-record', recordRows: ['a'] })
    expect(mergeFields(rules, found.link.base, { mail: was, record: was }, plainContext).code).toBe('unchanged')
  })

  test('delete: gone, the former link is remembered with its reason; there, nothing happened', () => {
    const deleting = intent({ op: 'delete', code: 'mail-deleted', endedBy: 'item-deleted' })
    expect(settleIntent(deleting, undefined, link, recover)).toMatchObject({
      _tag: 'End',
      former: { endedBy: 'item-deleted', code: 'mail-deleted', item: 'm1', record: 'r1' }
    })
    expect(settleIntent(deleting, recordOf(was), link, recover)).toEqual({ _tag: 'Nothing' })
    expect(settleIntent(deleting, undefined, undefined, recover)).toEqual({ _tag: 'Nothing' })
  })

  test('update: the expected version says that nothing happened; another version with the rows as sent is an echo', () => {
    const sent = { ...was, a: 'new' }
    const updating = intent({ rows: ['a'], sent: digests('record', sent, ['a']), held: digests('mail', sent, ['a']) })
    expect(settleIntent(updating, recordOf(was, { version: '1' }), link, recover)).toEqual({ _tag: 'Nothing' })
    const echo = settleIntent(updating, recordOf(sent, { version: '2' }), link, recover)
    expect(echo._tag).toBe('Link')
    if (echo._tag === 'Link')
      expect(mergeFields(rules, echo.link.base, { mail: sent, record: sent }, plainContext).code).toBe('unchanged')
    expect(settleIntent(updating, recordOf({ ...was, a: 'typed' }, { version: '2' }), link, recover)).toEqual({
      _tag: 'Nothing'
    })
  })

  test('24: for any write that happened or did not, recover and then merge end as if nothing had been lost', () => {
    fc.assert(
      fc.property(
        fieldsOf,
        fc.boolean(),
        fc.constantFrom<string | undefined>(undefined, ...names),
        (edited, happened, typedSince) => {
          const item = itemOf(edited, { version: '2' })
          const decided = decideOne(pairUnit(link), factsOf(item, recordOf(was)), context)
          const effect = decided.effects.record
          if (effect?._tag !== 'Update') return
          const rows = decided.verdict.recordRows
          const open = intent({ rows, sent: digests('record', edited, rows), held: digests('mail', edited, rows) })
          const written = happened ? { ...was, ...effect.set } : was
          const stored = typedSince === undefined ? written : { ...written, [typedSince]: 'typed' }
          const version = `${1 + (happened ? 1 : 0) + (typedSince === undefined ? 0 : 1)}`
          const recovered = settleIntent(open, recordOf(stored, { version }), link, recover)
          const base = recovered._tag === 'Link' ? recovered.link.base : link.base
          const merge = mergeFields(
            rules,
            base,
            { mail: edited, record: stored },
            { ...plainContext, policy: 'record-wins' }
          )
          const after = { mail: { ...edited, ...merge.setMail }, record: { ...stored, ...merge.setRecord } }
          for (const name of names) {
            const wasEdited = edited[name as 'a'] !== 'x'
            const wanted = typedSince === name ? 'typed' : wasEdited ? edited[name as 'a'] : 'x'
            expect([name, after.mail[name as 'a'], after.record[name as 'a']]).toEqual([name, wanted, wanted])
          }
        }
      ),
      runs()
    )
  })

  test('an intent of another shape, or one without a mapping, is only looked past', () => {
    expect(settleIntent(intent({ shape: 'another' }), recordOf(was, { version: '9' }), link, recover)).toEqual({
      _tag: 'Nothing'
    })
    expect(settleIntent(intent({}), recordOf(was, { version: '9' }), link, { ...recover, rules: undefined })).toEqual({
      _tag: 'Nothing'
    })
  })
})

describe('failures of one item (5.4/8)', () => {
  const failing = (
    error: SyncError,
    due: Partial<Due> | undefined,
    over: { readonly version?: string; readonly gesture?: number; readonly countsItems?: boolean } = {}
  ) => {
    const was = { a: 'x', b: 'x', c: 'x' }
    const link = linkOf(context, was, was)
    const unit = pairUnit(link, {
      ...(due === undefined
        ? {}
        : {
            due: {
              key: 'link1',
              kind: 'contact',
              type: 'contact',
              code: 'retry-later',
              failures: 0,
              rests: false,
              seen: { mail: '2', record: '1' },
              atMs: 0,
              ...due
            }
          }),
      gestures:
        over.gesture === undefined
          ? []
          : [{ id: over.gesture, atMs: 0, gesture: { _tag: 'Track', item: 'm1', kind: 'contact', by: 'ann' } }]
    })
    const decided = decideOne(
      unit,
      factsOf(itemOf({ ...was, a: 'y' }, { version: over.version ?? '2' }), recordOf(was)),
      context
    )
    const tried: Tried = { record: { _tag: 'Failed', key: 'k', error }, seen: {} }
    const finished = { decided, tried, settled: settle(decided, tried, settleContext) }
    return itemFailure(finished, error, { itemLimit: 5, cycle: 'c2', nowMs, countsItems: over.countsItems ?? true })
  }
  const transient: SyncError = { _tag: 'Transient' }

  test('the fifth transient failure is the last', () => {
    expect(
      [0, 1, 2, 3].map((failures) => failing(transient, failures === 0 ? undefined : { failures }).due)
    ).toMatchObject([1, 2, 3, 4].map((failures) => ({ failures, code: 'retry-later', rests: false })))
    expect(failing(transient, { failures: 4 }).due).toMatchObject({
      failures: 5,
      code: 'item-undeliverable',
      rests: true
    })
  })

  test('a change of either thing, or a new gesture, starts the count anew; an old gesture does not', () => {
    expect(failing(transient, { failures: 4 }, { version: '3' }).due).toMatchObject({
      failures: 1,
      code: 'retry-later'
    })
    expect(failing(transient, { failures: 4, gesture: 7 }, { gesture: 8 }).due).toMatchObject({ failures: 1 })
    expect(failing(transient, { failures: 4, gesture: 7 }, { gesture: 7 }).due).toMatchObject({ failures: 5 })
  })

  test('what counts and what does not', () => {
    const table: ReadonlyArray<readonly [SyncError, number, string, boolean]> = [
      [{ _tag: 'Transient' }, 3, 'retry-later', false],
      [{ _tag: 'Transient', unsure: true }, 2, 'retry-later', false],
      [{ _tag: 'Forbidden', side: 'record' }, 3, 'missing-privilege', false],
      [{ _tag: 'VersionMismatch', ref: 'r1' }, 2, 'retry-later', false],
      [{ _tag: 'Gone', ref: 'r1' }, 2, 'retry-later', false],
      [{ _tag: 'Throttled' }, 2, 'throttled', false],
      [{ _tag: 'Malformed', side: 'record', paths: [] }, 2, 'invalid-item', true],
      [{ _tag: 'TooLarge', limit: 1, actual: 2 }, 2, 'invalid-item', true]
    ]
    for (const [error, failures, code, rests] of table)
      expect([error._tag, failing(error, { failures: 2 }).due]).toMatchObject([error._tag, { failures, code, rests }])
    expect(failing(transient, { failures: 2 }, { countsItems: false }).due?.failures).toBe(2)
  })
})

test('PLAN-2: counts that do not add up are a defect', () => {
  const counts = { looked: 10, done: 4, left: 3, conflicted: 1, held: 1, failed: 1, same: 99 }
  expect(() => addsUp(counts)).not.toThrow()
  for (const key of ['looked', 'done', 'left', 'conflicted', 'held', 'failed'] as const)
    expect(() => addsUp({ ...counts, [key]: counts[key] + 1 })).toThrow(InvariantViolation)
})
