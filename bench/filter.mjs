/** A compiled filter of six conditions, against a predicate written by hand and against three libraries. */
import { inTurn, line, ratioLine } from './measure.mjs'

const count = 100_000

export const run = async (liaison) => {
  const [{ default: sift }, { Query }, { default: jsonLogic }] = await Promise.all([
    import('sift'),
    import('mingo'),
    import('json-logic-js')
  ])
  const records = Array.from({ length: count }, (_, n) => ({
    ref: `r${n}`,
    type: 'contact',
    owner: n % 3 === 0 ? 'ann' : 'bob',
    state: n % 5 === 0 ? 'inactive' : 'active',
    fields: {
      city: n % 7 === 0 ? 'Lyon' : 'Nice',
      kind: n % 4,
      score: n,
      email: n % 11 === 0 ? null : `a${n}@example.com`
    }
  }))
  const filter = {
    and: [
      { field: 'owner', op: 'eq-userid' },
      { field: 'state', op: 'eq', value: 'active' },
      { field: 'city', op: 'ne', value: 'Lyon' },
      { field: 'kind', op: 'in', value: [1, 2] },
      { field: 'email', op: 'not-null' },
      { not: { field: 'city', op: 'eq', value: 'Metz' } }
    ]
  }
  const compiled = liaison.compile(filter, { user: 'ann', teams: [], businessUnit: 'root', timeZone: 'UTC', nowMs: 0 })
  const byHand = ({ owner, state, fields }) =>
    owner === 'ann' &&
    state === 'active' &&
    fields.city.toLowerCase() !== 'lyon' &&
    (fields.kind === 1 || fields.kind === 2) &&
    fields.email !== null &&
    fields.city.toLowerCase() !== 'metz'
  const mongo = {
    owner: 'ann',
    state: 'active',
    'fields.city': { $nin: ['Lyon', 'Metz'] },
    'fields.kind': { $in: [1, 2] },
    'fields.email': { $ne: null }
  }
  const sifted = sift(mongo)
  const query = new Query(mongo)
  const logic = {
    and: [
      { '==': [{ var: 'owner' }, 'ann'] },
      { '==': [{ var: 'state' }, 'active'] },
      { '!=': [{ var: 'fields.city' }, 'Lyon'] },
      { in: [{ var: 'fields.kind' }, [1, 2]] },
      { '!=': [{ var: 'fields.email' }, null] },
      { '!=': [{ var: 'fields.city' }, 'Metz'] }
    ]
  }
  const counted = (holds) => records.reduce((sum, record) => sum + (holds(record) ? 1 : 0), 0)
  const expected = counted(byHand)
  const must = (name, holds) => () => {
    const held = counted(holds)
    if (held !== expected) throw new Error(`${name} held ${held} records, by hand ${expected}`)
  }
  const ms = await inTurn({
    compiled: must('compiled', compiled),
    byHand: must('by hand', byHand),
    sift: must('sift', sifted),
    mingo: must('mingo', (record) => query.test(record)),
    jsonLogic: must('json-logic-js', (record) => jsonLogic.apply(logic, record))
  })
  ratioLine(`${count} records, compiled filter of 6 conditions, against one by hand`, ms.compiled, ms.byHand, 1.5)
  for (const name of ['sift', 'mingo', 'jsonLogic']) {
    const ratio = ms[name] / ms.compiled
    line(
      `the same, ${name} against the compiled one`,
      `${ms[name].toFixed(1)} ms`,
      `${ms.compiled.toFixed(1)} ms`,
      ratio,
      'at least 10',
      ratio >= 10
    )
  }
}
