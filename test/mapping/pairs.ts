/** Samples of pairs made ready for the merge, and the world that follows when its writes are carried out. */
import {
  plainConvert,
  type FlowSettings,
  type Mapping,
  type Merge,
  type MergeContext,
  converters,
  mergeFields,
  type Rules,
  rulesOf,
  shapeOf
} from '../../src/mapping/index.js'
import { type Base, type FieldAccess, type Fields, keyedDigest, type Side, type Value } from '../../src/model/index.js'
import type { PairSample } from '../../src/testing/arbitraries.js'

const digestKey = new Uint8Array(32).fill(7)

export const digest = (side: Side, row: string, value: Value): string =>
  keyedDigest(digestKey)(['tenant', 'link', side, row, '1'], value)

export const rulesFor = (
  mapping: Mapping,
  flow: FlowSettings = { directions: {}, securityWrite: 'reset' },
  access: { readonly [field: string]: FieldAccess } = {}
): Rules =>
  rulesOf(shapeOf(mapping, { addressMode: 'mailing-only', companyFromParent: false }, converters), flow, access)

export const rulesOfSample = (sample: PairSample): Rules => rulesFor(sample.mapping, sample.flow, sample.access)

export const plainContext: MergeContext = {
  policy: 'record-wins',
  serverTimes: true,
  convert: plainConvert,
  clockSkewMs: 0,
  names: new Map(),
  digest,
  digestBase: false
}

export const contextOf = (sample: PairSample, over: Partial<MergeContext> = {}): MergeContext => ({
  ...plainContext,
  policy: sample.policy,
  mailChangedAtMs: sample.mailChangedAtMs,
  recordChangedAtMs: sample.recordChangedAtMs,
  serverTimes: sample.serverTimes,
  convert: plainConvert,
  clockSkewMs: sample.clockSkewMs,
  ...over
})

/** The base as digests, where a property is run so. */
export const digested = (rules: Rules, base: Base): Base => ({
  mail: rules.shape.rows.map((row, index) => ({
    digest: digest('mail', row.name, row.mail.normal(plainValue(base.mail[index])))
  })),
  record: rules.shape.rows.map((row, index) => ({
    digest: digest('record', row.name, row.record.normal(plainValue(base.record[index])))
  }))
})

/** A value of a base that is kept as values. */
export const plainValue = (value: Base['mail'][number] | undefined): Value => {
  if (value === undefined) return null
  if (typeof value === 'object' && value !== null && 'digest' in value) throw new Error('a base of values was expected')
  return value
}

export const mergeSample = (sample: PairSample, over: Partial<MergeContext> = {}): Merge => {
  const rules = rulesOfSample(sample)
  const context = contextOf(sample, over)
  return mergeFields(rules, context.digestBase ? digested(rules, sample.base) : sample.base, sample.pair, context)
}

const after = (fields: Fields, set: Fields | undefined): Fields => ({ ...fields, ...set })

/** The sample once the writes of its merge are done and its base has moved. */
export const settled = (sample: PairSample, merge: Merge): PairSample => ({
  ...sample,
  base: merge.base ?? sample.base,
  pair: { mail: after(sample.pair.mail, merge.setMail), record: after(sample.pair.record, merge.setRecord) }
})

/** What a side holds of each row, in normal form. */
export const normalRows = (rules: Rules, side: Side, fields: Fields): ReadonlyArray<Value> =>
  rules.shape.rows.map((row) => row[side].normal(row[side].lift(fields, new Map())))
