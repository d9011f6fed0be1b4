/**
 * User filters, system filters, templates (3.1), as plain data that the host keeps: which of them are in force, and
 * what giving a template to a user makes of his list.
 */
import type { Filter, FilterList, FilterTemplate, KeptFilter, RecordType } from '../model/index.js'

const isKept = (entry: Filter | KeptFilter): entry is KeptFilter => 'filter' in entry

/** The filters in force for cycles: of users and of the system alike, active and not for the offline store (3.3). @public */
export const activeFilters = (...lists: ReadonlyArray<FilterList>): ReadonlyArray<Filter> =>
  lists.flat().flatMap((entry) => {
    if (!isKept(entry)) return [entry]
    return entry.active === false || entry.offline === true ? [] : [entry.filter]
  })

const keptFrom = ({ id, filter, name, offline }: FilterTemplate): KeptFilter => ({
  filter,
  template: id,
  ...(name === undefined ? {} : { name }),
  ...(offline === undefined ? {} : { offline })
})

/**
 * A user's filters of a type with the template's among them. One that was made from it before is replaced, edits and
 * all (4); else it is added beside the others, also beside that of an older default (5).
 * @public
 */
export const instantiate = (template: FilterTemplate, filters: FilterList): FilterList => {
  const made = keptFrom(template)
  const isOld = (entry: Filter | KeptFilter): boolean => isKept(entry) && entry.template === template.id
  const at = filters.findIndex(isOld)
  if (at < 0) return [...filters, made]
  return filters.flatMap((entry, index) => (index === at ? [made] : isOld(entry) ? [] : [entry]))
}

/** The filters of a type that a user begins with, and has again after "reset": those of the default templates (2, 4). @public */
export const reset = (templates: ReadonlyArray<FilterTemplate>, type: RecordType): FilterList =>
  templates.filter((template) => template.type === type && template.default === true).map(keptFrom)
