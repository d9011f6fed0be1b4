/** Directions and rights: the lattice, the access matrix of 2.3 read aloud, what a new thing gets (2.2/7, 11a). */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  baseOf,
  bitsOf,
  directionOf,
  isDirection,
  itemForRecord,
  type Mapping,
  type MappingRow,
  meet,
  mergeFields,
  rebase,
  plainConvert,
  recordForItem,
  swapDirection
} from '../../src/mapping/index.js'
import type { Base, Direction, FieldAccess, Fields } from '../../src/model/index.js'
import { arbitraries } from '../../src/testing/arbitraries.js'
import { runs } from '../runs.js'
import { digest, plainContext, plainValue, rulesFor, rulesOfSample } from './pairs.js'

const all: ReadonlyArray<Direction> = ['none', 'toMail', 'toRecord', 'both']

describe('directions are a lattice of two bits (2.2/4)', () => {
  test('the meet: idempotent, commutative, associative; both is neutral, none absorbs', () => {
    for (const x of all) {
      expect(meet(x, x)).toBe(x)
      expect(meet(x, 'both')).toBe(x)
      expect(meet(x, 'none')).toBe('none')
      for (const y of all) {
        expect(meet(x, y)).toBe(meet(y, x))
        // The greatest lower bound: below both, and above everything that is below both.
        const below = (lower: Direction, upper: Direction): boolean => meet(lower, upper) === lower
        expect(below(meet(x, y), x) && below(meet(x, y), y)).toBe(true)
        for (const z of all) {
          expect(meet(x, meet(y, z))).toBe(meet(meet(x, y), z))
          if (below(z, x) && below(z, y)) expect(below(z, meet(x, y))).toBe(true)
        }
      }
    }
  })

  test('bits and names are one thing: toMail 1, toRecord 2, both 3, none 0', () => {
    expect(all.map(bitsOf)).toEqual([0, 1, 2, 3])
    expect(all.map((direction) => directionOf(bitsOf(direction)))).toEqual(all)
    expect([-1, 4, 7, 2.5].map(directionOf).every(isDirection)).toBe(true)
  })

  test('swapping is an involution and commutes with the meet', () => {
    for (const x of all) {
      expect(swapDirection(swapDirection(x))).toBe(x)
      for (const y of all) expect(swapDirection(meet(x, y))).toBe(meet(swapDirection(x), swapDirection(y)))
    }
  })

  test('isDirection takes the four names alone, whatever objects have by themselves', () => {
    for (const text of ['toString', 'constructor', '__proto__', '', 'Both', 3, null, undefined, {}])
      expect(isDirection(text)).toBe(false)
    expect(all.every(isDirection)).toBe(true)
  })
})

const one = (direction: Direction, more: Partial<MappingRow> = {}): Mapping => ({
  kind: 'contact',
  type: 'contact',
  rows: [
    { name: 'jobTitle', mail: 'jobTitle', record: 'jobtitle', direction, settable: 'all', securable: true, ...more }
  ]
})

