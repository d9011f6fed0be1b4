/** Rows with a will of their own: cut texts (4.8/27), names of look-ups (1.10), chosen addresses (1.9), frozen fields. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  baseOf,
  contactMapping,
  converters,
  itemForRecord,
  type Mapping,
  mergeFields,
  plainConvert,
  recordForItem,
  rulesOf,
  shapeOf
} from '../../src/mapping/index.js'
import type { Fields, Value } from '../../src/model/index.js'
import { runs } from '../runs.js'
import { plainContext, rulesFor } from './pairs.js'

/** The members of an aggregate that are empty are written as such; a new thing does not show them. */
const filled = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))

describe('4.8/27: a text too long for the record', () => {
  const max = 5
  const mapping: Mapping = {
    kind: 'contact',
    type: 'contact',
    rows: [{ name: 's', mail: 's', record: 's', direction: 'both', settable: 'all', recordLengthMax: max }]
  }
  const rules = rulesFor(mapping)
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '😀', '\ud83d'), maxLength: 9 })
  const cutOf = (value: string): string => {
    if (value.length <= max) return value
    const kept = value.slice(0, max)
    const last = kept.charCodeAt(max - 1)
    return last >= 0xd800 && last <= 0xdbff ? kept.slice(0, max - 1) : kept
  }

  test('is cut there, never through a pair of units, and the item keeps the whole', () => {
    fc.assert(
      fc.property(text, text, (was, now) => {
        const base = baseOf(rules, { s: was }, { s: cutOf(was) }, plainContext)
        const merge = mergeFields(rules, base, { mail: { s: now }, record: { s: cutOf(was) } }, plainContext)
        expect(merge.setMail).toBeUndefined()
        const record = { s: cutOf(was), ...merge.setRecord }
        expect((record.s ?? '').length).toBeLessThanOrEqual(max)
        if (merge.setRecord !== undefined) expect(record.s ?? '').toBe(cutOf(now))
        // The cut text never comes back while the record's is unchanged.
        const again = mergeFields(rules, merge.base ?? base, { mail: { s: now }, record }, plainContext)
        expect(again).toMatchObject({ code: 'unchanged', mailRows: [], recordRows: [] })
      }),
      runs()
    )
  })

  test('an edit of the record replaces it, and a record that is set to the cut text again is no edit', () => {
    const base = baseOf(rules, { s: 'abcdefgh' }, { s: 'abcde' }, plainContext)
    expect(mergeFields(rules, base, { mail: { s: 'abcdefgh' }, record: { s: 'new' } }, plainContext)).toMatchObject({
      code: 'to-mail',
      setMail: { s: 'new' }
    })
    expect(mergeFields(rules, base, { mail: { s: 'abcdeXYZ' }, record: { s: 'abcde' } }, plainContext)).toMatchObject({
      mailRows: [],
      recordRows: []
    })
  })
})

describe('1.10/2: the parent’s name on the item', () => {
  const shape = shapeOf(contactMapping, { addressMode: 'mailing-only', companyFromParent: true }, converters)
  const rules = rulesOf(shape, { directions: {}, securityWrite: 'reset' }, {})
  const named = (name: string | undefined): typeof plainContext => ({
    ...plainContext,
    names: new Map([['acc1', name]])
  })
  const record: Fields = { lastname: 'Lee', parentcustomerid: 'acc1' }
  const item: Fields = { surname: 'Lee', companyName: 'Contoso' }
  const base = baseOf(rules, item, record, named('Contoso'))

  test('a name that changes flows; a parent that goes empties it', () => {
    expect(mergeFields(rules, base, { mail: item, record }, named('Fabrikam'))).toMatchObject({
      code: 'to-mail',
      setMail: { companyName: 'Fabrikam' }
    })
    expect(mergeFields(rules, base, { mail: item, record: { lastname: 'Lee' } }, named('Contoso'))).toMatchObject({
      setMail: { companyName: null }
    })
    expect(mergeFields(rules, base, { mail: item, record }, named('Contoso')).code).toBe('unchanged')
  })

  test('a name that is not known now changes nothing, neither item nor base, and is no edit when it is known again', () => {
    const unknown = mergeFields(rules, base, { mail: item, record }, named(undefined))
    expect(unknown).toMatchObject({ code: 'unchanged', mailRows: [], recordRows: [] })
    expect(mergeFields(rules, unknown.base ?? base, { mail: item, record }, named('Contoso')).code).toBe('unchanged')
  })

  test('it never flows to the record, and no creation sets the parent by it', () => {
    const typed = mergeFields(rules, base, { mail: { ...item, companyName: 'Typed' }, record }, named('Contoso'))
    expect(typed).toMatchObject({ code: 'wrong-side-edit', recordRows: [], mailRows: [] })
    expect(filled(recordForItem(rules, item, plainConvert).fields)).toEqual({ lastname: 'Lee' })
    expect(
      filled(itemForRecord(rules, record, { ...plainConvert, names: new Map([['acc1', 'Contoso']]) }).fields)
    ).toEqual(item)
  })

  test('off: the company is never written', () => {
    const off = rulesFor(contactMapping)
    expect(
      filled(itemForRecord(off, record, { ...plainConvert, names: new Map([['acc1', 'Contoso']]) }).fields)
    ).toEqual({ surname: 'Lee' })
  })
})

