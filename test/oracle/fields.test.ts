/** The merge against the reference of `fields.ts`: the same writes, bases, conflicts and code on every drawn pair. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Rules } from '../../src/mapping/index.js'
import { type FieldAccess, isDigest, type Value } from '../../src/model/index.js'
import { arbitraries, type PairSample } from '../../src/testing/arbitraries.js'
import { contextOf, digest, digested, normalRows, plainValue, rulesOfSample } from '../mapping/pairs.js'
import { mergeFields, type Merge } from '../../src/mapping/index.js'
import { runs } from '../runs.js'
import { oracle, type OracleMerge, type OraclePair, type V } from './fields.js'

/** Canonical spelling by the reader's own means: line ends, the prefix 00, separators of numbers. */
const canonical = (value: Value, convert: string | undefined): V => {
  if (Array.isArray(value)) {
    const members = value.map((member) => {
      const scalar = canonical(member, convert)
      return typeof scalar === 'string' ? scalar : null
    })
    return members.every((member) => member === null) ? null : members
  }
  if (typeof value !== 'string' || value === '') return null
  return convert === 'phone'
    ? value.replaceAll(' ', '').replaceAll('-', '').replace(/^00/, '+')
    : value.replaceAll('\r\n', '\n')
}

const valueAt = (fields: { readonly [field: string]: Value }, name: string): Value => fields[name] ?? null

/** What stands on each side, found by hand rather than by the readers of the shape. */
const stands = (sample: PairSample, side: 'mail' | 'record', name: string, index: number): Value => {
  const fields = sample.pair[side]
  if (name !== 'pair') return valueAt(fields, `${side === 'mail' ? 'm' : 'r'}${index}`)
  if (side === 'record') return [valueAt(fields, 'rPairX'), valueAt(fields, 'rPairY')]
  const object = fields['mPair']
  if (typeof object !== 'object' || object === null || Array.isArray(object)) return null
  const entries = new Map(Object.entries(object))
  return [entries.get('x') ?? null, entries.get('y') ?? null]
}

const may = (
  access: { readonly [field: string]: FieldAccess },
  fields: ReadonlyArray<string>,
  bit: keyof FieldAccess
): boolean => fields.every((field) => access[`contact.${field}`]?.[bit] !== false)

const oraclePairOf = (sample: PairSample, extra: Pick<OraclePair, 'answer' | 'refuse'>): OraclePair => ({
  rows: sample.mapping.rows.map((row, index) => {
    const fields = row.name === 'pair' ? ['rPairX', 'rPairY'] : [`r${index}`]
    return {
      name: row.name,
      way: sample.flow.directions[`contact.${row.name}`] ?? row.direction,
      read: may(sample.access, fields, 'read'),
      update: may(sample.access, fields, 'update'),
      baseMail: canonical(plainValue(sample.base.mail[index]), row.convert),
      mail: canonical(stands(sample, 'mail', row.name, index), row.convert),
      baseRecord: canonical(plainValue(sample.base.record[index]), row.convert),
      record: canonical(stands(sample, 'record', row.name, index), row.convert)
    }
  }),
  policy: sample.policy,
  ...extra,
  securityWrite: sample.flow.securityWrite,
  mailAt: sample.mailChangedAtMs,
  recordAt: sample.recordChangedAtMs,
  serverTimes: sample.serverTimes,
  skew: sample.clockSkewMs
})

/** The merge in the terms of the reference. */
const read = (rules: Rules, sample: PairSample, base: Merge['base'], merge: Merge): OracleMerge => {
  const of = (side: 'mail' | 'record', names: ReadonlyArray<string>): { readonly [row: string]: V } => {
    const set = side === 'mail' ? merge.setMail : merge.setRecord
    const now = normalRows(rules, side, { ...sample.pair[side], ...set })
    return Object.fromEntries(
      rules.shape.rows.flatMap((row, index) =>
        names.includes(row.name) ? [[row.name, canonical(now[index] ?? null, row.row.convert)]] : []
      )
    )
  }
  return {
    code: merge.code,
    toMail: of('mail', merge.mailRows),
    toRecord: of('record', merge.recordRows),
    base: Object.fromEntries(
      rules.shape.rows.map((row, index) => [
        row.name,
        {
          mail: canonical(plainValue(base?.mail[index]), row.row.convert),
          record: canonical(plainValue(base?.record[index]), row.row.convert)
        }
      ])
    ),
    conflicts: merge.conflicts
  }
}

const extras = fc.record(
  {
    answer: fc.constantFrom<'mail' | 'record'>('mail', 'record'),
    refuse: fc.constantFrom<'closed-record' | 'private-item' | 'wrong-side-edit'>(
      'closed-record',
      'private-item',
      'wrong-side-edit'
    )
  },
  { requiredKeys: [] }
)

const agrees = (sample: PairSample, extra: Pick<OraclePair, 'answer' | 'refuse'>): void => {
  const rules = rulesOfSample(sample)
  const context = contextOf(sample, {
    ...(extra.answer === undefined ? {} : { answer: extra.answer }),
    ...(extra.refuse === undefined ? {} : { refuseMail: extra.refuse })
  })
  const merge = mergeFields(rules, sample.base, sample.pair, context)
  const wanted = oracle(oraclePairOf(sample, extra))
  expect(read(rules, sample, merge.base ?? sample.base, merge)).toEqual(wanted)

  // Under `base: "digest"` the same, and the next base holds digests of the same values.
  const keyed = mergeFields(rules, digested(rules, sample.base), sample.pair, { ...context, digestBase: true })
  expect({ ...keyed, base: undefined, rest: {} }).toEqual({ ...merge, base: undefined, rest: {} })
  for (const [index, row] of rules.shape.rows.entries()) {
    for (const side of ['mail', 'record'] as const) {
      const standing = keyed.base?.[side][index]
      if (standing === undefined) continue
      expect(isDigest(standing)).toBe(true)
      expect(standing).toEqual({
        digest: digest(side, row.name, row[side].normal(plainValue((merge.base ?? sample.base)[side][index])))
      })
    }
  }
}

test('oracle: one row of one pair ends as the table of reliability.md section 3 says', () => {
  fc.assert(fc.property(arbitraries(fc).pair(1), extras, agrees), runs(3))
})

test('oracle: several rows of one pair, aggregates among them, end as the table says', () => {
  fc.assert(fc.property(arbitraries(fc).pair(4), extras, agrees), runs(3))
})
