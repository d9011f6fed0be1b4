/** The default filters of the `dynamics` preset (3.2), as far as their types are mapped today. */
import type { Filter } from '../model/index.js'

const ownedAndActive: Filter = {
  and: [
    { field: 'owner', op: 'eq-userid' },
    { field: 'state', op: 'eq', value: 'active' }
  ]
}

/** @public */
export const defaultFilters: { readonly [type: string]: ReadonlyArray<Filter> } = {
  contact: [ownedAndActive],
  ...Object.fromEntries(
    ['task', 'phonecall', 'letter', 'fax'].map((t) => [
      t,
      [
        {
          and: [
            { field: 'owner', op: 'eq-userid' },
            { field: 'state', op: 'eq', value: 'open' }
          ]
        }
      ]
    ])
  ),
  ...Object.fromEntries(
    ['appointment', 'recurring-appointment'].map((t) => [
      t,
      [
        {
          or: [
            { field: 'organizer', op: 'eq-userid' },
            { field: 'requiredattendees', op: 'eq-userid' }
          ]
        }
      ]
    ])
  )
}

/**
 * Membership is the union of all active filters of a type (3.3/10): one filter that holds what any of them holds.
 * No filter at all holds nothing.
 * @public
 */
export const unionOf = (filters: ReadonlyArray<Filter>): Filter => {
  const [only] = filters
  return filters.length === 1 && only !== undefined ? only : { or: filters }
}
