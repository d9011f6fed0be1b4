/** Guards at their borders (20, 2.6/29b, `careful.md`), their sums, and the hash of what is held. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type GuardFacts, type Guarded, guard } from '../../src/engine/plan/guard.js'
import { type ClassGuard, type CycleGuard, presets } from '../../src/engine/settings.js'
import { freshState, type MailboxState } from '../../src/engine/state.js'
import type { Verdict } from '../../src/engine/unit.js'
import type { Side } from '../../src/model/index.js'
import { runs } from '../runs.js'

const nowMs = Date.UTC(2026, 2, 2, 9)
const dayMs = 86_400_000

const verdict = (n: number, over: Partial<Verdict> = {}): Verdict => ({
  key: `link${n}`,
  item: `m${n}`,
  record: `r${n}`,
  kind: 'contact',
  type: 'contact',
  code: 'unchanged',
  facts: {},
  mailRows: [],
  recordRows: [],
  link: 'none',
  candidateDelete: false,
  byPerson: false,
  valueDigests: {},
  conflicts: 0,
  ...over
})

const deleting = (side: Side): Partial<Verdict> =>
  side === 'mail'
    ? { mail: 'delete', code: 'record-deleted', link: 'end' }
    : { recordOp: 'delete', code: 'mail-deleted', link: 'end' }

const many = (count: number, over: Partial<Verdict>, from = 0): ReadonlyArray<Verdict> =>
  Array.from({ length: count }, (_, index) => verdict(from + index, over))

const factsWith = (
  settings: CycleGuard | ClassGuard,
  links: number,
  over: Partial<Omit<GuardFacts, 'state'>> & { readonly state?: Partial<MailboxState> } = {}
): GuardFacts => ({
  guard: settings,
  nowMs,
  holdsFirstCycle: false,
  holdsInvitations: false,
  kindOf: (type) => type,
  emptySides: [],
  approved: new Set(),
  ...over,
  state: { ...freshState, committed: true, links: { contact: links }, ...over.state }
})

const { dynamics, careful } = presets
const isHeld = (guarded: Guarded): boolean => guarded.held.length > 0

describe('20: the guard of `dynamics` at its borders', () => {
  /** Links, deletes, held: trap 20 of `sync.md` and the borders beside them. */
  const table: ReadonlyArray<readonly [number, number, boolean]> = [
    [40, 12, true],
    [40, 10, false],
    [40, 11, true],
    [12, 9, false],
    [12, 10, true],
    [39, 10, true],
    [0, 10, true],
    [0, 9, false],
    [1000, 250, false],
    [1000, 251, true]
  ]
  for (const [links, deletes, held] of table) {
    for (const side of ['mail', 'record'] as const) {
      test(`${links} links, ${deletes} deletes of the ${side} side: ${held ? 'held, the whole cycle' : 'not held'}`, () => {
        const guarded = guard(many(deletes, deleting(side)), factsWith(dynamics.guard, links))
        expect(guarded.whole).toBe(held)
        expect(guarded.held.map((entry) => [entry.guard, entry.counts['deletes']])).toEqual(
          held ? [['mass-delete', deletes]] : []
        )
        expect(guarded.holds.size).toBe(held ? deletes : 0)
        if (held) expect(new Set(guarded.holds.values())).toEqual(new Set(['mass-delete-held']))
      })
    }
  }

  test('each side is counted apart, all kinds together', () => {
    expect(
      isHeld(guard([...many(9, deleting('mail')), ...many(9, deleting('record'), 20)], factsWith(dynamics.guard, 20)))
    ).toBe(false)
    const mixed = [...many(6, deleting('mail')), ...many(6, { ...deleting('mail'), type: 'task', kind: 'task' }, 20)]
    expect(isHeld(guard(mixed, factsWith(dynamics.guard, 0, { state: { links: { contact: 20, task: 20 } } })))).toBe(
      true
    )
  })

  test('a person’s Untrack does not count, a candidate for leaving does (25a)', () => {
    expect(isHeld(guard(many(20, { ...deleting('record'), byPerson: true }), factsWith(dynamics.guard, 20)))).toBe(
      false
    )
    expect(isHeld(guard(many(20, { candidateDelete: true }), factsWith(dynamics.guard, 20)))).toBe(true)
  })
})

