/**
 * The tracking category on an item (1.6): whether it is on, and the lists of categories with it put on, taken off, or
 * replaced by the mark of an item that has failed as often as allowed.
 */
import type { ItemSnapshot, Kind, Link, Reason } from '../../model/index.js'
import { can } from '../methods.js'
import type { MailCan, Method } from '../ports.js'
import type { Settings } from '../settings.js'

type Categorised = Pick<ItemSnapshot, 'categories'> | { readonly categories: ReadonlyArray<string> } | undefined

/** On a contact it means nothing (1.6/1). */
export const categoryOf = ({ category }: Pick<Settings, 'category'>, kind: Kind): string | undefined =>
  category === null || kind === 'contact' ? undefined : category

export const carries = (item: Categorised, category: string | undefined): boolean =>
  category !== undefined && item?.categories?.includes(category) === true

/** What an item carries that has failed as often as allowed (1.6/7). */
export const markOf = (category: string): string => `${category} (Undeliverable)`

/** Whether this mailbox lets items of the kind be given categories. */
export const takesCategories = ({ categories }: Pick<MailCan, 'categories'>, kind: Kind): boolean =>
  categories?.includes(kind) === true

const changed = (item: Categorised, to: ReadonlyArray<string>): ReadonlyArray<string> | undefined => {
  const from = item?.categories ?? []
  return from.length === to.length && from.every((name, index) => name === to[index]) ? undefined : to
}

const without = (item: Categorised, names: ReadonlyArray<string>): ReadonlyArray<string> =>
  (item?.categories ?? []).filter((name) => !names.includes(name))

/** The category put on; the mark goes (1.6/7). `undefined`: there is nothing to write. */
const withCategory = (item: Categorised, category: string): ReadonlyArray<string> | undefined => {
  const rest = without(item, [markOf(category)])
  return changed(item, rest.includes(category) ? rest : [...rest, category])
}

/** Category and mark taken off, as an untracking does (U7). */
export const withoutCategory = (item: Categorised, category: string): ReadonlyArray<string> | undefined =>
  changed(item, without(item, [category, markOf(category)]))

/** The mark alone taken off, as a success does. */
const withoutMark = (item: Categorised, category: string): ReadonlyArray<string> | undefined =>
  changed(item, without(item, [markOf(category)]))

interface CategoryContext {
  readonly settings: Pick<Settings, 'category'>
  readonly mailCan: Pick<MailCan, 'categories'>
  readonly method: Method
}

/**
 * What an item carries whose record was made under `code` (1.6/5): what was tracked automatically shows it, and what the
 * app has tracked; with any other success the mark goes. `undefined`: there is nothing to write.
 */
export const categoriesOf = (
  item: ItemSnapshot,
  code: Reason,
  context: CategoryContext
): ReadonlyArray<string> | undefined => {
  const category = categoryOf(context.settings, item.kind)
  if (category === undefined || !takesCategories(context.mailCan, item.kind)) return undefined
  const isShown = code === 'gesture' ? context.method === 'app' : isAutomatic(code) && can(context.method, 'category')
  return isShown ? withCategory(item, category) : withoutMark(item, category)
}

/** 1.6/5: a copy of what was tracked automatically shows it too; of what somebody tracked by hand it does not. */
export const categoriesOfCopy = (
  item: ItemSnapshot,
  copies: ReadonlyArray<Pick<Link, 'made'>>,
  asked: 'gesture' | 'category' | undefined,
  context: CategoryContext
): ReadonlyArray<string> | undefined => {
  const isOfAutomatic = copies.some(({ made }) => made !== undefined && isAutomatic(made))
  if (isOfAutomatic) return categoriesOf(item, 'accept-all', context)
  return categoriesOf(item, asked ?? 'already-tracked', context)
}

const automatic: ReadonlySet<Reason> = new Set<Reason>(['accept-all', 'sender-match', 'correlation-match'])

/** Whether nobody asked for the message: a filter has taken it. */
export const isAutomatic = (code: Reason): boolean => automatic.has(code)

/** The mark alone taken off, where the mailbox lets items of the kind be given categories at all. */
export const unmarked = (
  item: ItemSnapshot,
  {
    settings,
    mailCan
  }: { readonly settings: Pick<Settings, 'category'>; readonly mailCan: Pick<MailCan, 'categories'> }
): ReadonlyArray<string> | undefined => {
  const category = categoryOf(settings, item.kind)
  return category === undefined || !takesCategories(mailCan, item.kind) ? undefined : withoutMark(item, category)
}

/** The mark in place of the category. */
export const undeliverable = (item: Categorised, category: string): ReadonlyArray<string> | undefined =>
  changed(item, [...without(item, [category, markOf(category)]), markOf(category)])
