/**
 * The wizard that adds many contacts (1.4 of `tracking.md`), as pure functions over a listing: which groups there are,
 * what is to be asked for each contact, and what came of it. It reads no folder and makes no gesture: the host lists
 * one contacts folder of the user's own, with chosen subfolders, and carries the plan out.
 */
import { byCodeUnits, fieldOf, type ItemSnapshot, limits, Misuse, type Reason, type Ref } from '../model/index.js'

/** A contact as the mailbox lists it. @public */
export type WizardContact = Pick<ItemSnapshot, 'ref' | 'fields' | 'categories'>

/** @public */
export type WizardGrouping = 'company' | 'domain' | 'category'

/** The share that is linked already: all, more than half, at least one, nobody. Exactly half is `red`. @public */
export type WizardColour = 'green' | 'yellow' | 'red' | 'none'

/** A contact in a group. `company`: its own company name, trimmed; empty where there is none. @public */
export interface WizardMember {
  readonly item: Ref
  readonly linked: boolean
  readonly company: string
}

/** Contacts that agree. The group of those without a value has the empty key and is the last. @public */
export interface WizardGroup {
  readonly key: string
  /** The value as most of its contacts spell it. */
  readonly name: string
  readonly colour: WizardColour
  /** By ref, in code-unit order. */
  readonly members: ReadonlyArray<WizardMember>
}

/**
 * The contacts by company name (trimmed, without regard to case), by e-mail domain (what follows the last `@` of
 * `email1`, in lower case) or by category (a contact with several stands in each). Groups come in code-unit order of
 * their keys; the order of the listing changes nothing. Throws `Misuse` past `limits.wizardContactsMax`.
 *
 * @example
 * ```ts
 * import { groupsOf, outcomeOf, planOf } from 'liaison'
 *
 * const items = [
 *   { ref: 'm1', fields: { surname: 'Diaz', companyName: 'Fabrikam' } },
 *   { ref: 'm2', fields: { surname: 'Holm', companyName: 'fabrikam ' } },
 *   { ref: 'm3', fields: { surname: 'Osei' } }
 * ]
 * const groups = groupsOf(items, new Set(['m2']), 'company')
 * groups.map(({ name, colour }) => [name, colour]) // => [['Fabrikam', 'red'], ['', 'none']]
 *
 * const plan = planOf(groups, { groups: [{ key: '', leftOut: true }] }, [{ ref: 'acc1', name: 'FABRIKAM' }])
 * plan.requests // => [{ _tag: 'SetParent', item: 'm1', parent: { _tag: 'Existing', record: 'acc1' }, trackAll: false }]
 * plan.alreadyLinked // => ['m2']
 *
 * outcomeOf([{ item: 'm1', code: 'missing-privilege' }]).failed // => [{ item: 'm1', code: 'missing-privilege' }]
 * ```
 * @public
 */
export const groupsOf = (
  items: ReadonlyArray<WizardContact>,
  linked: ReadonlySet<Ref>,
  by: WizardGrouping
): ReadonlyArray<WizardGroup> => {
  if (items.length > limits.wizardContactsMax) throw tooMany('contacts', limits.wizardContactsMax)
  const grouped = new Map<string, Array<Placed>>()
  for (const item of uniqueByRef(items)) {
    const member = {
      item: item.ref,
      linked: linked.has(item.ref),
      company: nameIn(fieldOf(item.fields, 'companyName'))
    }
    for (const [key, name] of placesOf(item, by)) {
      const placed = grouped.get(key)
      if (placed === undefined) grouped.set(key, [{ member, name }])
      else placed.push({ member, name })
    }
  }
  return [...grouped].map(groupFrom).sort((x, y) => byKey(x.key, y.key))
}

/** A contact in one of its groups, and how it spells the group's name. */
interface Placed {
  readonly member: WizardMember
  readonly name: string
}

const tooMany = (what: string, most: number): Misuse =>
  new Misuse(`the wizard takes at most ${most} ${what} at once`, [what])

/** A listing may tell of one item twice: the last word counts. */
const uniqueByRef = (items: ReadonlyArray<WizardContact>): ReadonlyArray<WizardContact> =>
  [...new Map(items.map((item) => [item.ref, item])).values()].sort((x, y) => byCodeUnits(x.ref, y.ref))

/** A text that can name a group; empty where it cannot. */
const nameIn = (value: unknown): string => {
  const name = typeof value === 'string' ? value.trim() : ''
  return name.length > limits.wizardNameMax ? '' : name
}

const folded = (name: string): string => name.toLowerCase()

const domainOf = (address: string): string =>
  address.includes('@') ? folded(address.slice(address.lastIndexOf('@') + 1)) : ''

