/** The default filters of the `dynamics` preset (3.2). E-mail and all other types have none. */
import type { Filter } from '../model/index.js'

const ownedIn = (...states: ReadonlyArray<string>): Filter => {
  const [only = ''] = states
  return {
    and: [
      { field: 'owner', op: 'eq-userid' },
      states.length === 1 ? { field: 'state', op: 'eq', value: only } : { field: 'state', op: 'in', value: states }
    ]
  }
}

/** A role in the meeting, not the row's owner; optional attendees do not count. */
const attended: Filter = {
  or: [
    { field: 'organizer', op: 'eq-userid' },
    { field: 'requiredattendees', op: 'eq-userid' }
  ]
}

/** @public */
export const defaultFilters: { readonly [type: string]: ReadonlyArray<Filter> } = {
  contact: [ownedIn('active')],
  appointment: [attended],
  'recurring-appointment': [attended],
  task: [ownedIn('open')],
  phonecall: [ownedIn('open')],
  letter: [ownedIn('open')],
  fax: [ownedIn('open')],
  'service-appointment': [ownedIn('open', 'scheduled')]
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