const careguard = (): ClassGuard => {
  if ('deletes' in careful.guard) return careful.guard
  throw new Error('careful has a guard by class')
}

describe('20: the guards of `careful` at their borders', () => {
  const limit = careguard()
  /** Links, deletes, held: free 5, ratio 10 %, most 100. */
  const deletes: ReadonlyArray<readonly [number, number, boolean]> = [
    [0, 5, false],
    [0, 6, true],
    [59, 6, true],
    [60, 6, false],
    [1000, 100, false],
    [1000, 101, true],
    [2000, 100, false],
    [2000, 101, true]
  ]
  for (const [links, count, held] of deletes) {
    for (const side of ['mail', 'record'] as const) {
      test(`deletes: ${links} links, ${count} of the ${side} side: ${held ? 'held' : 'pass'}`, () => {
        const guarded = guard(many(count, deleting(side)), factsWith(limit, links))
        expect(isHeld(guarded)).toBe(held)
        expect(guarded.whole).toBe(false)
        expect(guarded.holds.size).toBe(held ? count : 0)
      })
    }
  }

  test('deletes: at most perDay in 24 hours, by side and type; what is older counts no more', () => {
    const today = (atMs: number, count: number, side: Side = 'mail', type = 'contact'): Partial<MailboxState> => ({
      deletes: [{ atMs, side, type, count }],
      links: { contact: 1000 }
    })
    const held = (state: Partial<MailboxState>): boolean =>
      isHeld(guard(many(5, deleting('mail')), factsWith(limit, 1000, { state })))
    expect(held(today(nowMs - 1, 95))).toBe(false)
    expect(held(today(nowMs - 1, 96))).toBe(true)
    expect(held(today(nowMs - dayMs + 1, 96))).toBe(true)
    expect(held(today(nowMs - dayMs, 96))).toBe(false)
    expect(held(today(nowMs - 1, 96, 'record'))).toBe(false)
    expect(held(today(nowMs - 1, 96, 'mail', 'task'))).toBe(false)
  })

  test('deletes: the first cycle deletes nothing', () => {
    expect(
      isHeld(
        guard(
          many(1, deleting('mail')),
          factsWith(limit, 1000, { state: { committed: false, links: { contact: 1000 } } })
        )
      )
    ).toBe(true)
    expect(
      isHeld(
        guard(
          many(1, deleting('mail')),
          factsWith({ ...limit, firstCycleDeletes: true }, 1000, {
            state: { committed: false, links: { contact: 1000 } }
          })
        )
      )
    ).toBe(false)
  })

  test('21: a side that lists nothing deletes nothing on the other, from three linked pairs on', () => {
    for (const [links, held] of [
      [2, false],
      [3, true]
    ] as const) {
      const guarded = guard(many(2, deleting('mail')), factsWith(limit, links, { emptySides: ['record'] }))
      expect(guarded.held.map((entry) => entry.guard)).toEqual(held ? ['empty-side'] : [])
    }
    expect(isHeld(guard(many(2, deleting('mail')), factsWith(limit, 3, { emptySides: ['mail'] })))).toBe(false)
  })

  const overwriting = (digest: string): Partial<Verdict> => ({
    mail: 'update',
    mailRows: ['jobTitle'],
    valueDigests: { 'mail.jobTitle': digest }
  })
  test('overwrites: one field set to one value on more than a fifth of the pairs, from twenty on', () => {
    for (const [links, count, held] of [
      [50, 19, false],
      [99, 20, true],
      [100, 20, false],
      [100, 21, true]
    ] as const) {
      expect([links, count, isHeld(guard(many(count, overwriting('d')), factsWith(limit, links)))]).toEqual([
        links,
        count,
        held
      ])
    }
    const split = [...many(15, overwriting('d')), ...many(15, overwriting('e'), 20)]
    expect(isHeld(guard(split, factsWith(limit, 50)))).toBe(false)
  })

  test('creates: more than most, or more than twice the pairs from twenty linked on', () => {
    const creating: Partial<Verdict> = { mail: 'create', code: 'entered-filter', link: 'new' }
    for (const [links, count, held] of [
      [0, 1000, false],
      [0, 1001, true],
      [19, 1000, false],
      [20, 40, false],
      [20, 41, true],
      [600, 1001, true]
    ] as const) {
      expect([links, count, isHeld(guard(many(count, creating), factsWith(limit, links)))]).toEqual([
        links,
        count,
        held
      ])
    }
  })

  test('only the class waits: edits and other types go on', () => {
    const verdicts = [
      ...many(6, deleting('mail')),
      ...many(5, { ...deleting('mail'), type: 'task', kind: 'task' }, 10),
      ...many(3, overwriting('d'), 30)
    ]
    const guarded = guard(verdicts, factsWith(limit, 10, { state: { links: { contact: 10, task: 10 } } }))
    expect([...guarded.holds.keys()].sort()).toEqual(
      many(6, {})
        .map((held) => held.key)
        .sort()
    )
    expect(guarded.whole).toBe(false)
  })

  test('a first cycle under `plan` waits whole, unless it asks for nothing', () => {
    const first = factsWith(limit, 0, { holdsFirstCycle: true })
    expect(guard(many(3, {}), first)).toMatchObject({ held: [], whole: false })
    expect(guard([verdict(1), verdict(2, { mail: 'create', link: 'new' })], first)).toMatchObject({
      whole: true,
      held: [{ guard: 'first-cycle', counts: { verdicts: 1, writes: 1 } }]
    })
  })
})

