/** The wizard that adds many contacts (1.4): groups, colours, plan, outcome. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  groupsOf,
  outcomeOf,
  planOf,
  type WizardChoices,
  type WizardContact,
  type WizardGroup,
  type WizardGrouping
} from '../../src/engine/wizard.js'
import { limits, Misuse, type Ref } from '../../src/model/index.js'
import { runs } from '../runs.js'

const contact = (
  ref: Ref,
  fields: WizardContact['fields'] = {},
  categories?: ReadonlyArray<string>
): WizardContact => ({
  ref,
  fields,
  ...(categories === undefined ? {} : { categories })
})

const at = (ref: Ref, companyName: string): WizardContact => contact(ref, { companyName })

const groupsAt = (
  items: ReadonlyArray<WizardContact>,
  by: WizardGrouping,
  linked: ReadonlyArray<Ref> = []
): ReadonlyArray<WizardGroup> => groupsOf(items, new Set(linked), by)

const shown = (groups: ReadonlyArray<WizardGroup>) =>
  groups.map(({ name, members }) => [name, members.map(({ item }) => item).join(' ')])

describe('1.4/2: groups', () => {
  test('a company is one without regard to case and blanks around it; its name is the commonest spelling', () => {
    const items = [at('m1', 'Fabrikam'), at('m2', ' FABRIKAM'), at('m3', 'Fabrikam '), at('m4', 'Works'), contact('m5')]
    expect(shown(groupsAt(items, 'company'))).toEqual([
      ['Fabrikam', 'm1 m2 m3'],
      ['Works', 'm4'],
      ['', 'm5']
    ])
  })

  test('1.4/8: different spellings make different groups', () => {
    expect(
      shown(groupsAt([at('m1', 'Fabrikam'), at('m2', 'Fabrikam Ltd'), at('m3', 'Fabri kam')], 'company'))
    ).toHaveLength(3)
  })

  test('a domain is what follows the last @, in lower case', () => {
    const items = ['rosa@Fabrikam.test', '"a@b"@fabrikam.test ', 'tom', 'tom@', ''].map((email1, n) =>
      contact(`m${n}`, { email1, email2: 'x@elsewhere.test' })
    )
    expect(shown(groupsAt(items, 'domain'))).toEqual([
      ['fabrikam.test', 'm0 m1'],
      ['', 'm2 m3 m4']
    ])
  })

  test('a contact of several categories stands in each, once; one without any in its own group', () => {
    const items = [
      contact('m1', {}, ['Press', 'Board', 'Press ']),
      contact('m2', {}, ['Board']),
      contact('m3', {}, [' '])
    ]
    expect(shown(groupsAt(items, 'category'))).toEqual([
      ['Board', 'm1 m2'],
      ['Press', 'm1'],
      ['', 'm3']
    ])
  })

  test('names that every object has are names like any other', () => {
    expect(shown(groupsAt([at('m1', '__proto__'), at('m2', 'constructor')], 'company'))).toEqual([
      ['__proto__', 'm1'],
      ['constructor', 'm2']
    ])
  })

  test('what is no text, or too long a one, names no group', () => {
    const items = [contact('m1', { companyName: ['a'] }), at('m2', 'a'.repeat(limits.wizardNameMax + 1))]
    expect(shown(groupsAt(items, 'company'))).toEqual([['', 'm1 m2']])
    expect(shown(groupsAt([at('m1', 'a'.repeat(limits.wizardNameMax))], 'company'))[0]?.[0]).not.toBe('')
  })

  test('an item that is listed twice stands once', () => {
    expect(shown(groupsAt([at('m1', 'Old'), at('m1', 'New')], 'company'))).toEqual([['New', 'm1']])
  })

  test('no contacts, no groups; too many are refused', () => {
    expect(groupsAt([], 'company')).toEqual([])
    const items = Array.from({ length: limits.wizardContactsMax + 1 }, (_, n) => contact(`m${n}`))
    expect(() => groupsAt(items, 'company')).toThrow(Misuse)
    expect(groupsAt(items.slice(1), 'company')[0]?.members).toHaveLength(limits.wizardContactsMax)
  })

  const listing = fc.uniqueArray(
    fc.record({
      ref: fc.nat(30).map((n) => `m${n}`),
      fields: fc.record({
        companyName: fc.constantFrom('', 'A', 'a', ' a', 'B'),
        email1: fc.constantFrom('', 'x@a.test', 'x@A.test')
      }),
      categories: fc.subarray(['p', 'q', 'r'])
    }),
    { selector: ({ ref }) => ref }
  )
  const by = fc.constantFrom<WizardGrouping>('company', 'domain', 'category')

  test('every contact stands somewhere, and the order of the listing changes nothing', () => {
    fc.assert(
      fc.property(listing, by, fc.nat(30), (items, grouping, linkedFrom) => {
        const linked = items.slice(linkedFrom).map(({ ref }) => ref)
        const groups = groupsAt(items, grouping, linked)
        expect(groupsAt([...items].reverse(), grouping, linked)).toEqual(groups)
        const standing = new Set(groups.flatMap(({ members }) => members.map(({ item }) => item)))
        expect(standing).toEqual(new Set(items.map(({ ref }) => ref)))
      }),
      runs(0.2)
    )
  })

  test('the plan adds up: each contact is asked for, linked already or left out', () => {
    const kept = fc.subarray(['', 'a', 'b', 'a.test', 'p', 'q', 'r'])
    fc.assert(
      fc.property(listing, by, kept, fc.boolean(), (items, grouping, out, companyNameAsAccount) => {
        const linked = items.slice(0, 5).map(({ ref }) => ref)
        const groups = out.map((key) => ({ key, leftOut: true }))
        const plan = planOf(groupsAt(items, grouping, linked), { groups, companyNameAsAccount }, [])
        const all = [...plan.requests.map(({ item }) => item), ...plan.alreadyLinked, ...plan.leftOut]
        expect(all.sort()).toEqual(items.map(({ ref }) => ref).sort())
      }),
      runs(0.2)
    )
  })
})

describe('1.4/3: colour', () => {
  test.each([
    [0, 3, 'none'],
    [1, 3, 'red'],
    [1, 2, 'red'],
    [2, 4, 'red'],
    [2, 3, 'yellow'],
    [3, 4, 'yellow'],
    [3, 3, 'green'],
    [1, 1, 'green'],
    [0, 1, 'none']
  ])('%i of %i: %s', (linked, all, colour) => {
    const items = Array.from({ length: all }, (_, n) => contact(`m${n}`))
    const refs = items.slice(0, linked).map(({ ref }) => ref)
    expect(groupsAt(items, 'company', refs).map((group) => group.colour)).toEqual([colour])
  })
})

describe('1.4/4 to 7: the plan', () => {
  const planned = (items: ReadonlyArray<WizardContact>, choices: WizardChoices = {}, by: WizardGrouping = 'company') =>
    planOf(groupsAt(items, by), choices, [
      { ref: 'acc1', name: 'FABRIKAM' },
      { ref: 'acc2', name: 'Fabrikam' },
      { ref: 'acc3', name: ' Works' }
    ])
  const setParent = (item: Ref, record: Ref) => ({
    _tag: 'SetParent',
    item,
    parent: { _tag: 'Existing', record },
    trackAll: false
  })
  const track = (item: Ref) => ({ _tag: 'Track', item, trackAll: false })

  test('the company name is the account: one that is there whatever its case, else a new one, made once', () => {
    const items = [at('m1', 'fabrikam'), at('m2', 'Works'), at('m3', 'WORKS'), at('m4', 'WORKS'), contact('m5')]
    const plan = planned(items)
    const works = (item: Ref) => ({
      _tag: 'SetParent',
      item,
      parent: { _tag: 'New', name: 'WORKS' },
      trackAll: false
    })
    expect(plan.requests).toEqual([setParent('m1', 'acc1'), works('m2'), works('m3'), works('m4'), track('m5')])
    expect(plan.newAccounts).toEqual(['WORKS'])
  })

  test('switched off, contacts are tracked without an account, but where one is chosen for a group', () => {
    const plan = planned([at('m1', 'Fabrikam'), at('m2', 'Works'), at('m3', 'Rest')], {
      companyNameAsAccount: false,
      groups: [
        { key: 'fabrikam', account: { _tag: 'Chosen', record: 'acc9' } },
        { key: 'works', account: { _tag: 'CompanyName' } }
      ]
    })
    expect(plan.requests).toEqual([
      setParent('m1', 'acc9'),
      track('m3'),
      { _tag: 'SetParent', item: 'm2', parent: { _tag: 'New', name: 'Works' }, trackAll: false }
    ])
  })

  test('not set for one group: its contacts are tracked without an account, and no account is made for them', () => {
    const plan = planned([at('m1', 'Rest')], { groups: [{ key: 'rest', account: { _tag: 'NotSet' } }] })
    expect(plan).toMatchObject({ requests: [track('m1')], newAccounts: [] })
  })

  test('under another grouping each contact has the account of its own company', () => {
    const items = [
      contact('m1', { companyName: 'Fabrikam', email1: 'a@x.test' }),
      contact('m2', { companyName: 'Rest', email1: 'b@x.test' }),
      contact('m3', { email1: 'c@x.test' })
    ]
    const plan = planned(items, {}, 'domain')
    expect(plan.requests.map((request) => (request._tag === 'SetParent' ? request.parent : undefined))).toEqual([
      { _tag: 'Existing', record: 'acc1' },
      { _tag: 'New', name: 'Rest' },
      undefined
    ])
  })

  test('a group can be left out; a contact that stands in another one too is added all the same', () => {
    const items = [contact('m1', {}, ['Board']), contact('m2', {}, ['Board', 'Press'])]
    const plan = planned(items, { groups: [{ key: 'Board', leftOut: true }] }, 'category')
    expect(plan).toMatchObject({ requests: [track('m2')], leftOut: ['m1'], trackAll: [{ key: 'Press', on: false }] })
  })

  test('of the groups of a contact the first for which an account was chosen decides', () => {
    const chosen = { _tag: 'Chosen', record: 'acc9' } as const
    const items = [contact('m1', { companyName: 'Fabrikam' }, ['Board', 'Press'])]
    expect(planned(items, { groups: [{ key: 'Press', account: chosen }] }, 'category').requests).toEqual([
      setParent('m1', 'acc9')
    ])
  })

  test('a linked contact keeps its parent, unless an account is chosen for its group', () => {
    const groups = groupsAt([at('m1', 'Fabrikam'), at('m2', 'Works')], 'company', ['m1', 'm2'])
    const works = { key: 'works', account: { _tag: 'Chosen', record: 'acc9' } } as const
    const fabrikam = { key: 'fabrikam', account: { _tag: 'NotSet' } } as const
    for (const said of [[works], [works, fabrikam]])
      expect(planOf(groups, { groups: said }, [])).toMatchObject({
        requests: [setParent('m2', 'acc9')],
        alreadyLinked: ['m1'],
        newAccounts: []
      })
  })

  test('1.4/6: all communication is tracked where that is on and not off for the group', () => {
    const items = [at('m1', 'Fabrikam'), at('m2', 'Works')]
    const on = planned(items, { trackAll: true, groups: [{ key: 'works', trackAll: false }] })
    expect(on.requests.map(({ trackAll }) => trackAll)).toEqual([true, false])
    expect(on.trackAll).toEqual([
      { key: 'fabrikam', on: true },
      { key: 'works', on: false }
    ])
    expect(planned(items).trackAll.map((group) => group.on)).toEqual([false, false])
  })

  test('the limit of a gesture does not hold; that of the accounts does', () => {
    const items = Array.from({ length: 50 }, (_, n) => contact(`m${n}`))
    expect(planned(items).requests).toHaveLength(50)
    const accounts = Array.from({ length: limits.wizardAccountsMax + 1 }, () => ({ ref: 'a', name: 'a' }))
    expect(() => planOf([], {}, accounts)).toThrow(Misuse)
  })
})

test('1.4/8: every failure is listed, and none stops what comes after it', () => {
  expect(
    outcomeOf([
      { item: 'm1', code: 'gesture' },
      { item: 'm2', code: 'missing-privilege' },
      { item: 'm3', code: 'already-tracked' },
      { item: 'm4', code: 'retry-later' },
      { item: 'm5', code: 'gesture' }
    ])
  ).toEqual({
    added: ['m1', 'm3', 'm5'],
    failed: [
      { item: 'm2', code: 'missing-privilege' },
      { item: 'm4', code: 'retry-later' }
    ]
  })
})

test('the example of the documentation', () => {
  const items = [
    { ref: 'm1', fields: { surname: 'Diaz', companyName: 'Fabrikam' } },
    { ref: 'm2', fields: { surname: 'Holm', companyName: 'fabrikam ' } },
    { ref: 'm3', fields: { surname: 'Osei' } }
  ]
  const groups = groupsOf(items, new Set(['m2']), 'company')
  expect(groups.map(({ name, colour }) => [name, colour])).toEqual([
    ['Fabrikam', 'red'],
    ['', 'none']
  ])
  const plan = planOf(groups, { groups: [{ key: '', leftOut: true }] }, [{ ref: 'acc1', name: 'FABRIKAM' }])
  expect(plan.requests).toEqual([
    { _tag: 'SetParent', item: 'm1', parent: { _tag: 'Existing', record: 'acc1' }, trackAll: false }
  ])
  expect(plan.alreadyLinked).toEqual(['m2'])
})
