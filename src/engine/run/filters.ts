/**
 * Which filters are in force for a mailbox, and for whom they are judged. What a host has written is checked here: a
 * filter that is none is misuse; one that only the schema no longer knows cannot be evaluated (3.5/25).
 */
import {
  activeFilters,
  contextFaults,
  defaultFilters,
  type FilterFault,
  filterFaults,
  type Judging
} from '../../filters/index.js'
import type {
  FieldTypes,
  Filter,
  FilterContext,
  FilterList,
  FiscalPeriod,
  KeptFilter,
  RecordType
} from '../../model/index.js'
import type { Access, MailboxFacts } from '../ports.js'
import type { FilterOptions, Session } from './session.js'

const ownIn = <A>(table: { readonly [type: string]: A }, type: RecordType): A | undefined =>
  Object.hasOwn(table, type) ? table[type] : undefined

/** A list given for a type replaces its default filters; queue mailboxes have none (3.1/8, 3.6). */
export const filtersOf = (
  facts: Pick<MailboxFacts, 'queue' | 'filters'>,
  type: RecordType,
  { systemFilters }: Pick<FilterOptions, 'systemFilters'>
): ReadonlyArray<Filter> =>
  facts.queue
    ? []
    : activeFilters(ownIn(facts.filters, type) ?? ownIn(defaultFilters, type) ?? [], ownIn(systemFilters, type) ?? [])

export const filterContextOf = (facts: MailboxFacts, access: Access, nowMs: number): FilterContext => ({
  ...access.surroundings,
  addresses: { [facts.address]: facts.user, ...access.surroundings?.addresses },
  user: facts.user,
  teams: access.teams,
  businessUnit: access.businessUnit,
  timeZone: facts.timeZone,
  nowMs
})

export const judgingOf = ({ zones, schemas }: Pick<Session, 'zones' | 'schemas'>, type: RecordType): Judging => {
  const schema = ownIn(schemas, type)
  return schema === undefined ? { zones } : { zones, schema }
}

/** Faults that the filters of a type have since its schema says otherwise. */
export const hasUnknownField = (filters: ReadonlyArray<Filter>, { schema }: Judging, fiscal?: FiscalPeriod): boolean =>
  schema !== undefined && filters.some((filter) => filterFaults(filter, schema, fiscal).length > 0)

/** Faults of lists of filters by type, with their paths below `path`. */
export const listFaults = (
  path: string,
  lists: { readonly [type: string]: FilterList },
  schemas: FilterOptions['schemas'],
  fiscal?: FiscalPeriod
): ReadonlyArray<FilterFault> =>
  Object.entries(lists).flatMap(([type, list]) => {
    const at = `${path}.${type}`
    if (!Array.isArray(list)) return [{ path: at, expected: 'a list of filters' }]
    return list.flatMap((entry, index) => entryFaults(`${at}[${index}]`, entry, ownIn(schemas, type), fiscal))
  })

const keptKeys: ReadonlyArray<string> = ['filter', 'name', 'active', 'template', 'offline']

const entryFaults = (
  path: string,
  entry: Filter | KeptFilter,
  schema: FieldTypes | undefined,
  fiscal: FiscalPeriod | undefined
): ReadonlyArray<FilterFault> => {
  const below = (faults: ReadonlyArray<FilterFault>, under: string): ReadonlyArray<FilterFault> =>
    faults.map((fault) => ({ path: fault.path === '' ? under : `${under}.${fault.path}`, expected: fault.expected }))
  if (typeof entry !== 'object' || entry === null || !Object.hasOwn(entry, 'filter'))
    return below(filterFaults(entry, schema, fiscal), path)
  const unknown = Object.keys(entry).filter((key) => !keptKeys.includes(key))
  return [
    ...unknown.map((key) => ({ path: `${path}.${key}`, expected: `one of ${keptKeys.join(', ')}` })),
    ...below(filterFaults((entry as KeptFilter).filter, schema, fiscal), `${path}.filter`)
  ]
}

/** Faults of the context in which a mailbox's filters are judged. */
export const surroundingFaults = (
  mailbox: string,
  facts: MailboxFacts,
  access: Access,
  { zones }: Pick<Session, 'zones'>
): ReadonlyArray<FilterFault> =>
  contextFaults(filterContextOf(facts, access, 0), zones).map(({ path, expected }) => ({
    path: `mailboxes.${mailbox}.${path.replace('context.', '')}`,
    expected
  }))
