/**
 * The store of a forward mailbox as the engine holds it: every message that is read is the one that it carries (W4). What
 * carries none is unreadable, and set aside as `invalid-item`; what is no message passes as it is.
 */
import type { Found, ItemSnapshot, Ref, Result } from '../../model/index.js'
import { ok } from '../../model/index.js'
import { forwardedOf } from '../forward.js'
import type { MailStore } from '../ports.js'

/** A store that cannot open what is attached is left as it is: `whyNot` keeps its mailbox closed. */
export const opened = (store: MailStore): MailStore => {
  const { forwarded, heads: _heads, ...rest } = store
  if (forwarded === undefined) return store
  return {
    ...rest,
    forwarded,
    changes: async (scope, cursor, max) => {
      const page = await store.changes(scope, cursor, max)
      if (page._tag === 'Left' || scope !== 'email') return page
      // The feed shows what carries, and nobody may take that for the message.
      return ok({ ...page.right, rows: page.right.rows.map(({ snapshot: _snapshot, ...row }) => row) })
    },
    read: async (refs) => withAttached(await store.read(refs), forwarded)
  }
}

const withAttached = async (
  read: Result<ReadonlyArray<Found<ItemSnapshot>>>,
  forwarded: NonNullable<MailStore['forwarded']>
): Promise<Result<ReadonlyArray<Found<ItemSnapshot>>>> => {
  if (read._tag === 'Left') return read
  const carriers = read.right.flatMap((one) => (isMessage(one) ? [one.snapshot.ref] : []))
  if (carriers.length === 0) return read
  const answer = await forwarded(carriers)
  if (answer._tag === 'Left') return answer
  const attached = new Map(answer.right.map((one) => [refOf(one), one]))
  return ok(read.right.map((one) => (isMessage(one) ? replaced(one.snapshot, attached.get(one.snapshot.ref)) : one)))
}

const isMessage = (found: Found<ItemSnapshot>): found is Extract<Found<ItemSnapshot>, { readonly _tag: 'Known' }> =>
  found._tag === 'Known' && found.snapshot.kind === 'email'

const refOf = (found: Found<ItemSnapshot>): Ref => (found._tag === 'Known' ? found.snapshot.ref : found.ref)

const replaced = (carrier: ItemSnapshot, found: Found<ItemSnapshot> | undefined): Found<ItemSnapshot> => {
  if (found === undefined) return unreadable(carrier)
  if (found._tag === 'Known') return { _tag: 'Known', snapshot: forwardedOf(carrier, found.snapshot) }
  return found._tag === 'Absent' ? found : { ...unreadable(carrier), ...found }
}

const unreadable = ({ ref, version }: ItemSnapshot): Extract<Found<ItemSnapshot>, { readonly _tag: 'Unreadable' }> => ({
  _tag: 'Unreadable',
  ref,
  why: 'malformed',
  paths: ['contents: expected an attached message'],
  ...(version === undefined ? {} : { version })
})
