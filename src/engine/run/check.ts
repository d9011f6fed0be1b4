/** The two questions of 3.9, asked and decided as a cycle would, of a message that no cycle has found. Nothing is written. */
import {
  checkAnswer,
  type CheckAnswer,
  type CheckedMessage,
  checkedItem,
  checkedUnit,
  type PromotedMessage
} from '../check.js'
import { decideMessage } from '../decide/message/decide.js'
import { messageLooks, messageSearches, ownAsk, storedAsk, storedIn, storedRefs } from '../decide/message/asks.js'
import { type Ask, Facts } from '../facts.js'
import { storedFrom } from '../track/correlate.js'
import { messageOf } from '../track/message.js'
import { Planned } from '../track/planned.js'
import { gather } from './gather.js'
import { openOrReport } from './open.js'
import { contextOf } from './opened.js'
import { type Session, Stopped } from './session.js'

/** The decision from its step 7 on: what the mailbox itself would say before that is not asked, but for being usable at all. */
export const checkIncoming = async (given: Session, message: CheckedMessage): Promise<CheckAnswer> => {
  const start = await openOrReport(given, true)
  if (start._tag === 'Closed') return checkAnswer(false, start.report.stoppedBy?.code ?? 'retry-later')
  const { opened, session } = start
  if (!session.facts.enabled.incoming) return checkAnswer(false, 'incoming-disabled')
  const { startAtMs: _start, probing: _probing, ...facts } = session.facts
  const asking = { ...session, facts }
  const context = { ...contextOf(asking, opened, new Map()), judgedUntilMs: undefined }
  const known = new Facts()
  const item = checkedItem(message)
  known.learn<'ItemsByRef'>(
    { _tag: 'ItemsByRef', ref: item.ref },
    { _tag: 'Known', value: { _tag: 'Known', snapshot: item } }
  )
  known.learn<'FormersByItem'>({ _tag: 'FormersByItem', ref: item.ref }, { _tag: 'Known', value: [] })
  const units = [checkedUnit]
  await ask(asking, messageSearches(units, known, context), known)
  await ask(asking, messageLooks(units, known, context), known)
  const { verdict } = decideMessage(checkedUnit, known, context, new Planned())
  return checkAnswer(verdict.recordOp === 'create', verdict.code)
}

/** D1 alone: a record of this Message-ID and direction. */
export const checkPromote = async (session: Session, promoted: PromotedMessage): Promise<CheckAnswer> => {
  const { direction, ...message } = promoted
  const own = messageOf(checkedItem(message), session.facts.address)
  const look = ownAsk(own)
  if (look === undefined) return checkAnswer(true, 'gesture')
  const facts = new Facts()
  await ask(session, [look], facts)
  const refs = storedRefs([look], facts)
  await ask(session, refs.map(storedAsk), facts)
  const isStored = refs
    .flatMap((ref) => storedIn(ref, facts) ?? [])
    .some((record) => storedFrom(record).key === own.key && record.fields['directioncode'] === direction)
  return isStored ? checkAnswer(false, 'already-tracked') : checkAnswer(true, 'gesture')
}

const ask = async (session: Session, asks: ReadonlyArray<Ask>, facts: Facts): Promise<void> => {
  const failure = await gather(session, asks, facts)
  if (failure !== undefined) throw new Stopped(failure)
}
