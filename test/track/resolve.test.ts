/** From an address to records: R1 to R6 of `tracking.md`. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Candidate, recipientsAmong, senderAmong, typeOrder } from '../../src/engine/track/resolve.js'
import { runs } from '../runs.js'

const first = { user: 'ann', ambiguous: 'first' } as const
const unresolved = { user: 'ann', ambiguous: 'unresolved' } as const

const has = (ref: string, type: string, given: Partial<Candidate> = {}): Candidate => ({
  ref,
  type,
  isActive: true,
  createdAtMs: 1,
  ...given
})
const inactive = { isActive: false }

const sender = (
  candidates: ReadonlyArray<Candidate>,
  how: typeof first | typeof unresolved = first
): string | undefined => senderAmong(candidates, how)?.ref
const recipients = (
  candidates: ReadonlyArray<Candidate>,
  ambiguous: 'all' | 'unresolved' = 'all'
): ReadonlyArray<string> => recipientsAmong(candidates, ambiguous).map(({ ref }) => ref)

describe('R1: one record for a sender', () => {
  test('the order of types, custom ones last', () => {
    expect(typeOrder).toEqual(['user', 'contact', 'account', 'lead', 'equipment', 'team', 'businessunit', 'queue'])
    const all = [...typeOrder, 'vendor'].map((type) => has(`a ${type}`, type, { createdAtMs: 9 }))
    expect(recipients([...all].reverse())).toEqual(all.map(({ ref }) => ref))
    for (const [at, { ref }] of all.entries()) expect(sender(all.slice(at).reverse())).toBe(ref)
  })
  test('a business unit is spelled in one word or in two', () => {
    expect(recipients([has('q', 'queue'), has('b', 'business unit'), has('t', 'team')])).toEqual(['t', 'b', 'q'])
    expect(recipients([has('b', 'business unit'), has('b', 'businessunit')])).toEqual(['b'])
  })
  test('within a type the oldest, then the smaller ID; an unknown age is the youngest', () => {
    const { createdAtMs: _, ...undated } = has('a', 'contact')
    const all = [undated, has('d', 'contact', { createdAtMs: 2 }), has('c', 'contact'), has('B', 'contact')]
    expect(recipients(all)).toEqual(['B', 'c', 'd', 'a'])
    expect(sender(all)).toBe('B')
  })
  test('custom types go by age, then ID, not by name', () => {
    expect(recipients([has('b', 'alpha'), has('a', 'omega'), has('z', 'omega', { createdAtMs: 0 })])).toEqual([
      'z',
      'a',
      'b'
    ])
  })
  test('one record that has the address twice is one match', () => {
    const twice = [has('a', 'contact'), has('a', 'contact')]
    expect(sender(twice, unresolved)).toBe('a')
    expect(recipients(twice, 'unresolved')).toEqual(['a'])
    expect(recipients([has('a', 'contact'), has('a', 'lead')])).toEqual(['a', 'a'])
  })
  test('nobody has the address', () => {
    expect([sender([]), recipients([])]).toEqual([undefined, []])
  })
})

describe('R2: ownership first', () => {
  test('trap 7: a user, a contact of Z, an account of the mailbox: the account', () => {
    const all = [has('u', 'user'), has('c', 'contact', { owner: 'zoe' }), has('a', 'account', { owner: 'ann' })]
    expect(sender(all)).toBe('a')
  })
  test('among several owned R1 decides', () => {
    const own = { owner: 'ann' }
    expect(sender([has('q', 'queue', own), has('l', 'lead', own), has('k', 'lead', { ...own, createdAtMs: 2 })])).toBe(
      'l'
    )
  })
  test('an inactive one of its own does not count beside an active one of another', () => {
    expect(sender([has('a', 'contact', { ...inactive, owner: 'ann' }), has('b', 'lead', { owner: 'zoe' })])).toBe('b')
  })
  test('of recipients ownership puts none before another', () => {
    expect(recipients([has('a', 'account', { owner: 'ann' }), has('c', 'contact')])).toEqual(['c', 'a'])
  })
})

describe('R3, R6: more than one match', () => {
  const contacts = (count: number): ReadonlyArray<Candidate> =>
    Array.from({ length: count }, (_, index) => has(`c${index + 1000}`, 'contact'))

  test('unresolved: two are nobody, one is somebody', () => {
    expect(sender(contacts(2), unresolved)).toBeUndefined()
    expect(sender(contacts(1), unresolved)).toBe('c1000')
    expect(recipients(contacts(2), 'unresolved')).toEqual([])
    expect(recipients(contacts(1), 'unresolved')).toEqual(['c1000'])
  })
  test('exactly 100 resolve, 101 do not; of recipients every one is a party', () => {
    expect(sender(contacts(100))).toBe('c1000')
    expect(sender(contacts(101))).toBeUndefined()
    expect(recipients(contacts(101))).toHaveLength(101)
  })
  test('what does not count is no match: 100 active and one inactive resolve', () => {
    expect(sender([...contacts(100), has('x', 'contact', inactive)])).toBe('c1000')
  })
  test('an inactive one beside one active makes nothing ambiguous', () => {
    expect(sender([has('a', 'contact', inactive), has('b', 'lead')], unresolved)).toBe('b')
  })
})

describe('R4: inactive ones', () => {
  test('trap 16: the sole match resolves; a second, active one goes before it', () => {
    const alone = has('a', 'contact', inactive)
    expect([sender([alone]), recipients([alone])]).toEqual(['a', ['a']])
    expect([sender([alone, has('b', 'queue')]), recipients([alone, has('b', 'queue')])]).toEqual(['b', ['b']])
  })
  test('two inactive ones are nobody', () => {
    const two = [has('a', 'contact', inactive), has('b', 'lead', inactive)]
    expect([sender(two), recipients(two)]).toEqual([undefined, []])
  })
  test('an inactive user never resolves, and is in the way of nobody', () => {
    const left = has('u', 'user', inactive)
    expect([sender([left]), recipients([left])]).toEqual([undefined, []])
    expect(sender([left, has('a', 'contact', inactive)])).toBe('a')
  })
})

test('R5: trap 8: an address on two contacts and a lead: three parties, the older contact as sender', () => {
  const all = [has('l', 'lead'), has('new', 'contact', { createdAtMs: 2 }), has('old', 'contact')]
  expect(recipients(all)).toEqual(['old', 'new', 'l'])
  expect(sender(all)).toBe('old')
})

describe('laws', () => {
  const candidate = fc
    .record({
      ref: fc.constantFrom('a', 'b', 'c', 'B'),
      type: fc.constantFrom(...typeOrder, 'business unit', 'vendor', 'partner'),
      owner: fc.option(fc.constantFrom('ann', 'zoe')),
      isActive: fc.boolean(),
      createdAtMs: fc.option(fc.constantFrom(1, 2))
    })
    .map(
      ({ ref, type, owner, isActive, createdAtMs }): Candidate => ({
        ref,
        type,
        isActive,
        ...(owner === null ? {} : { owner }),
        ...(createdAtMs === null ? {} : { createdAtMs })
      })
    )
  const candidates = fc.array(candidate, { maxLength: 8 })
  const distinct = fc.uniqueArray(candidate, {
    maxLength: 8,
    selector: ({ ref, type }) => `${type.replace(' ', '')} ${ref}`
  })

  test('RESOLVE-1: the order of the candidates decides nothing', () => {
    const shuffled = candidates.chain((drawn) =>
      fc.tuple(fc.constant(drawn), fc.shuffledSubarray(drawn, { minLength: drawn.length }))
    )
    fc.assert(
      fc.property(shuffled, ([drawn, again]) => {
        expect(senderAmong(again, first)).toEqual(senderAmong(drawn, first))
        expect(senderAmong(again, unresolved)).toEqual(senderAmong(drawn, unresolved))
        expect(recipientsAmong(again, 'all')).toEqual(recipientsAmong(drawn, 'all'))
        expect(recipientsAmong(again, 'unresolved')).toEqual(recipientsAmong(drawn, 'unresolved'))
      }),
      runs()
    )
  })

  test('RESOLVE-2: where anybody is active, nobody inactive is meant, and every active one is a party', () => {
    fc.assert(
      fc.property(distinct, (drawn) => {
        const active = drawn.filter(({ isActive }) => isActive)
        const parties = recipientsAmong(drawn, 'all')
        if (active.length === 0) {
          expect(parties.length).toBeLessThanOrEqual(1)
          expect(parties.some(({ type }) => type === 'user')).toBe(false)
          return
        }
        expect(senderAmong(drawn, first)?.isActive).toBe(true)
        expect(parties).toHaveLength(active.length)
        expect(new Set(parties)).toEqual(new Set(active))
        // What is not active might as well not be there.
        expect(senderAmong(drawn, first)).toEqual(senderAmong(active, first))
      }),
      runs()
    )
  })

  test('RESOLVE-3: the sender is one of those whom the same address means as a recipient', () => {
    fc.assert(
      fc.property(candidates, (drawn) => {
        const parties = recipientsAmong(drawn, 'all')
        const meant = senderAmong(drawn, first)
        expect(meant === undefined).toBe(parties.length === 0)
        if (meant !== undefined) expect(parties).toContain(meant)
        const [only] = recipientsAmong(drawn, 'unresolved')
        expect(senderAmong(drawn, unresolved)).toEqual(only)
      }),
      runs()
    )
  })

  test('RESOLVE-4: a record of the mailbox’s owner goes before any other', () => {
    fc.assert(
      fc.property(candidates, (drawn) => {
        const meant = senderAmong(drawn, first)
        const owned = recipientsAmong(drawn, 'all').filter(({ owner }) => owner === 'ann')
        if (owned.length > 0) expect(meant).toEqual(owned[0])
        else expect(meant).toEqual(recipientsAmong(drawn, 'all')[0])
      }),
      runs()
    )
  })
})
