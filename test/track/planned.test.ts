/** What a cycle is about to store, as the messages behind it find it (W2): of many of one term the last. */
import { describe, expect, test } from 'vitest'
import { hitsMax, storedFrom } from '../../src/engine/track/correlate.js'
import { Planned } from '../../src/engine/track/planned.js'
import { codeOf } from '../../src/model/index.js'

const bySubject = codeOf('subject', 'subject')

const add = (planned: Planned, ref: string): void => {
  const fields = { subject: 'Figures', messageid: `<${ref}@x.test>` }
  const stored = storedFrom({ ref, type: 'email', state: 'completed', fields })
  planned.add({ identity: ref, unit: ref, stored }, fields)
}

const refsOf = (planned: Planned): ReadonlyArray<string> => planned.hits(bySubject, '["figures"]').map(({ ref }) => ref)

const named = (from: number, to: number): ReadonlyArray<string> =>
  Array.from({ length: to - from }, (_, at) => `m${from + at}`)

describe('of many messages of one term the last are found, as many as a look-up tells', () => {
  test('of so many all are found, older first', () => {
    const planned = new Planned()
    for (const ref of named(0, hitsMax)) add(planned, ref)
    expect(refsOf(planned)).toEqual(named(0, hitsMax))
  })

  test('of one more the oldest is not', () => {
    const planned = new Planned()
    for (const ref of named(0, hitsMax + 1)) add(planned, ref)
    expect(refsOf(planned)).toEqual(named(1, hitsMax + 1))
  })

  test('those of a rehearsal come behind those before it, and count with them', () => {
    const planned = new Planned()
    for (const ref of named(0, hitsMax - 1)) add(planned, ref)
    const rehearsed = new Planned(planned)
    for (const ref of named(hitsMax - 1, hitsMax + 10)) add(rehearsed, ref)
    expect(refsOf(rehearsed)).toEqual(named(10, hitsMax + 10))
    expect(refsOf(planned)).toEqual(named(0, hitsMax - 1))
  })

  test('its unit is found by its identity all the same', () => {
    const planned = new Planned()
    for (const ref of named(0, hitsMax + 1)) add(planned, ref)
    expect(planned.unitOf('m0')).toBe('m0')
  })
})