/** Key and name of each group that a contact stands in: at least the one without a value. */
const placesOf = (item: WizardContact, by: WizardGrouping): ReadonlyMap<string, string> => {
  switch (by) {
    case 'company': {
      const company = nameIn(fieldOf(item.fields, 'companyName'))
      return new Map([[folded(company), company]])
    }
    case 'domain': {
      const domain = domainOf(nameIn(fieldOf(item.fields, 'email1')))
      return new Map([[domain, domain]])
    }
    case 'category': {
      const categories = (item.categories ?? []).slice(0, limits.wizardCategoriesMax).map(nameIn)
      const named = categories.filter((category) => category !== '')
      return new Map((named.length === 0 ? [''] : named).map((category) => [category, category]))
    }
  }
}

/** No value comes last: it is nobody's group. */
const byKey = (x: string, y: string): number => (x === '' || y === '' ? -byCodeUnits(x, y) : byCodeUnits(x, y))

const groupFrom = ([key, placed]: readonly [string, ReadonlyArray<Placed>]): WizardGroup => {
  const members = placed.map(({ member }) => member)
  return {
    key,
    name: commonest(placed.map(({ name }) => name)),
    colour: colourOf(members.filter((member) => member.linked).length, members.length),
    members
  }
}

/** The spelling that most use; among equals the first in code-unit order. */
const commonest = (names: ReadonlyArray<string>): string => {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  const [first] = [...counts].sort(([x, xCount], [y, yCount]) => yCount - xCount || byCodeUnits(x, y))
  return first?.[0] ?? ''
}

/** 1.4/3, tested in this order. */
const colourOf = (linked: number, all: number): WizardColour => {
  if (linked === all) return 'green'
  if (linked * 2 > all) return 'yellow'
  return linked > 0 ? 'red' : 'none'
}

/** Which account the contacts of a group get: none, the one of their company's name, or a chosen account or contact. @public */
export type WizardAccount =
  | { readonly _tag: 'NotSet' }
  | { readonly _tag: 'CompanyName' }
  | { readonly _tag: 'Chosen'; readonly record: Ref }

/** What a person has said of one group. @public */
export interface WizardGroupChoice {
  readonly key: string
  readonly leftOut?: boolean
  /** Where left out: as for all groups. Said for a group, it holds for its linked contacts too. */
  readonly account?: WizardAccount
  /** `false` switches off for this group what is on for all. */
  readonly trackAll?: false
}

/** What a person has said. @public */
export interface WizardChoices {
  /** "Use the company name as account": on where left out. */
  readonly companyNameAsAccount?: boolean
  /** "Track all communication of added contacts": off where left out. */
  readonly trackAll?: boolean
  readonly groups?: ReadonlyArray<WizardGroupChoice>
}

/** An account that is there. @public */
export interface WizardAccountRecord {
  readonly ref: Ref
  readonly name: string
}

/** `New`: the host makes an account of that name first, once for all contacts that name it. @public */
export type WizardParent =
  | { readonly _tag: 'Existing'; readonly record: Ref }
  | { readonly _tag: 'New'; readonly name: string }

/** A gesture to be made, of one contact. `trackAll`: its communication is to be tracked from now on. @public */
export type WizardRequest =
  | { readonly _tag: 'Track'; readonly item: Ref; readonly trackAll: boolean }
  | { readonly _tag: 'SetParent'; readonly item: Ref; readonly parent: WizardParent; readonly trackAll: boolean }

/** What the wizard is about to do. Every contact of the groups is in exactly one of the three. @public */
export interface WizardPlan {
  /** One for each contact, in the order of groups and members. */
  readonly requests: ReadonlyArray<WizardRequest>
  /** Contacts that are linked and of which nothing was asked. */
  readonly alreadyLinked: ReadonlyArray<Ref>
  /** Contacts all of whose groups are left out. */
  readonly leftOut: ReadonlyArray<Ref>
  /** Names of the accounts to be made, each once. */
  readonly newAccounts: ReadonlyArray<string>
  /** Of each group that is not left out, whether the communication of its contacts is to be tracked. */
  readonly trackAll: ReadonlyArray<{ readonly key: string; readonly on: boolean }>
}

/**
 * What is to be asked for each contact. `accounts`: the accounts whose names may be meant; of several with one name
 * the first counts. A contact of several groups is asked for once: in the first of them for which an account was
 * chosen, else in the first that is not left out. The limit of one gesture does not hold for the wizard: a host makes
 * a gesture of each request. Throws `Misuse` past `limits.wizardAccountsMax`.
 * @public
 */
