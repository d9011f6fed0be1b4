/** The field decision table, every cell of it: three values in four places, all directions, rights, refusals, policies. */
import { expect, test } from 'vitest'
import { type ConflictPolicy, mergeFields } from '../../src/mapping/index.js'
import type { Direction } from '../../src/model/index.js'
import { plainContext, rulesFor } from '../mapping/pairs.js'
import { oracle, type OraclePair } from './fields.js'

const values = [null, 'a', 'b'] as const
const directions: ReadonlyArray<Direction> = ['both', 'toRecord', 'toMail', 'none']
const policies: ReadonlyArray<ConflictPolicy> = ['record-wins', 'mail-wins', 'latest-wins', 'latest-else-ask', 'ask']
const refusals = [undefined, 'closed-record', 'private-item', 'wrong-side-edit'] as const
const bools = [true, false] as const
const times = [
  [10, 20],
  [20, 10],
  [15, 15]
] as const

const quads = values.flatMap((baseMail) =>
  values.flatMap((mail) =>
    values.flatMap((baseRecord) => values.map((record) => ({ baseMail, mail, baseRecord, record })))
  )
)

for (const way of directions) {
  test(`field table, direction ${way}: 81 situations × 4 rights × reset or keep × 4 refusals × 5 policies`, () => {
    let cells = 0
    for (const read of bools) {
      for (const update of bools) {
        for (const securityWrite of ['reset', 'keep'] as const) {
          const rules = rulesFor(
            {
              kind: 'contact',
              type: 'contact',
              rows: [{ name: 'f', mail: 'm', record: 'r', direction: way, settable: 'all' }]
            },
            { directions: {}, securityWrite },
            { 'contact.r': { read, update } }
          )
          for (const policy of policies) {
            for (const refuse of refusals) {
              for (const [mailAt, recordAt] of policy.startsWith('latest') ? times : times.slice(0, 1)) {
                for (const quad of quads) {
                  const pair: OraclePair = {
                    rows: [{ name: 'f', way, read, update, ...quad }],
                    policy,
                    ...(refuse === undefined ? {} : { refuse }),
                    securityWrite,
                    mailAt,
                    recordAt,
                    serverTimes: true,
                    skew: 5
                  }
                  const merge = mergeFields(
                    rules,
                    { mail: [quad.baseMail], record: [quad.baseRecord] },
                    { mail: { m: quad.mail }, record: { r: quad.record } },
                    {
                      ...plainContext,
                      policy,
                      clockSkewMs: 5,
                      mailChangedAtMs: mailAt,
                      recordChangedAtMs: recordAt,
                      ...(refuse === undefined ? {} : { refuseMail: refuse })
                    }
                  )
                  const wanted = oracle(pair)
                  const base = merge.base ?? { mail: [quad.baseMail], record: [quad.baseRecord] }
                  const got = {
                    code: merge.code,
                    toMail: merge.setMail === undefined ? {} : { f: merge.setMail['m'] ?? null },
                    toRecord: merge.setRecord === undefined ? {} : { f: merge.setRecord['r'] ?? null },
                    base: { f: { mail: base.mail[0] ?? null, record: base.record[0] ?? null } },
                    conflicts: merge.conflicts
                  }
                  cells += 1
                  // `toEqual` costs too much for each of so many cells.
                  if (JSON.stringify(got) !== JSON.stringify(wanted))
                    expect({ pair, got }).toEqual({ pair, got: wanted })
                }
              }
            }
          }
        }
      }
    }
    expect(cells).toBe(81 * 4 * 2 * 4 * (3 + 2 * 3))
  })
}
