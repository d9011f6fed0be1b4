/**
 * What must be known about unlinked messages, in rounds: who and what their heads name, the records that were found,
 * and of those that are accepted everybody else they were sent to. A message that a gate turns away asks for nothing.
 */
import type { RecordSnapshot, Ref } from '../../../model/index.js'
import { codeOf, termOf } from '../../../model/index.js'
import type { Ask, Facts } from '../../facts.js'
import { known } from '../../facts.js'
import { correlationKeys } from '../../track/correlate.js'
import { ruleOf } from '../../track/folder-rules.js'
import { tracks } from '../../track/judge.js'
import { addressesIn, conversationOf, entriesOfMessage, type Message } from '../../track/message.js'
import { Planned } from '../../track/planned.js'
import { tokensIn } from '../../track/token.js'
import type { Decided, Unit } from '../../unit.js'
import type { DecideContext } from '../context.js'
import { answerIn } from '../asked.js'
import { itemIn } from '../asks.js'
import { duplicateAsks, duplicateLooks } from '../duplicate.js'
import { regardingAsked } from './linked.js'
import { aboutAsk, isMessage, messageSight, type MessageSight } from './sight.js'

const sights = (
  units: ReadonlyArray<Unit>,
  facts: Facts,
  context: DecideContext
): ReadonlyArray<{ readonly unit: Unit; readonly sight: MessageSight }> =>
  units.flatMap((unit) => {
    if (unit.link !== undefined || unit.item === undefined || !isMessage(unit)) return []
    const sight = messageSight(unit, facts, context)
    return sight === undefined ? [] : [{ unit, sight }]
  })

/** Records of this Message-ID are at most two; more than so many are a host's own affair. */
const storedMax = 10

/** The look-up of a message's own record. */
export const ownAsk = ({ key }: Message): Extract<Ask, { readonly _tag: 'RecordsByCode' }> | undefined => {
  const code = codeOf('messageid', 'message-id')
  const term = key === undefined ? undefined : termOf(code, key)
  return term === undefined ? undefined : { _tag: 'RecordsByCode', type: 'email', code, term, max: storedMax }
}

/** The look-ups of the messages that it may continue. */
export const threadAsks = (
  message: Message,
  { settings }: Pick<DecideContext, 'settings'>
): ReadonlyArray<Extract<Ask, { readonly _tag: 'RecordsByCode' }>> => {
  const { correlation } = settings
  const conversation = conversationOf(message, tokensIn(message.subject, correlation.tokenPrefixes))
  return correlationKeys(conversation, correlation).map((key) => ({ _tag: 'RecordsByCode', type: 'email', ...key }))
}

/** Round 2: of a linked message, what its folder says that it is about, and who else has filed it. */
export const filedAsks = (
  units: ReadonlyArray<Unit>,
  facts: Facts,
  { facts: { method, queue, folderRules } }: DecideContext
): ReadonlyArray<Ask> =>
  units.flatMap((unit): ReadonlyArray<Ask> => {
    if (unit.link === undefined || !isMessage(unit)) return []
    const asked = aboutAsks(regardingAsked(unit))
    const regarding = tracks({ method, queue })
      ? ruleOf(itemIn(unit, facts)?.folder, folderRules)?.regarding
      : undefined
    const isRecovered = unit.link.decided.facts['recovered'] === true
    return [
      ...asked,
      ...(regarding === undefined ? [] : [aboutAsk(regarding)]),
      ...(regarding === undefined && !isRecovered ? [] : [{ _tag: 'CopiesOf', record: unit.link.record } as const])
    ]
  })

const aboutAsks = (ref: Ref | null | undefined): ReadonlyArray<Ask> =>
  ref === undefined || ref === null ? [] : [aboutAsk(ref)]

/** Round 2: who sent it and to whom of ours, whether it is stored, what it answers. */
export const messageSearches = (units: ReadonlyArray<Unit>, facts: Facts, context: DecideContext): ReadonlyArray<Ask> =>
  sights(units, facts, context).flatMap(({ unit, sight }): ReadonlyArray<Ask> => {
    const { item, message, ended, gate, isOwnCopy } = sight
    const marked: ReadonlyArray<Ask> =
      item.marker === undefined ? [] : [{ _tag: 'LinksByRecord', ref: item.marker.record }]
    const own = ownAsk(message)
    if (gate._tag === 'Leave') return isOwnCopy && own !== undefined ? [...marked, own] : marked
    const regarding = gate._tag === 'Take' ? gate.rule?.regarding : undefined
    const sender = addressesIn(message.from === undefined ? [] : [message.from])
    const others = addressesIn([...message.to, ...message.cc, ...message.bcc])
    const isSent = gate._tag === 'Ask' && gate.isSent
    const answer = answerIn(unit)
    return [
      ...marked,
      ...(own === undefined ? [] : [own]),
      ...(typeof answer === 'object' ? [storedAsk(answer.link)] : []),
      ...threadAsks(message, context),
      ...aboutAsks(regarding),
      ...aboutAsks(sight.asked?.regarding),
      ...[...sender, ...others].map((address): Ask => ({ _tag: 'UserOf', address })),
      ...[...sender, ...(isSent ? others : [])].map((address): Ask => ({ _tag: 'PeopleByAddress', address })),
      ...ended.flatMap(
        (former): ReadonlyArray<Ask> => [
          { _tag: 'RecordsByRef', type: former.type, ref: former.record, engine: true },
          { _tag: 'LinksByRecord', ref: former.record }
        ]
      )
    ]
  })