describe('the access matrix of 2.3, read aloud: a `both` field under `securityWrite: reset`', () => {
  /** read, create, update | typed before tracking | typed later | record → mail. */
  const matrix: ReadonlyArray<readonly [string, 'stored' | 'blanked' | 'kept', 'stored' | 'reset' | 'kept', boolean]> =
    [
      ['y y y', 'stored', 'stored', true],
      ['y n n', 'blanked', 'reset', true],
      ['y y n', 'stored', 'reset', true],
      ['y n y', 'blanked', 'stored', true],
      ['n y y', 'stored', 'stored', false],
      ['n y n', 'stored', 'kept', false],
      ['n n y', 'kept', 'stored', false],
      ['n n n', 'kept', 'kept', false]
    ]
  for (const [bits, before, later, flows] of matrix) {
    const [read, create, update] = bits.split(' ').map((bit) => bit === 'y')
    const access: { readonly [field: string]: FieldAccess } = {
      'contact.jobtitle': { read: read === true, create: create === true, update: update === true }
    }
    const rules = rulesFor(one('both'), { directions: {}, securityWrite: 'reset' }, access)

    test(`read, create, update ${bits}: typed before tracking ${before}, later ${later}, record → mail ${flows ? 'flows' : 'does not'}`, () => {
      const made = recordForItem(rules, { jobTitle: 'Foreman' }, plainConvert)
      expect(made.fields).toEqual(before === 'stored' ? { jobtitle: 'Foreman' } : {})
      expect(made.blank).toEqual(before === 'blanked' ? { jobTitle: null } : undefined)
      expect(made.refused).toEqual(before === 'stored' ? [] : ['jobTitle'])

      const base: Base = { mail: ['Clerk'], record: ['Clerk'] }
      const typed = mergeFields(
        rules,
        base,
        { mail: { jobTitle: 'Foreman' }, record: { jobtitle: 'Clerk' } },
        plainContext
      )
      if (later === 'stored') expect(typed).toMatchObject({ code: 'to-record', setRecord: { jobtitle: 'Foreman' } })
      if (later === 'reset') expect(typed).toMatchObject({ code: 'security-reset', setMail: { jobTitle: 'Clerk' } })
      if (later === 'kept')
        expect(typed).toMatchObject({
          code: 'security-blocked',
          mailRows: [],
          recordRows: [],
          base: { mail: ['Foreman'] }
        })

      const shown = mergeFields(
        rules,
        base,
        { mail: { jobTitle: 'Clerk' }, record: { jobtitle: 'Chief' } },
        plainContext
      )
      if (flows) expect(shown).toMatchObject({ code: 'to-mail', setMail: { jobTitle: 'Chief' } })
      // Without read nothing is written, not even "empty", and the base moves: access alone sends nothing later.
      else expect(shown).toMatchObject({ code: 'security-blocked', mailRows: [], base: { record: ['Chief'] } })
      const emptied = mergeFields(rules, base, { mail: { jobTitle: 'Clerk' }, record: {} }, plainContext)
      expect(emptied.setMail).toEqual(flows ? { jobTitle: null } : undefined)
    })

    test(`read, create, update ${bits}, securityWrite keep: nothing is ever taken back`, () => {
      const keeps = rulesFor(one('both'), { directions: {}, securityWrite: 'keep' }, access)
      expect(recordForItem(keeps, { jobTitle: 'Foreman' }, plainConvert).blank).toBeUndefined()
      const typed = mergeFields(
        keeps,
        { mail: ['Clerk'], record: ['Clerk'] },
        { mail: { jobTitle: 'Foreman' }, record: { jobtitle: 'Clerk' } },
        plainContext
      )
      expect(typed.setMail).toBeUndefined()
      expect(typed.code).toBe(later === 'stored' ? 'to-record' : 'security-blocked')
    })
  }

  test('reset to empty: a read-only title typed over an empty one is blank one cycle later (trap 4)', () => {
    const rules = rulesFor(
      one('both'),
      { directions: {}, securityWrite: 'reset' },
      { 'contact.jobtitle': { update: false } }
    )
    const merge = mergeFields(
      rules,
      { mail: [null], record: [null] },
      { mail: { jobTitle: 'Foreman' }, record: {} },
      plainContext
    )
    expect(merge).toMatchObject({ code: 'security-reset', setMail: { jobTitle: null } })
  })

  test('a bit left out is true, a field nobody named is open (2.3/12)', () => {
    const rules = rulesFor(
      one('both'),
      { directions: {}, securityWrite: 'reset' },
      { 'contact.jobtitle': {}, 'contact.other': { read: false, update: false } }
    )
    expect(rules.flows).toMatchObject([{ toMail: true, toRecord: true, creates: true }])
  })

  test('an aggregate has a bit where all its members have it (2.3/16a)', () => {
    const mapping: Mapping = {
      kind: 'contact',
      type: 'contact',
      rows: [
        {
          name: 'whole',
          mail: { fields: ['x', 'y'] },
          record: { fields: ['a', 'b'] },
          direction: 'both',
          settable: 'all'
        }
      ]
    }
    const rules = rulesFor(mapping, undefined, { 'contact.b': { update: false } })
    expect(rules.flows).toMatchObject([{ toRecord: false, toMail: true, mayUpdate: false, mayRead: true }])
  })
})

describe('creation (2.2/7, 11a)', () => {
  const { direction, fieldAccess } = arbitraries(fc)

  test('11a: by tracking the fields with the bit toRecord, by a filter those with toMail; what a new thing may not lack always', () => {
    fc.assert(
      fc.property(direction, fieldAccess, fc.boolean(), fc.boolean(), (way, access, required, filled) => {
        const rules = rulesFor(one(way, { required }), undefined, { 'contact.jobtitle': access })
        const item: Fields = filled ? { jobTitle: 'Clerk', other: 'x' } : { jobTitle: '', other: 'x' }
        const record: Fields = filled ? { jobtitle: 'Clerk', other: 'x' } : { jobtitle: null, other: 'x' }
        const tracked = recordForItem(rules, item, plainConvert)
        const shown = itemForRecord(rules, record, plainConvert)
        const wantedThere = filled && ((bitsOf(way) & 2) !== 0 || required) && access.create !== false
        const wantedHere = filled && ((bitsOf(way) & 1) !== 0 || required) && access.read !== false
        expect(tracked.fields).toEqual(wantedThere ? { jobtitle: 'Clerk' } : {})
        expect(shown.fields).toEqual(wantedHere ? { jobTitle: 'Clerk' } : {})
        // The item keeps its value, or is blanked under a right that refuses it; it gets no other.
        expect(tracked.blank ?? { jobTitle: null }).toEqual({ jobTitle: null })
      }),
      runs()
    )
  })

  test('a new pair is quiet: creation, then a merge, plans nothing, whatever directions and rights', () => {
    fc.assert(
      fc.property(arbitraries(fc).pair(4), (sample) => {
        const rules = rulesOfSample(sample)
        const tracked = recordForItem(rules, sample.pair.mail, plainConvert)
        const item = { ...sample.pair.mail, ...tracked.blank }
        const afterTracking = mergeFields(
          rules,
          baseOf(rules, item, tracked.fields, plainContext),
          { mail: item, record: tracked.fields },
          plainContext
        )
        expect(afterTracking).toMatchObject({ code: 'unchanged', mailRows: [], recordRows: [] })
        const shown = itemForRecord(rules, sample.pair.record, plainConvert)
        const afterEntry = mergeFields(
          rules,
          baseOf(rules, shown.fields, sample.pair.record, plainContext),
          { mail: shown.fields, record: sample.pair.record },
          plainContext
        )
        expect(afterEntry).toMatchObject({ code: 'unchanged', mailRows: [], recordRows: [] })
      }),
      runs()
    )
  })
})

