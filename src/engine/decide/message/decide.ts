/**
 * What ought to happen to an unlinked message: left with a reason, linked to the record that stands for it already, or
 * stored. Messages are decided in order, the older first: what one of them will store the next may answer.
 */
import type { RecordSnapshot } from '../../../model/index.js'
import { type Facts, known } from '../../facts.js'
import { can } from '../../methods.js'
import { addressKey } from '../../track/address.js'
import { categoriesOfCopy } from '../../track/category.js'
import { correlate, storedFrom, type StoredMessage } from '../../track/correlate.js'
import { judge, type Judgement, probeOf, type Probe } from '../../track/judge.js'
import { conversationOf, type Message, messageFaults, messageIdentity } from '../../track/message.js'
import { isOwnSent, sendRequestOf } from '../../send/request.js'
import type { Planned } from '../../track/planned.js'
import { senderAmong } from '../../track/resolve.js'
import { tokensIn } from '../../track/token.js'
import type { Decided, Unit } from '../../unit.js'
import { answerIn } from '../asked.js'
import { itemIn } from '../asks.js'
import { type Draft, invalid, later, nothing, type Seen, withPut } from '../build.js'
import type { DecideContext } from '../context.js'
import { copied, declined, formerPair, isCopy, isUnknown, untrackUnlinked, withoutRequest } from '../request.js'
import { ownAsk, storedIn, storedRefs, threadAsks, usersAt } from './asks.js'
import { candidatesAt, recipientIn, recipientsIn, store, type Taken } from './store.js'
import { dueProcessed, elsewhere, filesFirst } from './linked.js'
import { type MessageSight, messageSight, standingOf } from './sight.js'

export const decideMessage = (unit: Unit, facts: Facts, context: DecideContext, planned: Planned): Decided => {
  const fact = facts.of<'ItemsByRef'>({ _tag: 'ItemsByRef', ref: unit.item?.ref ?? '' })
  if (fact._tag === 'Unknown') return nothing({ unit }, 'retry-later', {}, { failure: true, rests: false })
  if (isUnknown(unit, facts)) return later({ unit })
  if (fact._tag === 'Known' && fact.value._tag === 'Unreadable') return invalid({ unit }, fact.value.paths ?? [])
  const item = itemIn(unit, facts)
  if (item === undefined) return nothing({ unit }, 'not-requested', { gone: true })
  const faults = messageFaults(item)
  if (faults.length > 0) return invalid({ unit, item }, faults)
  const sight = messageSight(unit, facts, context)
  if (sight === undefined) return nothing({ unit, item }, 'not-requested')
  return judgedAt(sight, decideSeen({ unit, item }, sight, facts, context, planned))
}

/** A8: what was judged in the root inbox moves the border behind which nothing comes in any more. */
const judgedAt = ({ message, gate }: MessageSight, one: Decided): Decided => {
  const isJudged = gate._tag === 'Ask' || (gate._tag === 'Leave' && gate.judged && gate.code !== 'outside-inbox')
  return !isJudged || message.folder !== 'inbox' || message.receivedAtMs === undefined
    ? one
    : { ...one, verdict: { ...one.verdict, judgedAtMs: message.receivedAtMs } }
}

