/** Laws of the whole cycle as properties: two runs of one drawn world that may differ in one thing must end alike. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { MailStore, RecordStore } from '../../src/engine/ports.js'
import { type Effect, fail, ok, type Outcome } from '../../src/model/index.js'
import type { WorldOptions } from '../../src/testing/scenario/index.js'
import { type Ending, run } from './crash.js'
import { firstSeed, runs, timeoutMs } from './runs.js'
import { anyWorld, disjointEdits, editOf, pairsMax, worldOf } from './worlds.js'

const times = { numRuns: runs, seed: firstSeed }
const ended = ({ world }: Ending): ReadonlyArray<string> => world.split('\n')

const both = (mail: (store: MailStore) => MailStore, records: (store: RecordStore) => RecordStore): WorldOptions => ({
  wrapMail: mail,
  wrapRecords: records
})

const sorted = (effects: ReadonlyArray<Effect>, outcomes: ReadonlyArray<Outcome>): ReadonlyArray<Outcome> =>
  effects.flatMap(({ key }) => outcomes.find((outcome) => outcome.key === key) ?? [])

test('4: an effect that is carried out twice, the first answer lost, is carried out once', {
  timeout: timeoutMs
}, () => {
  const twice = both(
    (store) => ({ ...store, write: async (effects) => (await store.write(effects)) && store.write(effects) }),
    (store) => ({
      ...store,
      write: async (effects, as) => (await store.write(effects, as)) && store.write(effects, as)
    })
  )
  return fc.assert(
    fc.asyncProperty(anyWorld, async (scenario) => {
      expect(ended(await run({ scenario, options: () => twice }))).toEqual(ended(await run({ scenario })))
    }),
    times
  )
})

test('5: the order of effects and the size of batches and pages change nothing (DECIDE-3)', {
  timeout: timeoutMs
}, () => {
  const cut = (batch: number, page: number): WorldOptions =>
    both(
      (store) => ({
        ...store,
        can: { ...store.can, writeBatchMax: batch },
        changes: (scope, cursor, max) => store.changes(scope, cursor, Math.min(max, page)),
        write: async (effects) => {
          const answer = await store.write([...effects].reverse())
          return answer._tag === 'Left' ? answer : ok(sorted(effects, answer.right))
        }
      }),
      (store) => ({
        ...store,
        can: { ...store.can, writeBatchMax: batch },
        changes: (scope, cursor, max) => store.changes(scope, cursor, Math.min(max, page)),
        write: async (effects, as) => {
          const answer = await store.write([...effects].reverse(), as)
          return answer._tag === 'Left' ? answer : ok(sorted(effects, answer.right))
        }
      })
    )
  return fc.assert(
    fc.asyncProperty(anyWorld, fc.constantFrom(1, 2, 50), fc.constantFrom(1, 2, 500), async (scenario, batch, page) => {
      expect(ended(await run({ scenario, options: () => cut(batch, page) }))).toEqual(ended(await run({ scenario })))
    }),
    times
  )
})

test('7: edits that touch no field in common end alike, however cycles lie between them', {
  timeout: timeoutMs
}, () => {
  const woven = fc.tuple(disjointEdits, fc.array(fc.nat(1), { minLength: 6, maxLength: 6 }), fc.nat())
  return fc.assert(
    fc.asyncProperty(woven, async ([edits, syncs, turn]) => {
      const turned = edits.map((_, index) => edits[(index + turn) % edits.length]).filter((one) => one !== undefined)
      const steps = turned.flatMap((one, index) => [editOf(one), ...(syncs[index] === 1 ? [{ sync: 'ann' }] : [])])
      const plain = await run({ scenario: worldOf(pairsMax, [...edits.map(editOf), { sync: 'ann' }]) })
      expect(ended(await run({ scenario: worldOf(pairsMax, [...steps, { sync: 'ann' }]) }))).toEqual(ended(plain))
    }),
    times
  )
})

test('23: a cursor that expires at any call changes nothing', { timeout: timeoutMs }, () => {
  const expiring = (at: number): WorldOptions => {
    let calls = 0
    const isNow = (cursor: string | undefined): boolean => {
      calls += 1
      return cursor !== undefined && calls % at === 0
    }
    return both(
      (store) => ({
        ...store,
        changes: (scope, cursor, max) =>
          isNow(cursor) ? Promise.resolve(fail({ _tag: 'CursorExpired', scope })) : store.changes(scope, cursor, max)
      }),
      (store) => ({
        ...store,
        changes: (scope, cursor, max) =>
          isNow(cursor) ? Promise.resolve(fail({ _tag: 'CursorExpired', scope })) : store.changes(scope, cursor, max)
      })
    )
  }
  return fc.assert(
    fc.asyncProperty(anyWorld, fc.integer({ min: 2, max: 7 }), async (scenario, at) => {
      expect(ended(await run({ scenario, options: () => expiring(at) }))).toEqual(ended(await run({ scenario })))
    }),
    times
  )
})

test('34: one item that is always refused keeps nobody else back', { timeout: timeoutMs }, () => {
  const isPoison = (effect: Effect): boolean => effect._tag !== 'Create' && (effect.ref === 'm0' || effect.ref === 'r0')
  const refuse = (effects: ReadonlyArray<Effect>, outcomes: ReadonlyArray<Outcome>): ReadonlyArray<Outcome> =>
    effects.map((effect): Outcome => {
      const done = outcomes.find(({ key }) => key === effect.key)
      return done ?? { _tag: 'Failed', key: effect.key, error: { _tag: 'Malformed', side: 'mail', paths: [] } }
    })
  const poisoned = both(
    (store) => ({
      ...store,
      write: async (effects) => {
        const answer = await store.write(effects.filter((effect) => !isPoison(effect)))
        return answer._tag === 'Left' ? answer : ok(refuse(effects, answer.right))
      }
    }),
    (store) => ({
      ...store,
      write: async (effects, as) => {
        const answer = await store.write(
          effects.filter((effect) => !isPoison(effect)),
          as
        )
        return answer._tag === 'Left' ? answer : ok(refuse(effects, answer.right))
      }
    })
  )
  const others = (ending: Ending): ReadonlyArray<string> => ended(ending).filter((line) => !/"[mr]0"/.test(line))
  return fc.assert(
    fc.asyncProperty(disjointEdits, async (edits) => {
      const scenario = worldOf(pairsMax, [
        { editMail: 'm0', set: { manager: 'P' } },
        ...edits.map(editOf),
        { sync: 'ann' }
      ])
      const ending = await run({ scenario, options: () => poisoned })
      expect(others(ending)).toEqual(others(await run({ scenario })))
      expect(ended(ending).some((line) => line.startsWith('records ["r0"') && line.includes('managername'))).toBe(false)
    }),
    times
  )
})