describe('planHash and approval', () => {
  const limit = careguard()
  const asked = fc.uniqueArray(fc.record({ n: fc.nat({ max: 60 }), side: fc.constantFrom<Side>('mail', 'record') }), {
    minLength: 6,
    maxLength: 20,
    selector: ({ n }) => n
  })
  const hashesOf = (verdicts: ReadonlyArray<Verdict>, settings: CycleGuard | ClassGuard): ReadonlyArray<string> =>
    guard(verdicts, factsWith(settings, 0)).held.map((entry) => entry.planHash)

  test('the hash does not depend on order, and changes where something joins or leaves', () => {
    fc.assert(
      fc.property(asked, fc.boolean(), fc.integer(), (drawn, byClass, seed) => {
        const settings: CycleGuard | ClassGuard = byClass
          ? { ...limit, deletes: { ...limit.deletes, free: 0 } }
          : { maxDeleteRatio: 0, minDeletes: 1 }
        const verdicts = drawn.map(({ n, side }) => verdict(n, deleting(side)))
        const shuffled = [...verdicts].sort(
          (x, y) =>
            ((x.key.length * 31 + x.key.charCodeAt(4) * seed) % 7) -
            ((y.key.length * 31 + y.key.charCodeAt(4) * seed) % 7)
        )
        const hashes = hashesOf(verdicts, settings)
        expect(hashes.length).toBeGreaterThan(0)
        expect(hashesOf(shuffled, settings)).toEqual(hashes)
        expect(hashesOf([...verdicts].reverse(), settings)).toEqual(hashes)
        const joined = hashesOf([...verdicts, verdict(99, deleting('mail'))], settings)
        expect(joined).not.toEqual(hashes)
        expect(hashesOf(verdicts.slice(1), settings)).not.toEqual(hashes)
      }),
      runs()
    )
  })

  test('the hash tells operation, side, ref, reason and guard apart', () => {
    const of = (over: Partial<Verdict>, n = 1): string =>
      hashesOf([verdict(n, over)], { maxDeleteRatio: 0, minDeletes: 1 })[0] ?? ''
    const first = (over: Partial<Verdict>): string =>
      guard([verdict(1, over)], factsWith(limit, 0, { holdsFirstCycle: true })).held[0]?.planHash ?? ''
    const hashes = [
      of(deleting('mail')),
      of(deleting('record')),
      of(deleting('mail'), 2),
      of({ ...deleting('mail'), code: 'left-filter' }),
      first(deleting('mail')),
      first({ ...deleting('mail'), mail: 'create' })
    ]
    expect(new Set(hashes).size).toBe(hashes.length)
    expect(hashes.every((hash) => /^[0-9a-f]{32}$/.test(hash))).toBe(true)
  })

  test('an approval lets exactly that set pass, and is used up; with one more it waits again', () => {
    fc.assert(
      fc.property(asked, (drawn) => {
        const settings: CycleGuard = { maxDeleteRatio: 0, minDeletes: 1 }
        const verdicts = drawn.map(({ n, side }) => verdict(n, deleting(side)))
        const hash = hashesOf(verdicts, settings)[0] ?? ''
        const passed = guard(verdicts, factsWith(settings, 0, { approved: new Set([hash, 'another']) }))
        expect(passed).toMatchObject({ held: [], whole: false, used: [hash] })
        expect(passed.holds.size).toBe(0)
        const grown = guard(
          [...verdicts, verdict(99, deleting('record'))],
          factsWith(settings, 0, { approved: new Set([hash]) })
        )
        expect(grown).toMatchObject({ whole: true, used: [] })
      }),
      runs()
    )
  })
})

