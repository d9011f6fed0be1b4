/**
 * Messages that were accepted are read whole when their records are written, and not before (A17): text and files go
 * from the mailbox to the record and stay in no plan.
 */
import type { ContentRef, Fields, ItemSnapshot, Value } from '../../model/index.js'
import { fieldOf, limits } from '../../model/index.js'
import { attachmentsOf } from '../track/attachments.js'
import { cutText } from '../track/cut.js'
import { lengths } from '../track/stored.js'
import type { Decided } from '../unit.js'
import { need, type Session, slices } from './session.js'

export const withTexts = async (session: Session, batch: ReadonlyArray<Decided>): Promise<ReadonlyArray<Decided>> => {
  const wanted = batch.filter(({ wantsText }) => wantsText === true)
  if (wanted.length === 0) return batch
  const whole = new Map<string, Decided>()
  for (const slice of slices(wanted, limits.textsMax)) {
    const refs = slice.map(({ snapshots }) => snapshots.item?.ref ?? '')
    const found = await need(session, 'mail', 'read', session.mail.read(refs))
    for (const [index, decided] of slice.entries()) {
      const one = found[index]
      const item = one?._tag === 'Known' ? one.snapshot : undefined
      const isSame = item !== undefined && item.version === decided.snapshots.item?.version
      whole.set(decided.unit.key, isSame ? await withText(session, decided, item) : waiting(decided))
    }
  }
  return batch.map((decided) => whole.get(decided.unit.key) ?? decided)
}

/** It has changed since it was judged: the next cycle judges what is there then. */
const waiting = ({ unit, verdict, snapshots }: Decided): Decided => {
  const { mail: _mail, recordOp: _record, ...rest } = verdict
  return {
    unit,
    verdict: { ...rest, code: 'retry-later', link: 'none', due: { failure: false, rests: false } },
    effects: {},
    change: { _tag: 'None' },
    conflicts: [],
    snapshots
  }
}

const withText = async (session: Session, decided: Decided, item: ItemSnapshot): Promise<Decided> => {
  const effect = decided.effects.record
  if (effect?._tag !== 'Create') return decided
  const text = await textOf(session, item)
  const files = attachmentsOf(item, session.records.can.takesContents === true)
  const body = text === undefined ? undefined : cutText(text, lengths.description)
  const dropped = [
    ...(text === undefined && isWithheld(item) ? ['body: could not be read'] : []),
    ...(text !== undefined && body !== text ? ['body: cut'] : []),
    ...files.dropped
  ]
  const fields: Fields = {
    ...effect.fields,
    ...(body === undefined || body === '' ? {} : { description: body }),
    ...(files.entries.length === 0 ? {} : { attachments: files.entries as Value })
  }
  const facts = dropped.length === 0 ? decided.verdict.facts : { ...decided.verdict.facts, dropped }
  return {
    ...decided,
    verdict: { ...decided.verdict, facts },
    effects: { ...decided.effects, record: { ...effect, fields } }
  }
}

const bodyContent = ({ contents = [] }: ItemSnapshot): ContentRef | undefined =>
  contents.find(({ part, name }) => isBody(part) && (name === undefined || name === 'body'))

/** Of a message that is attached to another the part is named behind that one's. */
const isBody = (part: string): boolean => part === 'body' || part.endsWith('/body')

const isWithheld = (item: ItemSnapshot): boolean => bodyContent(item) !== undefined

/** Bytes of a text that the record side could take, whatever it is written in. */
const textBytesMax = lengths.description * 4

/** The text as it stands in the item, or streamed where it is too long for a snapshot; what cannot be read is none (A15). */
const textOf = async ({ mail }: Session, item: ItemSnapshot): Promise<string | undefined> => {
  const body = fieldOf(item.fields, 'body')
  if (typeof body === 'string') return body
  const content = bodyContent(item)
  if (content === undefined) return undefined
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  try {
    for await (const piece of mail.content(item.ref, content.part)) {
      text += decoder.decode(piece, { stream: true })
      bytes += piece.length
      if (bytes > textBytesMax) break
    }
    return text + decoder.decode()
  } catch {
    // What is thrown is a failure of that one part (a port's promise): the message is stored without it, and the facts say so.
    return undefined
  }
}
