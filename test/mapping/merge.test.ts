/** Laws of the merge (`style.md`), over pairs that are one world perturbed on either side. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  bitsOf,
  type Converter,
  type ConflictPolicy,
  converters,
  type Mapping,
  meet,
  type Merge,
  mergeField,
  mergeFields,
  rulesOf,
  shapeOf,
  swapDirection
} from '../../src/mapping/index.js'
import type { Direction, FieldAccess, Fields, Value } from '../../src/model/index.js'
import { arbitraries, type PairSample } from '../../src/testing/arbitraries.js'
import { runs } from '../runs.js'
import {
  contextOf,
  digest,
  digested,
  mergeSample,
  normalRows,
  plainContext,
  plainValue,
  rulesFor,
  rulesOfSample,
  settled
} from './pairs.js'

const { pair } = arbitraries(fc)

const effectiveOf = (sample: PairSample, index: number): Direction => {
  const row = sample.mapping.rows[index]
  if (row === undefined) return 'none'
  const fields = row.name === 'pair' ? ['rPairX', 'rPairY'] : [`r${index}`]
  const may = (bit: keyof FieldAccess): boolean =>
    fields.every((field) => sample.access[`contact.${field}`]?.[bit] !== false)
  const allowed: Direction = may('read') ? (may('update') ? 'both' : 'toMail') : may('update') ? 'toRecord' : 'none'
  return meet(sample.flow.directions[`contact.${row.name}`] ?? row.direction, allowed)
}

const changedRows = (sample: PairSample, side: 'mail' | 'record'): ReadonlyArray<boolean> => {
  const rules = rulesOfSample(sample)
  const now = normalRows(rules, side, sample.pair[side])
  return rules.shape.rows.map(
    (row, index) =>
      JSON.stringify(now[index]) !== JSON.stringify(row[side].normal(plainValue(sample.base[side][index])))
  )
}

describe('laws of the merge', () => {
  test('MERGE-1: a settled pair merges to nothing', () => {
    fc.assert(
      fc.property(pair(4), fc.boolean(), (sample, digestBase) => {
        const merge = mergeSample(sample, { digestBase })
        if (merge.code === 'needs-decision') {
          expect(mergeSample(sample, { digestBase })).toEqual(merge)
          return
        }
        const rules = rulesOfSample(sample)
        const next = settled(digestBase ? { ...sample, base: digested(rules, sample.base) } : sample, merge)
        const again = mergeFields(rulesOfSample(next), next.base, next.pair, contextOf(next, { digestBase }))
        expect(again).toMatchObject({ code: 'unchanged', mailRows: [], recordRows: [], conflicts: [] })
        expect('setMail' in again || 'setRecord' in again).toBe(false)
        if (again.base !== undefined) expect(again.base).toEqual(next.base)
      }),
      runs()
    )
  })

  test('MERGE-2: a one-sided change is taken where it flows', () => {
    fc.assert(
      fc.property(pair(4), (sample) => {
        const rules = rulesOfSample(sample)
        const merge = mergeSample(sample)
        if (merge.code === 'needs-decision') return
        const [mail, record] = [changedRows(sample, 'mail'), changedRows(sample, 'record')]
        const next = settled(sample, merge).pair
        for (const index of rules.shape.rows.keys()) {
          const bits = bitsOf(effectiveOf(sample, index))
          if (mail[index] === true && record[index] === false && (bits & 2) !== 0) {
            expect(normalRows(rules, 'record', next.record)[index]).toEqual(
              normalRows(rules, 'mail', sample.pair.mail)[index]
            )
          }
          if (mail[index] === false && record[index] === true && (bits & 1) !== 0) {
            expect(normalRows(rules, 'mail', next.mail)[index]).toEqual(
              normalRows(rules, 'record', sample.pair.record)[index]
            )
          }
        }
      }),
      runs()
    )
  })

  const swapAccess = (access: PairSample['access']): PairSample['access'] => {
    const bits = (fields: ReadonlyArray<string>): FieldAccess => ({
      read: fields.every((field) => access[`contact.${field}`]?.update !== false),
      update: fields.every((field) => access[`contact.${field}`]?.read !== false)
    })
    return {
      'contact.m0': bits(['r0']),
      'contact.m1': bits(['r1']),
      'contact.m2': bits(['r2']),
      'contact.mPair': bits(['rPairX', 'rPairY'])
    }
  }

  const swapPolicy: { readonly [policy in ConflictPolicy]: ConflictPolicy } = {
    'record-wins': 'mail-wins',
    'mail-wins': 'record-wins',
    'latest-wins': 'latest-wins',
    'latest-else-ask': 'latest-else-ask',
    ask: 'ask'
  }

  const swapSample = (sample: PairSample): PairSample => ({
    ...sample,
    mapping: {
      ...sample.mapping,
      rows: sample.mapping.rows.map((row) => ({
        ...row,
        mail: row.record,
        record: row.mail,
        direction: swapDirection(row.direction)
      }))
    },
    flow: {
      ...sample.flow,
      directions: Object.fromEntries(
        Object.entries(sample.flow.directions).map(([key, way]) => [key, swapDirection(way)])
      )
    },
    access: swapAccess(sample.access),
    base: { mail: sample.base.record, record: sample.base.mail },
    pair: { mail: sample.pair.record, record: sample.pair.mail },
    policy: swapPolicy[sample.policy],
    mailChangedAtMs: sample.recordChangedAtMs,
    recordChangedAtMs: sample.mailChangedAtMs
  })

  const swapMerge = (merge: Merge): Merge => ({
    ...merge,
    code: merge.code === 'to-mail' ? 'to-record' : merge.code === 'to-record' ? 'to-mail' : merge.code,
    mailRows: merge.recordRows,
    recordRows: merge.mailRows,
    conflicts: merge.conflicts.map(({ field, kept }) => ({ field, kept: kept === 'mail' ? 'record' : 'mail' }))
  })

  const shown = ({ code, mailRows, recordRows, conflicts, rest }: Merge): unknown => ({
    code,
    mailRows,
    recordRows,
    conflicts,
    rest
  })

  test('MERGE-3: swapping the sides swaps the merge, under swapped directions, access and policy', () => {
    fc.assert(
      fc.property(pair(3), (drawn) => {
        // Only the mail side is ever reset, and equal times are the record's: neither is symmetric (2.3/14, 2.4/21).
        const sample: PairSample = { ...drawn, flow: { ...drawn.flow, securityWrite: 'keep' } }
        if (sample.policy === 'latest-wins' && sample.mailChangedAtMs === sample.recordChangedAtMs) return
        const merge = mergeSample(sample)
        const mirrored = mergeSample(swapSample(sample))
        expect(shown(mirrored)).toEqual(shown(swapMerge(merge)))
        expect(mirrored.setMail).toEqual(merge.setRecord)
        expect(mirrored.setRecord).toEqual(merge.setMail)
        expect(mirrored.base?.mail).toEqual(merge.base?.record)
        expect(mirrored.base?.record).toEqual(merge.base?.mail)
      }),
      runs()
    )
  })

  test('MERGE-3: the pure heart too', () => {
    const merge = mergeField<string | null>((x, y) => x === y)
    const cell = fc.constantFrom(null, 'a', 'b', 'c')
    fc.assert(
      fc.property(cell, cell, cell, cell, (baseMail, mail, baseRecord, record) => {
        const one = merge(baseMail, mail, baseRecord, record)
        const other = merge(baseRecord, record, baseMail, mail)
        if (one._tag === 'Take') expect(other).toEqual({ ...one, from: one.from === 'mail' ? 'record' : 'mail' })
        else if (one._tag === 'Conflict')
          expect(other).toEqual({ _tag: 'Conflict', mail: one.record, record: one.mail })
        else expect(other).toEqual(one)
      }),
      runs()
    )
  })

  test('MERGE-4: an effective direction without the bit never writes (direction law, 10)', () => {
    fc.assert(
      fc.property(
        pair(4),
        fc.record(
          {
            refuseMail: fc.constantFrom('closed-record', 'missing-privilege'),
            answer: fc.constantFrom('mail', 'record')
          },
          { requiredKeys: [] }
        ),
        fc.boolean(),
        (sample, extra, digestBase) => {
          const merge = mergeSample(sample, { ...extra, digestBase })
          for (const [index, row] of sample.mapping.rows.entries()) {
            const bits = bitsOf(effectiveOf(sample, index))
            if (merge.mailRows.includes(row.name)) expect(bits & 1).toBe(1)
            if (merge.recordRows.includes(row.name)) {
              expect(bits & 2).toBe(2)
              expect(extra.refuseMail).toBeUndefined()
            }
          }
        }
      ),
      runs()
    )
  })

  test('MERGE-5: disjoint edits both survive', () => {
    const mapping: Mapping = {
      kind: 'contact',
      type: 'contact',
      rows: ['a', 'b', 'c'].map((name) => ({ name, mail: name, record: name, direction: 'both', settable: 'all' }))
    }
    const rules = rulesFor(mapping)
    const text = fc.constantFrom('x', 'y', 'z')
    const world = fc.record({ a: text, b: text, c: text })
    fc.assert(
      fc.property(world, fc.constantFrom('a', 'b', 'c'), fc.constantFrom('a', 'b', 'c'), (now, byMail, byRecord) => {
        fc.pre(byMail !== byRecord)
        const base = { mail: [now.a, now.b, now.c], record: [now.a, now.b, now.c] }
        const merge = mergeFields(
          rules,
          base,
          { mail: { ...now, [byMail]: 'mine' }, record: { ...now, [byRecord]: 'theirs' } },
          plainContext
        )
        const both = { ...now, [byMail]: 'mine', [byRecord]: 'theirs' }
        expect(merge.code).toBe('both-ways')
        expect({ ...now, [byMail]: 'mine', ...merge.setMail }).toEqual(both)
        expect({ ...now, [byRecord]: 'theirs', ...merge.setRecord }).toEqual(both)
      }),
      runs()
    )
  })

  test('frame (11): only mapped fields are set, and what is not mapped stays', () => {
    fc.assert(
      fc.property(pair(4), (sample) => {
        const merge = mergeSample(sample)
        const mailFields = sample.mapping.rows.flatMap((row, index) =>
          merge.mailRows.includes(row.name) ? [row.name === 'pair' ? 'mPair' : `m${index}`] : []
        )
        const recordFields = sample.mapping.rows.flatMap((row, index) =>
          merge.recordRows.includes(row.name) ? (row.name === 'pair' ? ['rPairX', 'rPairY'] : [`r${index}`]) : []
        )
        expect(Object.keys(merge.setMail ?? {}).sort()).toEqual(mailFields.sort())
        expect(Object.keys(merge.setRecord ?? {}).sort()).toEqual(recordFields.sort())
        const object = merge.setMail?.['mPair']
        if (object !== undefined) expect(object).toMatchObject({ z: 'kept' })
      }),
      runs()
    )
  })

  test('26: a base takes only what was observed on its side, or what was written there', () => {
    fc.assert(
      fc.property(pair(4), (sample) => {
        const rules = rulesOfSample(sample)
        const merge = mergeSample(sample)
        const next = settled(sample, merge)
        for (const side of ['mail', 'record'] as const) {
          expect(rules.shape.rows.map((row, index) => row[side].normal(plainValue(next.base[side][index])))).toEqual(
            merge.code === 'needs-decision'
              ? rules.shape.rows.map((row, index) => row[side].normal(plainValue(sample.base[side][index])))
              : normalRows(rules, side, next.pair[side])
          )
        }
      }),
      runs()
    )
  })

  test('2.2/9: an aggregate moves whole, and a conflict in one member is a conflict of all', () => {
    const members = ['x', 'y', 'z']
    const rules = rulesFor({
      kind: 'contact',
      type: 'contact',
      rows: [
        {
          name: 'whole',
          mail: { object: 'o', members },
          record: { fields: members },
          direction: 'both',
          settable: 'all'
        }
      ]
    })
    const cell = fc.constantFrom<Value>(null, 'a', 'b')
    const three = fc.tuple(cell, cell, cell)
    fc.assert(
      fc.property(three, three, three, (base, mail, record) => {
        const orNull = (value: ReadonlyArray<Value>): Value => (value.every((member) => member === null) ? null : value)
        const [x, y, z] = mail
        const [rx, ry, rz] = record
        const merge = mergeFields(
          rules,
          { mail: [orNull(base)], record: [orNull(base)] },
          { mail: { o: { x, y, z, other: 1 } }, record: { x: rx, y: ry, z: rz } },
          plainContext
        )
        const same = (one: unknown, two: unknown): boolean => JSON.stringify(one) === JSON.stringify(two)
        const bothDiffer = !same(mail, base) && !same(record, base) && !same(mail, record)
        expect(merge.conflicts).toEqual(bothDiffer ? [{ field: 'whole', kept: 'record' }] : [])
        if (merge.setRecord !== undefined) expect(merge.setRecord).toEqual({ x, y, z })
        if (merge.setMail !== undefined) {
          const set = Object.fromEntries(
            [['x', rx] as const, ['y', ry] as const, ['z', rz] as const].filter(([, member]) => member !== null)
          )
          expect(merge.setMail).toEqual({ o: { other: 1, ...set } })
        }
      }),
      runs()
    )
  })

  test('equal means no write: nothing is written that stands there already, lossy converters included', () => {
    const percent: Converter = {
      id: 'percent',
      version: 1,
      expected: { mail: 'a whole number', record: 'a share' },
      accepts: { mail: (value) => typeof value === 'number', record: (value) => typeof value === 'number' },
      normal: { mail: (value) => value, record: (value) => value },
      toRecord: (mail) => (typeof mail === 'number' ? mail / 100 : mail),
      toMail: (record) => (typeof record === 'number' ? Math.round(record * 100) : record)
    }
    const rules = rulesOf(
      shapeOf(
        {
          kind: 'contact',
          type: 'contact',
          rows: [{ name: 'share', mail: 'm', record: 'r', convert: 'percent', direction: 'both', settable: 'all' }]
        },
        { addressMode: 'mailing-only', companyFromParent: false },
        { ...converters, percent }
      ),
      { directions: {}, securityWrite: 'reset' },
      {}
    )
    const share = fc.constantFrom(0.5, 0.501, 0.504, 0.51, 0.6)
    const whole = fc.constantFrom(50, 51, 60)
    fc.assert(
      fc.property(whole, whole, share, share, (baseMail, mail, baseRecord, record) => {
        const merge = mergeFields(
          rules,
          { mail: [baseMail], record: [baseRecord] },
          { mail: { m: mail }, record: { r: record } },
          plainContext
        )
        if (merge.setMail !== undefined) expect(merge.setMail['m']).not.toBe(mail)
        if (merge.setRecord !== undefined) expect(merge.setRecord['r']).not.toBe(record)
      }),
      runs()
    )
  })

  test('a field that does not hold what its row expects sets the pair aside, names its path and no value', () => {
    const rules = rulesFor({
      kind: 'contact',
      type: 'contact',
      rows: [
        { name: 'born', mail: 'born', record: 'birthdate', convert: 'date', direction: 'both', settable: 'all' },
        { name: 'other', mail: 'other', record: 'other', direction: 'both', settable: 'all' }
      ]
    })
    const merge = mergeFields(
      rules,
      { mail: [null, null], record: [null, null] },
      { mail: { born: { secret: 'canary' }, other: 'x' }, record: {} },
      plainContext
    )
    expect(merge).toMatchObject({ code: 'invalid-item', mailRows: [], recordRows: [] })
    expect(merge.malformed).toEqual([{ side: 'mail', path: 'fields.born: expected a date YYYY-MM-DD' }])
    expect(JSON.stringify(merge)).not.toContain('canary')
    expect('setMail' in merge || 'setRecord' in merge || 'base' in merge).toBe(false)
  })

  test('39: the result of a merge names rows and holds no value but in what it sets and in its base', () => {
    fc.assert(
      fc.property(pair(4), (sample) => {
        const marked = JSON.parse(
          JSON.stringify(sample.pair).replaceAll('"c"', '"canary-c"').replaceAll('"77"', '"canary-77"')
        ) as { mail: Fields; record: Fields }
        const merge = mergeFields(rulesOfSample(sample), sample.base, marked, contextOf(sample))
        const { setMail: _mail, setRecord: _record, base: _base, ...told } = merge
        expect(JSON.stringify(told)).not.toContain('canary')
      }),
      runs()
    )
  })

  test('the same digest for the same value: the merge asks for digests by side and row only', () => {
    expect(digest('mail', 'a', 'x')).toBe(digest('mail', 'a', 'x'))
    expect(digest('mail', 'a', 'x')).not.toBe(digest('record', 'a', 'x'))
    expect(digest('mail', 'a', 'x')).not.toBe(digest('mail', 'b', 'x'))
  })
})