export const storedRefs = (asks: ReadonlyArray<Ask>, facts: Facts): ReadonlyArray<Ref> => [
  ...new Set(asks.flatMap((ask) => (ask._tag === 'RecordsByCode' ? known(facts.of<'RecordsByCode'>(ask), []) : [])))
]

/** A message answers hundreds at times: their texts are not kept. */
export const storedAsk = (ref: Ref): Extract<Ask, { readonly _tag: 'RecordsByRef' }> => ({
  _tag: 'RecordsByRef',
  type: 'email',
  ref,
  engine: true,
  head: true
})

export const storedIn = (ref: Ref, facts: Facts): RecordSnapshot | undefined => {
  const fact = facts.of<'RecordsByRef'>(storedAsk(ref))
  return fact._tag === 'Known' && fact.value._tag === 'Known' ? fact.value.snapshot : undefined
}

export const usersAt = (addresses: ReadonlyArray<string>, facts: Facts): ReadonlyArray<string> => [
  ...new Set(addresses.flatMap((address) => known(facts.of<'UserOf'>({ _tag: 'UserOf', address }), undefined) ?? []))
]

/** Round 3: the records that were found, and what our recipients take. */
export const messageLooks = (units: ReadonlyArray<Unit>, facts: Facts, context: DecideContext): ReadonlyArray<Ask> =>
  sights(units, facts, context).flatMap(({ unit, sight }): ReadonlyArray<Ask> => {
    const { item, message, gate, ended, isOwnCopy } = sight
    const originals =
      item.marker === undefined
        ? []
        : known(facts.of<'LinksByRecord'>({ _tag: 'LinksByRecord', ref: item.marker.record }), [])
    const copies = originals.map((link): Ask => ({ _tag: 'ItemsByRef', ref: link.item, head: true }))
    if (gate._tag === 'Leave' && !isOwnCopy) return copies
    const own = ownAsk(message)
    const stored = own === undefined ? [] : storedRefs([own], facts)
    const threads = isOwnCopy ? [] : storedRefs(threadAsks(message, context), facts)
    const answer = answerIn(unit)
    // Records that it may be linked to.
    const linkable = [
      ...stored,
      ...ended.map(({ record }) => record),
      ...(typeof answer === 'object' ? [answer.link] : [])
    ]
    return [
      ...copies,
      ...[...stored, ...threads].map(storedAsk),
      ...linkable.map((record): Ask => ({ _tag: 'CopiesOf', record })),
      ...usersAt(addressesIn(entriesOfMessage(message)), facts).map((user): Ask => ({ _tag: 'RecipientOf', user }))
    ]
  })

/** Decides as the decision itself will: who would be stored. */
type Rehearse = (
  units: ReadonlyArray<Unit>,
  facts: Facts,
  context: DecideContext,
  planned: Planned
) => ReadonlyArray<Decided>

/** Round 4: everybody whom an accepted message names, and who may be its double. */
export const messageParties =
  (rehearse: Rehearse) =>
  (units: ReadonlyArray<Unit>, facts: Facts, context: DecideContext, planned: Planned): ReadonlyArray<Ask> => {
    const messages = units.filter((unit) => unit.link === undefined && isMessage(unit))
    if (messages.length === 0) return []
    return rehearse(messages, facts, context, new Planned(planned)).flatMap((one): ReadonlyArray<Ask> => {
      const effect = one.effects.record
      const sight = messageSight(one.unit, facts, context)
      if (effect?._tag !== 'Create' || sight === undefined) return []
      const addresses = addressesIn(entriesOfMessage(sight.message))
      return [
        ...addresses.map((address): Ask => ({ _tag: 'PeopleByAddress', address })),
        ...(one.verdict.code === 'gesture' || one.verdict.code === 'category'
          ? duplicateAsks('email', effect.fields, context)
          : [])
      ]
    })
  }

/** Round 5: the records that may be its doubles. */
export const messageDoubles =
  (rehearse: Rehearse) =>
  (units: ReadonlyArray<Unit>, facts: Facts, context: DecideContext, planned: Planned): ReadonlyArray<Ask> => {
    const messages = units.filter((unit) => unit.link === undefined && isMessage(unit))
    if (messages.length === 0 || !context.settings.duplicates.enabled) return []
    return rehearse(messages, facts, context, new Planned(planned)).flatMap((one): ReadonlyArray<Ask> => {
      const effect = one.effects.record
      return effect?._tag === 'Create' ? duplicateLooks('email', effect.fields, facts, context) : []
    })
  }
