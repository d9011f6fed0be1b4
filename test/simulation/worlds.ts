/** Small scenarios drawn by fast-check: one to three linked contacts, a few edits on either side, syncs between them. */
import fc from 'fast-check'
import type { Scenario } from './steps.js'

const names = [
  ['jobTitle', 'jobtitle'],
  ['department', 'department'],
  ['nickName', 'nickname']
] as const

export interface Edit {
  readonly pair: number
  readonly row: number
  readonly side: 'mail' | 'record'
  readonly value: string
}

export const pairsMax = 3

export const editOf = ({ pair, row, side, value }: Edit): { readonly [key: string]: unknown } => {
  const [mail = '', record = ''] = names[row] ?? []
  return side === 'mail'
    ? { editMail: `m${pair}`, set: { [mail]: value } }
    : { editRecord: `r${pair}`, set: { [record]: value } }
}

export const worldOf = (
  pairs: number,
  steps: ReadonlyArray<unknown>,
  more: { readonly [key: string]: unknown } = {},
  owner = 'ann'
): Scenario => {
  const each = Array.from({ length: pairs }, (_, index) => index)
  return {
    id: 'drawn',
    now: '2026-03-02T09:00:00Z',
    given: {
      users: { ann: { address: 'ann@contoso.test' }, bob: { address: 'bob@contoso.test' } },
      mailboxes: { ann: { user: 'ann' } },
      records: Object.fromEntries(
        each.map((pair) => [`r${pair}`, { type: 'contact', owner, fields: { lastname: `N${pair}`, jobtitle: 'A' } }])
      ),
      mail: Object.fromEntries(
        each.map((pair) => [
          `m${pair}`,
          { mailbox: 'ann', kind: 'contact', fields: { surname: `N${pair}`, jobTitle: 'A' } }
        ])
      ),
      links: each.map((pair) => ({
        mail: `m${pair}`,
        record: `r${pair}`,
        origin: owner === 'ann' ? 'both' : 'tracked'
      })),
      ...more
    },
    steps
  }
}

const edit = fc.record({
  pair: fc.nat(pairsMax - 1),
  row: fc.nat(names.length - 1),
  side: fc.constantFrom('mail' as const, 'record' as const),
  value: fc.constantFrom('B', 'C', 'D', '')
})

/** Edits of which no two touch one field of one pair, on whatever side. */
export const disjointEdits = fc.uniqueArray(edit, { maxLength: 5, selector: ({ pair, row }) => `${pair} ${row}` })

const act = fc.oneof(
  { weight: 6, arbitrary: edit.map(editOf) },
  { weight: 1, arbitrary: fc.nat(pairsMax - 1).map((pair) => ({ deleteMail: `m${pair}` })) },
  { weight: 1, arbitrary: fc.nat(pairsMax - 1).map((pair) => ({ deleteRecord: `r${pair}` })) },
  {
    weight: 1,
    arbitrary: fc
      .nat(2)
      .map((n) => ({ createRecord: `r${pairsMax + n}`, type: 'contact', owner: 'ann', fields: { lastname: `N${n}` } }))
  },
  { weight: 3, arbitrary: fc.constant({ sync: 'ann' }) }
)

const settings = fc.record({
  conflict: fc.constantFrom('record-wins', 'mail-wins'),
  deleteAgainstEdit: fc.constantFrom('delete', 'keep-edit'),
  contactDeleteFromMail: fc.constantFrom('never', 'owner')
})

/** Any steps; what a step names that is gone by then is left out. */
export const anyWorld = fc
  .tuple(fc.array(act, { maxLength: 6 }), settings)
  .map(([acts, set]) => worldOf(pairsMax, [...possible(acts), { sync: 'ann' }], { settings: set }))

const possible = (acts: ReadonlyArray<{ readonly [key: string]: unknown }>): ReadonlyArray<unknown> => {
  const gone = new Set<unknown>()
  const made = new Set<unknown>()
  let synced = false
  return acts.filter((one) => {
    const ref = one['editMail'] ?? one['editRecord'] ?? one['deleteMail'] ?? one['deleteRecord']
    // After a deletion has been synced the other thing may be gone too.
    if (ref !== undefined && (gone.has(ref) || (synced && gone.size > 0))) return false
    if (one['deleteMail'] !== undefined || one['deleteRecord'] !== undefined) gone.add(ref)
    if (one['sync'] !== undefined) synced = gone.size > 0 || synced
    if (one['createRecord'] === undefined) return true
    return !made.has(one['createRecord']) && made.add(one['createRecord']) !== undefined
  })
}
