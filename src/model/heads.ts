/**
 * Heads of messages: what a message is judged by before it is accepted, and nothing that is large.
 */
import type { Found, ItemSnapshot } from './snapshot.js'

/** What the engine asks of a message only when it writes its record. */
const notInHeads: ReadonlySet<string> = new Set(['body', 'attachments', 'headers'])

/** The head of a message that was read whole. Items of other kinds are their own heads. @public */
export const headOf = (found: Found<ItemSnapshot>): Found<ItemSnapshot> => {
  if (found._tag !== 'Known' || found.snapshot.kind !== 'email') return found
  const { contents: _contents, fields, ...rest } = found.snapshot
  const kept = Object.entries(fields).filter(([name]) => !notInHeads.has(name))
  return { _tag: 'Known', snapshot: { ...rest, fields: Object.fromEntries(kept) } }
}