describe('1.9: the address that mailingAddressIs names', () => {
  const rules = rulesFor(contactMapping)
  const slot = fc.constantFrom('business', 'home', 'other', undefined, 'nonsense', 'constructor')
  const street = fc.constantFrom<Value>('A 1', 'B 2', null)
  const fieldFor = (is: string | undefined): string =>
    is === 'home' ? 'homeAddress' : is === 'other' ? 'otherAddress' : 'businessAddress'
  const itemWith = (is: string | undefined, streets: readonly [Value, Value, Value]): Fields => ({
    ...(is === undefined ? {} : { mailingAddressIs: is }),
    businessAddress: { street: streets[0], floor: '3' },
    homeAddress: { street: streets[1] },
    otherAddress: { street: streets[2] }
  })

  test('it alone flows, the other two are never touched, and another choice is an edit of the mailing address', () => {
    fc.assert(
      fc.property(slot, slot, fc.tuple(street, street, street), street, (was, now, streets, typed) => {
        const before = itemWith(was, streets)
        const chosen = before[fieldFor(was)]
        const stood =
          typeof chosen === 'object' && chosen !== null && !Array.isArray(chosen) && 'street' in chosen
            ? chosen['street']
            : null
        const record: Fields = stood === null ? {} : { address1_line1: stood }
        const base = baseOf(rules, before, record, plainContext)
        expect(mergeFields(rules, base, { mail: before, record }, plainContext).code).toBe('unchanged')
        // Another choice: what stands there goes to the record.
        const after = itemWith(now, streets)
        const merge = mergeFields(rules, base, { mail: after, record }, plainContext)
        const index = ['businessAddress', 'homeAddress', 'otherAddress'].indexOf(fieldFor(now))
        expect(merge.setMail).toBeUndefined()
        expect({ ...record, ...merge.setRecord }['address1_line1'] ?? null).toEqual(streets[index] ?? null)
        // The record's edit goes to the chosen object only, and its unmapped members stay.
        const back = mergeFields(
          rules,
          base,
          { mail: before, record: { address1_line1: 'R 9', address1_city: typed } },
          plainContext
        )
        expect(Object.keys(back.setMail ?? {})).toEqual([fieldFor(was)])
        if (fieldFor(was) === 'businessAddress')
          expect(back.setMail).toMatchObject({ businessAddress: { street: 'R 9', floor: '3' } })
      }),
      runs()
    )
  })
})

describe('freeze', () => {
  test('a frozen value is not written, the base moves, and the code says so unless an earlier one does', () => {
    const rules = rulesFor({
      kind: 'contact',
      type: 'contact',
      rows: ['a', 'b'].map((name) => ({ name, mail: name, record: name, direction: 'both', settable: 'all' }))
    })
    const base = { mail: ['x', 'x'], record: ['x', 'x'] }
    const isFrozen = (side: string, row: string): boolean => side === 'mail' && row === 'a'
    const merge = mergeFields(
      rules,
      base,
      { mail: { a: 'x', b: 'x' }, record: { a: 'y', b: 'y' } },
      { ...plainContext, isFrozen }
    )
    expect(merge).toMatchObject({
      code: 'frozen-field',
      setMail: { b: 'y' },
      mailRows: ['b'],
      rest: { frozen: ['a'] },
      base: { mail: ['x', 'y'], record: ['y', 'y'] }
    })
  })
})