const decideSeen = (
  seen: Seen & { readonly item: MessageSight['item'] },
  sight: MessageSight,
  facts: Facts,
  context: DecideContext,
  planned: Planned
): Decided => {
  const { unit, item } = seen
  const { message, gate } = sight
  const asked =
    sight.asked?.regarding === undefined
      ? sight.asked
      : { ...sight.asked, regarding: standingOf(sight.asked.regarding, facts) ?? null }
  if (unit.gestures.some(({ gesture }) => gesture._tag === 'Untrack') && asked === undefined)
    return untrackUnlinked(seen, facts, context)
  // 4.2: asked for under another method, which this one is not.
  if (asked?.code === 'gesture' && !can(context.method, 'gestureOnEmail')) return nothing(seen, 'method-unsupported')
  // Row 2: what was asked for, or accepted, before nothing came in any more waits until something does again.
  if (!context.facts.enabled.incoming) return nothing(seen, 'incoming-disabled', {}, { failure: false, rests: false })
  if (asked?.code !== 'gesture' && isCopy(item, facts, context)) return copied(seen, facts)
  // T18: the record is made once it is a draft no longer.
  if (message.isDraft && asked?.code === 'gesture')
    return nothing(seen, 'not-requested', { draft: true }, { failure: false, rests: false })
  const answer = answerIn(unit)
  if (answer === 'cancel') return declined(seen, context)
  const sent = sight.isOwnCopy ? ownSent(seen, sight, facts, context) : undefined
  if (sent !== undefined) return sent
  if (gate._tag === 'Leave') return withoutRequest(seen, gate.code, gate.judged, facts, context)
  const correlated = correlationOf(message, facts, context, planned)
  const regarding = gate._tag === 'Take' ? gate.rule?.regarding : undefined
  const base: Omit<Taken, 'code' | 'acceptedBy'> = {
    asked,
    filedUnder: regarding,
    isFiled: regarding !== undefined,
    correlated
  }
  if (gate._tag === 'Take') {
    const taken: Taken = { ...base, code: gate.code, acceptedBy: undefined }
    return take(seen, sight, taken, facts, context, planned)
  }
  const probe = gate.isSent ? undefined : probeOf(message)
  const found: Taken = { ...base, code: 'already-tracked', acceptedBy: undefined }
  const standing = standingRecord(seen, sight, found, facts, context, planned)
  if (standing !== undefined) return probed(standing, probe)
  const judgement = judgementOf(message, gate.isSent, correlated, facts, context, planned)
  if (judgement._tag === 'Refuse') return probed(nothing(seen, judgement.code, { judged: true }), probe)
  const taken: Taken = { ...base, code: judgement.code, acceptedBy: judgement.by }
  return probed(store(seen, sight, taken, facts, context, planned), probe)
}

/** O6: the copy of what the engine has sent, whose link a death has prevented. */
const ownSent = (
  seen: Seen & { readonly item: MessageSight['item'] },
  { message }: MessageSight,
  facts: Facts,
  context: DecideContext
): Decided | undefined => {
  const record = ownRecords(message, facts).find((one) => isOwnSent(one, context))
  const copies = record === undefined ? [] : known(facts.of<'CopiesOf'>({ _tag: 'CopiesOf', record: record.ref }), [])
  return record === undefined || copies.some(({ mailbox }) => mailbox === context.mailbox)
    ? undefined
    : withPut({ ...seen, record }, 'sent', { found: true }, context, { made: 'sent' })
}

/** What the engine has asked with stands beside the decision, and nowhere else (A17); a sent message is not probed. */
const probed = (one: Decided, probe: Probe | undefined): Decided => (probe === undefined ? one : { ...one, probe })

/** By manual means: the record it had, the record there is, else a new one. */
const take = (
  seen: Seen & { readonly item: MessageSight['item'] },
  sight: MessageSight,
  taken: Taken,
  facts: Facts,
  context: DecideContext,
  planned: Planned
): Decided => {
  const former = formerPair(seen.unit, facts)
  if (former !== undefined) return linkTo(seen, former.record, former.former.id, taken, facts, context)
  const answer = answerIn(seen.unit)
  if (typeof answer === 'object') {
    const chosen = storedIn(answer.link, facts)
    return chosen === undefined
      ? nothing(seen, 'duplicate-suspected', { gone: true }, { failure: false, rests: true })
      : linkTo(seen, chosen, undefined, taken, facts, context)
  }
  return (
    standingRecord(seen, sight, taken, facts, context, planned) ?? store(seen, sight, taken, facts, context, planned)
  )
}

/** Row 7, D1: the record that stands for it, or will by the end of this cycle. */
const standingRecord = (
  seen: Seen & { readonly item: MessageSight['item'] },
  { message }: MessageSight,
  taken: Taken,
  facts: Facts,
  context: DecideContext,
  planned: Planned
): Decided | undefined => {
  const stored = ownRecords(message, facts).find((record) => record.fields['directioncode'] === message.direction)
  // Its own mailbox is at it, or finds it in this very cycle: who sends links.
  if (stored !== undefined && sendRequestOf(stored) !== undefined) return later(seen)
  if (stored !== undefined) return linkTo(seen, stored, undefined, taken, facts, context)
  const unit = planned.unitOf(messageIdentity(message, context.mailbox))
  if (unit === undefined) return undefined
  return {
    ...withPut(seen, 'already-tracked', { same: true }, context, dueProcessed(context)),
    needs: [unit],
    recordFrom: unit
  }
}