export const planOf = (
  groups: ReadonlyArray<WizardGroup>,
  choices: WizardChoices,
  accounts: ReadonlyArray<WizardAccountRecord>
): WizardPlan => {
  if (accounts.length > limits.wizardAccountsMax) throw tooMany('accounts', limits.wizardAccountsMax)
  const said = new Map((choices.groups ?? []).map((choice) => [choice.key, choice]))
  const kept = groups.filter(({ key }) => said.get(key)?.leftOut !== true)
  const isOn = (key: string): boolean => choices.trackAll === true && said.get(key)?.trackAll !== false
  const known = accountNames(groups, accounts)
  const wanted = standingsOf(kept).map(({ member, keys }): Wanted => {
    const chosen = keys.map((key) => said.get(key)?.account).find((account) => account !== undefined)
    const parent = parentFor(chosen ?? ordinaryAccount(choices), member, known)
    const isAsked = !member.linked || (chosen !== undefined && parent !== undefined)
    return { member, isAsked, parent, trackAll: keys.some(isOn) }
  })
  const keptItems = new Set(wanted.map(({ member }) => member.item))
  const asked = wanted.filter(({ isAsked }) => isAsked)
  return {
    requests: asked.map(requestFrom),
    alreadyLinked: wanted.filter(({ isAsked }) => !isAsked).map(({ member }) => member.item),
    leftOut: standingsOf(groups)
      .map(({ member }) => member.item)
      .filter((item) => !keptItems.has(item)),
    newAccounts: [...new Set(asked.flatMap(({ parent }) => (parent?._tag === 'New' ? [parent.name] : [])))],
    trackAll: kept.map(({ key }) => ({ key, on: isOn(key) }))
  }
}

/** What is to become of one contact. */
interface Wanted {
  readonly member: WizardMember
  readonly isAsked: boolean
  readonly parent: WizardParent | undefined
  readonly trackAll: boolean
}

/** 1.4/5: "use the company name as account" starts on. */
const ordinaryAccount = ({ companyNameAsAccount }: WizardChoices): WizardAccount => ({
  _tag: companyNameAsAccount === false ? 'NotSet' : 'CompanyName'
})

/** Each contact once, with the keys of all its groups, in their order. */
const standingsOf = (
  groups: ReadonlyArray<WizardGroup>
): ReadonlyArray<{ readonly member: WizardMember; readonly keys: ReadonlyArray<string> }> => {
  const standings = new Map<Ref, { readonly member: WizardMember; readonly keys: Array<string> }>()
  for (const { key, members } of groups) {
    for (const member of members) {
      const standing = standings.get(member.item)
      if (standing === undefined) standings.set(member.item, { member, keys: [key] })
      else standing.keys.push(key)
    }
  }
  return [...standings.values()]
}

/** By name without regard to case: the account that is there, and how a new one is spelled. */
interface AccountNames {
  readonly refs: ReadonlyMap<string, Ref>
  readonly spellings: ReadonlyMap<string, string>
}

const accountNames = (
  groups: ReadonlyArray<WizardGroup>,
  accounts: ReadonlyArray<WizardAccountRecord>
): AccountNames => {
  const refs = new Map<string, Ref>()
  for (const { ref, name } of accounts) if (!refs.has(folded(name))) refs.set(folded(name), ref)
  const spelled = new Map<string, Array<string>>()
  for (const { member } of standingsOf(groups)) {
    const spellings = spelled.get(folded(member.company))
    if (spellings === undefined) spelled.set(folded(member.company), [member.company])
    else spellings.push(member.company)
  }
  return { refs, spellings: new Map([...spelled].map(([name, spellings]) => [name, commonest(spellings)])) }
}

/** A contact without a company name has no account to be named after it. */
const parentFor = (
  account: WizardAccount,
  { company }: WizardMember,
  { refs, spellings }: AccountNames
): WizardParent | undefined => {
  if (account._tag === 'Chosen') return { _tag: 'Existing', record: account.record }
  if (account._tag === 'NotSet' || company === '') return undefined
  const record = refs.get(folded(company))
  if (record !== undefined) return { _tag: 'Existing', record }
  return { _tag: 'New', name: spellings.get(folded(company)) ?? company }
}

const requestFrom = ({ member, parent, trackAll }: Wanted): WizardRequest =>
  parent === undefined
    ? { _tag: 'Track', item: member.item, trackAll }
    : { _tag: 'SetParent', item: member.item, parent, trackAll }

/** What came of one request: the code that its gesture, its cycle or the making of its account has given. @public */
export interface WizardResult {
  readonly item: Ref
  readonly code: Reason
}

/** `added` and `failed` together are all results, each in their order. @public */
export interface WizardOutcome {
  readonly added: ReadonlyArray<Ref>
  readonly failed: ReadonlyArray<WizardResult>
}

const successes: ReadonlySet<Reason> = new Set<Reason>(['gesture', 'already-tracked'])

/** 1.4/8: every failure is listed, and none stops what comes after it. @public */
export const outcomeOf = (results: ReadonlyArray<WizardResult>): WizardOutcome => ({
  added: results.filter(({ code }) => successes.has(code)).map(({ item }) => item),
  failed: results.filter(({ code }) => !successes.has(code)).map(({ item, code }) => ({ item, code }))
})
