/** The files that travel with a message (T11), and by path why others do not. */
import { whyLeftBehind } from '../../mapping/index.js'
import type { ItemSnapshot, Value } from '../../model/index.js'
import { fieldOf, limits } from '../../model/index.js'
import { isPlaced, withContents } from '../contents.js'

/** `takesContents`: the other store reads files from the mailbox; where not, only those that stand in the item go. */
export const attachmentsOf = (
  item: ItemSnapshot,
  takesContents: boolean
): { readonly entries: ReadonlyArray<Value>; readonly dropped: ReadonlyArray<string> } => {
  const value = fieldOf(withContents('mail', item).fields, 'attachments')
  const all: ReadonlyArray<Value> = Array.isArray(value) ? value : []
  const entries: Array<Value> = []
  const dropped: Array<string> = []
  for (const [index, entry] of all.entries()) {
    const why =
      whyLeftBehind(entry) ??
      (entries.length >= limits.attachmentsMax ? 'too many' : undefined) ??
      (isPlaced(entry) && !takesContents ? 'the records take no files' : undefined)
    if (why === undefined) entries.push(entry)
    else if (why !== 'picture of the text') dropped.push(`attachments[${index}]: ${why}`)
  }
  return { entries, dropped }
}