describe('what the item owes, and what is withheld', () => {
  const mapping: Mapping = {
    kind: 'contact',
    type: 'contact',
    rows: ['a', 'b'].map((name) => ({ name, mail: name, record: name, direction: 'both', settable: 'all' }))
  }
  const cell = fc.constantFrom<Value>('x', 'y', null)
  const right = fc.record({ read: fc.boolean(), update: fc.boolean() })

  test('MERGE-4, 2.3/13: a value that the item owes is set back where the user may read it; without read nothing is written there, and it is never stored', () => {
    fc.assert(
      fc.property(cell, cell, cell, cell, right, (baseMail, mail, baseRecord, record, access) => {
        const rules = rulesFor(mapping, { directions: {}, securityWrite: 'reset' }, { 'contact.a': access })
        const merge = mergeFields(
          rules,
          { mail: [baseMail, 'x'], record: [baseRecord, 'x'] },
          { mail: { a: mail, b: 'x' }, record: { a: record, b: 'x' } },
          { ...plainContext, owed: ['a'] }
        )
        expect(merge.recordRows).toEqual([])
        if (!access.read || mail === record) expect(merge.mailRows).toEqual([])
        else if (mail !== baseMail || record !== baseRecord) expect(merge.setMail).toEqual({ a: record })
        const base = merge.base ?? { mail: [baseMail, 'x'], record: [baseRecord, 'x'] }
        const item = { a: mail, b: 'x', ...merge.setMail }
        // Once it is paid, or has to stay, the next merge finds no edit in it.
        if (mail !== baseMail || record !== baseRecord) {
          expect(mergeFields(rules, base, { mail: item, record: { a: record, b: 'x' } }, plainContext)).toMatchObject({
            code: 'unchanged',
            mailRows: [],
            recordRows: []
          })
        }
      }),
      runs()
    )
  })

  test('a field too long for a snapshot is left as it is on both sides, with its base', () => {
    fc.assert(
      fc.property(cell, cell, cell, cell, fc.boolean(), (baseMail, mail, baseRecord, record, onMail) => {
        const rules = rulesFor(mapping)
        const before = { mail: [baseMail, 'x'], record: [baseRecord, 'x'] }
        const withheld = { mail: onMail ? ['a'] : [], record: onMail ? [] : ['a'] }
        const merge = mergeFields(
          rules,
          before,
          { mail: { a: mail, b: 'edit' }, record: { a: record, b: 'x' } },
          { ...plainContext, withheld }
        )
        expect(merge).toMatchObject({ code: 'to-record', setRecord: { b: 'edit' }, mailRows: [], recordRows: ['b'] })
        expect([merge.base?.mail[0], merge.base?.record[0]]).toEqual([baseMail, baseRecord])
      }),
      runs()
    )
  })
})

describe('a host’s JSON value', () => {
  const rules = rulesFor({
    kind: 'contact',
    type: 'contact',
    rows: [{ name: 'v', mail: 'v', record: 'v', convert: 'value', direction: 'both', settable: 'all' }]
  })
  const members = fc
    .dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom<Value>(1, 'x', { y: 1, z: 2 }, { z: 2, y: 1 }), {
      minKeys: 1,
      maxKeys: 3
    })
    .map((drawn): { readonly [member: string]: Value } => ({ ...drawn }))
  const turned = (value: { readonly [member: string]: Value }): Value =>
    Object.fromEntries(Object.entries(value).reverse())

  test('the order of members is no edit, and equal edits in another order converge, with values as base and with digests', () => {
    fc.assert(
      fc.property(members, members, fc.boolean(), (was, now, digestBase) => {
        const context = { ...plainContext, digestBase }
        const base = baseOf(rules, { v: was }, { v: turned(was) }, context)
        // An object in a base of values can only be a digest: the engine keeps it so.
        expect(mergeFields(rules, base, { mail: { v: turned(was) }, record: { v: was } }, context)).toMatchObject({
          code: 'unchanged',
          mailRows: [],
          recordRows: []
        })
        const both = mergeFields(rules, base, { mail: { v: now }, record: { v: turned(now) } }, context)
        expect(both).toMatchObject({ mailRows: [], recordRows: [] })
        expect(['converged', 'unchanged']).toContain(both.code)
      }),
      runs()
    )
  })

  test('a value that looks like a digest of a base is a value all the same', () => {
    const value = { digest: 'mine' }
    const base = baseOf(rules, { v: value }, { v: value }, plainContext)
    expect(mergeFields(rules, base, { mail: { v: value }, record: { v: value } }, plainContext).code).toBe('unchanged')
    expect(mergeFields(rules, base, { mail: { v: value }, record: { v: { other: 1 } } }, plainContext).code).toBe(
      'to-mail'
    )
  })
})
