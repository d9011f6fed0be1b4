/**
 * Everything that happened to every thing, in the order in which it happened: who held which value when, who wrote it.
 * The laws are judged by this and by the worlds themselves, never by what the engine says of itself.
 */
import type { Fields, Ref, Side } from '../../model/index.js'
import { fieldOf } from '../../model/index.js'

/** The rows that worlds are made of: the names of one text on either side. */
export const rows = [
  { row: 'jobTitle', mail: 'jobTitle', record: 'jobtitle' },
  { row: 'department', mail: 'department', record: 'department' },
  { row: 'nickName', mail: 'nickName', record: 'nickname' },
  { row: 'manager', mail: 'manager', record: 'managername' }
] as const

export type RowName = (typeof rows)[number]['row']

export interface Entry {
  readonly at: number
  readonly by: 'person' | 'engine'
  readonly side: Side
  readonly ref: Ref
  readonly op: 'create' | 'update' | 'delete'
  /** Rows that changed, with what they hold now; empty is `''`. */
  readonly changed: { readonly [row in RowName]?: string }
  /** Number of the engine's cycle so far, of any mailbox. */
  readonly cycle: number
}

export const textIn = (fields: Fields | undefined, name: string): string => {
  const value = fields === undefined ? undefined : fieldOf(fields, name)
  return typeof value === 'string' ? value : ''
}

export class Ledger {
  readonly entries: Array<Entry> = []
  readonly #held = new Map<string, Set<string>>()
  /** Pairs that were ever linked, or made one from the other. */
  readonly pairs = new Map<string, { readonly item: Ref; readonly record: Ref }>()
  /** The mailbox of each item that was ever linked. */
  readonly mailboxes = new Map<Ref, string>()
  /** When each thing was first part of a link that was stored. */
  readonly #linkedAt = new Map<string, number>()
  cycle = 0

  note(
    by: Entry['by'],
    op: Entry['op'],
    side: Side,
    ref: Ref,
    before: Fields | undefined,
    after: Fields | undefined
  ): Entry {
    const changed: { [row in RowName]?: string } = {}
    for (const names of rows) {
      const now = textIn(after, names[side])
      this.#at(side, ref, names.row).add(now)
      if (after !== undefined && now !== textIn(before, names[side])) changed[names.row] = now
    }
    const entry: Entry = { at: this.entries.length, by, side, ref, op, changed, cycle: this.cycle }
    this.entries.push(entry)
    return entry
  }

  pair(item: Ref, record: Ref, mailbox?: string): void {
    if (mailbox !== undefined) {
      this.mailboxes.set(item, mailbox)
      for (const key of [`mail ${item}`, `record ${record}`])
        if (!this.#linkedAt.has(key)) this.#linkedAt.set(key, this.entries.length)
    }
    this.pairs.set(`${item} ${record}`, { item, record })
  }

  /** Whether the engine had stored that it knows of the thing before this entry. */
  wasLinkedBefore({ side, ref, at }: Entry): boolean {
    return (this.#linkedAt.get(`${side} ${ref}`) ?? Number.POSITIVE_INFINITY) <= at
  }

  hasHeld(side: Side, ref: Ref, row: RowName, value: string): boolean {
    return this.#at(side, ref, row).has(value)
  }

  partnersOf(side: Side, ref: Ref): ReadonlyArray<Ref> {
    return [...this.pairs.values()].flatMap(({ item, record }) =>
      side === 'mail' ? (item === ref ? [record] : []) : record === ref ? [item] : []
    )
  }

  #at(side: Side, ref: Ref, row: RowName): Set<string> {
    const key = `${side} ${ref} ${row}`
    const held = this.#held.get(key) ?? new Set<string>()
    this.#held.set(key, held)
    return held
  }
}
