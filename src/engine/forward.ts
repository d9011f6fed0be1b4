/**
 * Forward mailboxes (W4 of `tracking.md`): what arrives carries the real message as an attachment. From the edge on, where
 * the store is read (`run/forward.ts`), the engine sees the attached message in the place of the one that carries it.
 */
import type { ItemSnapshot } from '../model/index.js'

/**
 * The attached message where its carrier lies: by the carrier's ref, version, folder and categories, which are the item's;
 * by the fields and contents of the attached message, which are its own. Of the carrier's head, text and files nothing
 * is left. Its marker stays: the item that bears it is one of ours, whatever is in it.
 *
 * Laws: FORWARD-1 what the carrier says in its fields changes nothing; FORWARD-2 done again it changes nothing.
 *
 * @category decision
 * @since 0.1.0
 * @public
 */
export const forwardedOf = (carrier: ItemSnapshot, attached: ItemSnapshot): ItemSnapshot => {
  const { contents: _contents, fields: _fields, ...place } = carrier
  return {
    ...place,
    fields: attached.fields,
    ...(attached.contents === undefined ? {} : { contents: attached.contents })
  }
}