describe('configuration safety (40)', () => {
  test('2.2/11: changing directions writes nothing: what stands is the base, and the next change counts', () => {
    fc.assert(
      fc.property(
        arbitraries(fc).pair(4),
        fc.array(arbitraries(fc).direction, { minLength: 5, maxLength: 5 }),
        (sample, ways) => {
          const before = rulesOfSample(sample)
          const base = baseOf(before, sample.pair.mail, sample.pair.record, plainContext)
          const after = rulesFor(
            sample.mapping,
            {
              ...sample.flow,
              directions: Object.fromEntries(
                sample.mapping.rows.map((row, index) => [`contact.${row.name}`, ways[index] ?? 'both'])
              )
            },
            sample.access
          )
          expect(after.shape.digest).toBe(before.shape.digest)
          expect(mergeFields(after, base, sample.pair, plainContext)).toMatchObject({
            code: 'unchanged',
            mailRows: [],
            recordRows: []
          })
        }
      ),
      runs()
    )
  })

  test('rebase keeps known rows, takes new ones from now, drops what is mapped no longer, in any order; nothing is written', () => {
    fc.assert(
      fc.property(
        arbitraries(fc).pair(4),
        fc.boolean(),
        fc.nat({ max: 3 }),
        fc.boolean(),
        (sample, reversed, dropped, digestBase) => {
          const context = { ...plainContext, digestBase }
          const from = rulesOfSample(sample)
          const own = { ...sample.base }
          const stood = digestBase
            ? {
                mail: from.shape.rows.map((row, index) => ({
                  digest: digest('mail', row.name, row.mail.normal(plainValue(own.mail[index])))
                })),
                record: from.shape.rows.map((row, index) => ({
                  digest: digest('record', row.name, row.record.normal(plainValue(own.record[index])))
                }))
              }
            : own
          const extra: MappingRow = {
            name: 'extra',
            mail: 'extra',
            record: 'extra',
            direction: 'both',
            settable: 'all'
          }
          const rows = [...sample.mapping.rows.filter((_, index) => index !== dropped), extra]
          const to = rulesFor(
            { ...sample.mapping, rows: reversed ? [...rows].reverse() : rows },
            sample.flow,
            sample.access
          )
          const mail = { ...sample.pair.mail, extra: 'one' }
          const record = { ...sample.pair.record, extra: 'another' }
          const moved = rebase(to, from.shape, stood, mail, record, context)
          for (const [index, row] of to.shape.rows.entries()) {
            const old = from.shape.rows.findIndex((candidate) => candidate.name === row.name)
            for (const side of ['mail', 'record'] as const) {
              expect(moved[side][index]).toEqual(
                old < 0 ? baseOf(to, mail, record, context)[side][index] : stood[side][old]
              )
            }
          }
          const merged = mergeFields(to, moved, { mail, record }, context)
          expect([...merged.mailRows, ...merged.recordRows]).not.toContain('extra')
        }
      ),
      runs()
    )
  })

  test('a row whose converter has another normal form keeps its values as base, and takes digests anew', () => {
    const before = rulesFor(one('both'))
    const after = rulesFor(one('both'))
    const from = { ...before.shape, versions: before.shape.versions.map((version) => version - 1) }
    const mail = { jobTitle: 'edited' }
    const record = { jobtitle: 'Clerk' }
    expect(rebase(after, from, { mail: ['Clerk'], record: ['Clerk'] }, mail, record, plainContext)).toEqual({
      mail: ['Clerk'],
      record: ['Clerk']
    })
    const digests = rebase(after, from, { mail: [{ digest: 'old' }], record: [{ digest: 'old' }] }, mail, record, {
      ...plainContext,
      digestBase: true
    })
    expect(mergeFields(after, digests, { mail, record }, { ...plainContext, digestBase: true }).code).toBe('unchanged')
  })
})