/** Stored records with its Message-ID, whatever their direction. */
const ownRecords = (message: Message, facts: Facts): ReadonlyArray<RecordSnapshot> => {
  const ask = ownAsk(message)
  return ask === undefined
    ? []
    : storedRefs([ask], facts)
        .flatMap((ref) => storedIn(ref, facts) ?? [])
        .filter((record) => storedFrom(record).key === message.key)
}

const correlationOf = (
  message: Message,
  facts: Facts,
  context: DecideContext,
  planned: Planned
): ReturnType<typeof correlate> => {
  const { correlation } = context.settings
  const asks = threadAsks(message, context)
  const stored = [
    ...storedRefs(asks, facts)
      .flatMap((ref) => storedIn(ref, facts) ?? [])
      .map(storedFrom),
    ...uniquePlanned(asks.flatMap(({ code, term }) => planned.hits(code, term)))
  ]
  return correlate(conversationOf(message, tokensIn(message.subject, correlation.tokenPrefixes)), stored, correlation)
}

const uniquePlanned = (messages: ReadonlyArray<StoredMessage>): ReadonlyArray<StoredMessage> => [
  ...new Map(messages.map((message) => [message.ref, message])).values()
]

const judgementOf = (
  message: Message,
  isSent: boolean,
  correlated: Taken['correlated'],
  facts: Facts,
  context: DecideContext,
  planned: Planned
): Judgement => {
  const { settings, facts: mailbox } = context
  const sender = message.from
  const senderUser = sender === undefined ? undefined : usersAt([addressKey(sender.address)], facts)[0]
  const senderIsOurs = senderUser === undefined ? undefined : recipientIn(senderUser, facts)[0]
  const asking = isSent ? [...message.to, ...message.cc, ...message.bcc] : sender === undefined ? [] : [sender]
  const resolvable = asking.filter(({ list }) => list !== true)
  return judge(
    {
      sender: sender?.address,
      isInternal: senderIsOurs !== undefined && !senderIsOurs.queue,
      recipients: recipientsIn([...message.to, ...message.cc, ...message.bcc], facts),
      own: {
        user: context.user,
        queue: mailbox.queue,
        autoTrack: mailbox.autoTrack,
        mayCreate: context.access.privileges.create
      },
      isSent,
      knownTo: (user) =>
        resolvable.flatMap(({ address }) => {
          const found = senderAmong(candidatesAt(address, facts), { user, ambiguous: settings.ambiguous.sender })
          return found === undefined ? [] : [found.type]
        }),
      correlates: correlated !== undefined,
      isStored: ownRecords(message, facts).length > 0 || isPlanned(message, planned, context.mailbox)
    },
    settings
  )
}

/** A16: or will be by the end of this cycle, in the other direction; in its own, row 7 has linked it. */
const isPlanned = (message: Message, planned: Planned, mailbox: string): boolean => {
  const direction = message.direction === 'incoming' ? 'outgoing' : 'incoming'
  return message.key !== undefined && planned.unitOf(messageIdentity({ ...message, direction }, mailbox)) !== undefined
}

/** Linked to a record that is there: nothing of it is written but what a folder or a person says that it is about. */
const linkTo = (
  seen: Seen & { readonly item: MessageSight['item'] },
  record: RecordSnapshot,
  revives: string | undefined,
  { asked, filedUnder, isFiled }: Taken,
  facts: Facts,
  context: DecideContext
): Decided => {
  const copies = known(facts.of<'CopiesOf'>({ _tag: 'CopiesOf', record: record.ref }), [])
  const mayFile = isFiled && filesFirst(copies, context)
  const regarding = mayFile ? filedUnder : asked?.regarding
  const writes = regarding !== undefined && regarding !== (record.fields['regardingobjectid'] ?? null)
  const categories = categoriesOfCopy(seen.item, elsewhere(copies, context), asked?.code, context)
  return withPut({ ...seen, record }, 'already-tracked', {}, context, {
    ...(revives === undefined ? {} : { revives }),
    ...(mayFile ? { filedAtMs: context.nowMs } : {}),
    ...(writes ? { record: { op: 'update', set: { regardingobjectid: regarding } } satisfies Draft['record'] } : {}),
    ...(categories === undefined ? {} : { categories }),
    ...dueProcessed(context)
  })
}