describe('PLAN-2: sums add up', () => {
  const limit = careguard()
  const any = fc.array(
    fc.record({
      mail: fc.constantFrom<Verdict['mail']>(undefined, 'create', 'update', 'delete'),
      record: fc.constantFrom<Verdict['recordOp']>(undefined, 'create', 'update', 'delete'),
      byPerson: fc.boolean(),
      type: fc.constantFrom('contact', 'task')
    }),
    { maxLength: 40 }
  )

  test('PLAN-2: what is held and what passes is all there is, each verdict once; counts are those of the held', () => {
    fc.assert(
      fc.property(any, fc.boolean(), fc.nat({ max: 50 }), (drawn, byClass, links) => {
        const verdicts = drawn.map(({ mail, record, byPerson, type }, index) =>
          verdict(index, {
            ...(mail === undefined ? {} : { mail }),
            ...(record === undefined ? {} : { recordOp: record }),
            byPerson,
            type,
            kind: type
          })
        )
        const settings = byClass ? limit : dynamics.guard
        const guarded = guard(verdicts, factsWith(settings, links))
        const keys = new Set(verdicts.map((each) => each.key))
        for (const key of guarded.holds.keys()) expect(keys.has(key)).toBe(true)
        for (const entry of guarded.held) {
          const counted = entry.counts['deletes'] ?? entry.counts['creates'] ?? entry.counts['overwrites'] ?? 0
          expect(counted).toBeGreaterThan(0)
          expect(entry.samples.length).toBeLessThanOrEqual(20)
        }
        // No delete by a person alone is ever held, and nothing is held that no guard names.
        expect(guarded.holds.size === 0).toBe(guarded.held.length === 0)
        for (const each of verdicts) {
          if (each.mail === undefined && each.recordOp === undefined) expect(guarded.holds.has(each.key)).toBe(false)
        }
        if (!byClass) {
          const deletes = (side: Side): number =>
            verdicts.filter((each) => !each.byPerson && (side === 'mail' ? each.mail : each.recordOp) === 'delete')
              .length
          const over = (side: Side): boolean => deletes(side) >= 10 && deletes(side) > 0.25 * links
          expect(guarded.whole).toBe(over('mail') || over('record'))
        }
      }),
      runs()
    )
  })
})
