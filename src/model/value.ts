/**
 * Values of fields, as JSON. Four spellings of nothing (absent, null, "", []) are one value: empty.
 * Nothing here knows what a field means; normal forms of texts and numbers live in `mapping/`.
 */

/** A value of one field: JSON, without cycles. @public */
export type Value = string | number | boolean | null | ReadonlyArray<Value> | { readonly [member: string]: Value }

/** The fields of an item or a record by name. A field that is not there is empty. @public */
export type Fields = { readonly [field: string]: Value }

/** Absent, `null`, `""`, `[]` and an object of nothing but empty members are one and the same: empty. @public */
export const isEmpty = (value: Value | undefined): boolean => {
  if (value === undefined || value === null || value === '') return true
  if (typeof value !== 'object') return false
  return Array.isArray(value) ? value.every(isEmpty) : Object.values(value).every(isEmpty)
}

/** The field's own value, never one inherited from a prototype: `constructor` is a field like any other. */
export const fieldOf = (fields: Fields, name: string): Value | undefined =>
  Object.hasOwn(fields, name) ? fields[name] : undefined

/** Fields with those of `set` in place of theirs; an empty one is removed. @public */
export const mergedFields = (fields: Fields, set: Fields): Fields => {
  // A Map, because assigning to `__proto__` would set a prototype; `fromEntries` makes it a field like any other.
  const merged = new Map<string, Value>(Object.entries(fields))
  for (const [name, value] of Object.entries(set)) {
    if (isEmpty(value)) merged.delete(name)
    else merged.set(name, value)
  }
  return Object.fromEntries(merged)
}

/** Order by code units: the only order of texts this library knows, the same on every platform and locale. */
export const byCodeUnits = (x: string, y: string): number => (x < y ? -1 : x > y ? 1 : 0)

/** JSON with the members of every object in code-unit order, so that equal values give equal texts. @public */
export const canonicalJson = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map((entry) => canonicalJson(entry)).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([x], [y]) => byCodeUnits(x, y))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(',')}}`
}

/** Equality of JSON values, order of members aside. Empty values of any spelling are equal. @public */
export const sameValue = (x: Value | undefined, y: Value | undefined): boolean =>
  x === y || (isEmpty(x) ? isEmpty(y) : !isEmpty(y) && typeof x === 'object' && canonicalJson(x) === canonicalJson(y))
