/**
 * What ought to happen to a record that waits to be sent: sent, looked for where nobody knows whether it was, or opened
 * again where it cannot be (5.1, O1 to O7). At most one transmission, whatever dies in between.
 */
import { stateField, statusField } from '../../../mapping/index.js'
import type { Fields, ItemSnapshot, RecordSnapshot, Ref, Value } from '../../../model/index.js'
import { isEmpty, limits, messageKey } from '../../../model/index.js'
import { withContents } from '../../contents.js'
import { type Ask, type Facts, known } from '../../facts.js'
import { can } from '../../methods.js'
import { messageIdFor, postponedUntil, senderOf, sendRequestOf } from '../../send/request.js'
import { failedForGood, sentAt } from '../../send/outcome.js'
import { addressKey, type Entry, entriesOf, isUsable } from '../../track/address.js'
import { addressesIn } from '../../track/message.js'
import { recipientsAmong, senderAmong } from '../../track/resolve.js'
import { partiesOf } from '../../track/stored.js'
import type { Decided, Unit } from '../../unit.js'
import { recordIn } from '../asks.js'
import { decided, later, nothing, put, type Seen } from '../build.js'
import type { DecideContext } from '../context.js'
import { isMessage } from './sight.js'

const lists = ['torecipients', 'ccrecipients', 'bccrecipients'] as const

type RecipientList = (typeof lists)[number]

const entriesIn = (record: RecordSnapshot, list: RecipientList): ReadonlyArray<Entry> => entriesOf(record.fields[list])

/** Records that this mailbox has to send, as far as they are read. */
const requests = (units: ReadonlyArray<Unit>, facts: Facts): ReadonlyArray<RecordSnapshot> =>
  units.flatMap((unit) => {
    if (unit.link !== undefined || unit.record === undefined || !isMessage(unit)) return []
    const record = recordIn(unit, facts)
    return record === undefined || sendRequestOf(record) === undefined ? [] : [record]
  })

const lookAsk = (record: RecordSnapshot): Extract<Ask, { readonly _tag: 'ItemsByField' }> | undefined => {
  const id = record.fields['messageid']
  return typeof id === 'string' && id !== ''
    ? { _tag: 'ItemsByField', kind: 'email', field: 'messageId', value: id }
    : undefined
}

/** Before sending: to whom, and whether it lies in the mailbox already. */
export const outgoingSearches = (
  units: ReadonlyArray<Unit>,
  facts: Facts,
  context: DecideContext
): ReadonlyArray<Ask> =>
  requests(units, facts).flatMap((record): ReadonlyArray<Ask> => {
    const entries = lists.flatMap((list) => entriesIn(record, list))
    const look = context.mailCan.findByField ? lookAsk(record) : undefined
    return [
      ...(look === undefined ? [] : [look]),
      ...entries
        .filter(({ address }) => !address.includes('@'))
        .map(({ address }): Ask => ({ _tag: 'AddressOf', ref: address }))
    ]
  })

export const outgoingLooks = (units: ReadonlyArray<Unit>, facts: Facts, context: DecideContext): ReadonlyArray<Ask> =>
  requests(units, facts).flatMap((record): ReadonlyArray<Ask> => {
    const look = lookAsk(record)
    const found = look === undefined ? [] : known(facts.of<'ItemsByField'>(look), [])
    const entries = lists.flatMap((list) => resolved(record, list, facts).entries)
    return [
      ...found.map((ref): Ask => ({ _tag: 'ItemsByRef', ref, head: true })),
      ...[addressKey(context.address), ...addressesIn(entries)].map(
        (address): Ask => ({
          _tag: 'PeopleByAddress',
          address
        })
      )
    ]
  })

/** A list of recipients with the addresses of those that it names by id; `missing`: the first that has none (O5, R10). */
const resolved = (
  record: RecordSnapshot,
  list: RecipientList,
  facts: Facts
): { readonly entries: ReadonlyArray<Entry>; readonly missing: string | undefined } => {
  const all = entriesIn(record, list).map((entry): Entry | undefined => {
    if (entry.address.includes('@')) return isUsable(entry.address) ? entry : undefined
    const fact = facts.of<'AddressOf'>({ _tag: 'AddressOf', ref: entry.address })
    const address = fact._tag === 'Known' ? fact.value : ''
    return isUsable(address) ? { address } : undefined
  })
  const at = all.indexOf(undefined)
  return {
    entries: all.flatMap((entry) => entry ?? []),
    missing: at < 0 ? undefined : `record.fields.${list}[${at}]: expected a recipient with an address`
  }
}

export const decideOutgoing = (unit: Unit, facts: Facts, context: DecideContext): Decided => {
  const record = recordIn(unit, facts)
  if (record === undefined) return nothing({ unit }, 'not-requested')
  const seen = { unit, record }
  const request = sendRequestOf(record)
  if (request === undefined || !isOurs(record, context)) return nothing(seen, 'not-requested')
  const waits = whyItWaits(record, context)
  if (waits !== undefined) return waits(seen)
  const standing = inMailbox(record, facts)
  if (standing !== undefined) return found(seen, standing, context)
  const mustLook = request === 'sending' || unit.due !== undefined
  // Nobody can look: sent once too often would be worse than a question to a person.
  if (request === 'sending' && !context.mailCan.findByField) return unsure(seen)
  if (context.second) return later(seen)
  return send(seen, mustLook, facts, context)
}

const isOurs = (record: RecordSnapshot, { address, user }: DecideContext): boolean => {
  const sender = senderOf(record)
  return sender === user || addressKey(sender) === addressKey(address)
}

/** O3, O4: it keeps waiting, and has no error of its own. */
const whyItWaits = (
  record: RecordSnapshot,
  { facts, mailCan, nowMs }: DecideContext
): ((seen: Seen) => Decided) | undefined => {
  if (!facts.enabled.outgoing || !can(facts.method, 'outgoing') || mailCan.sends !== true)
    return (seen) => nothing(seen, 'retry-later', { outgoing: 'off' }, { failure: false, rests: false })
  const until = Math.max(postponedUntil(record) ?? nowMs, facts.postponedUntilMs ?? nowMs)
  return until > nowMs
    ? (seen) => nothing(seen, 'retry-later', { postponed: true }, { failure: false, rests: true, wakesAtMs: until })
    : undefined
}

/** The message of this very id in the mailbox. */
const inMailbox = (record: RecordSnapshot, facts: Facts): ItemSnapshot | undefined => {
  const look = lookAsk(record)
  const refs: ReadonlyArray<Ref> = look === undefined ? [] : known(facts.of<'ItemsByField'>(look), [])
  const id = record.fields['messageid']
  const items = refs.flatMap((ref) => {
    const fact = facts.of<'ItemsByRef'>({ _tag: 'ItemsByRef', ref })
    return fact._tag === 'Known' && fact.value._tag === 'Known' ? [fact.value.snapshot] : []
  })
  const own = items.filter(
    ({ folder, fields }) =>
      folder !== 'inbox' &&
      typeof fields['messageId'] === 'string' &&
      typeof id === 'string' &&
      messageKey(fields['messageId']) === messageKey(id)
  )
  return own.find(({ folder }) => folder === 'sent') ?? own[0]
}

/** It went out, though nobody heard of it; or it lies where nobody can say (`smtp` leaves it in the outbox). */
const found = (
  seen: Seen & { readonly record: RecordSnapshot },
  item: ItemSnapshot,
  context: DecideContext
): Decided => {
  if (item.folder !== 'sent') return unsure(seen)
  const rules = context.rules.get(seen.unit.type)
  const whole = { ...seen, item }
  return decided(whole, {
    code: 'sent',
    facts: { found: true },
    record: { op: 'update', set: sentAt(context.nowMs) },
    ...(rules === undefined
      ? {}
      : { change: put(whole, rules, { origin: 'tracked', base: { mail: [], record: [] }, made: 'sent' }) })
  })
}

/** It may have been sent, and is not sent again unasked: somebody has to say. */
const unsure = (seen: Seen): Decided =>
  decided(seen, { code: 'item-undeliverable', facts: { unsure: true }, record: { op: 'update', set: failedForGood } })

const refusedFor = (seen: Seen, path: string): Decided =>
  decided(seen, {
    code: 'item-undeliverable',
    facts: { paths: [path] },
    record: { op: 'update', set: failedForGood }
  })

const send = (
  seen: Seen & { readonly record: RecordSnapshot },
  isRetried: boolean,
  facts: Facts,
  context: DecideContext
): Decided => {
  const { record, unit } = seen
  const to = resolved(record, 'torecipients', facts)
  const cc = resolved(record, 'ccrecipients', facts)
  const bcc = resolved(record, 'bccrecipients', facts)
  const missing = to.missing ?? cc.missing ?? bcc.missing
  if (missing !== undefined) return refusedFor(seen, missing)
  const count = to.entries.length + cc.entries.length + bcc.entries.length
  if (count === 0) return refusedFor(seen, 'record.fields.torecipients: expected a recipient')
  if (count > limits.addressesMax)
    return refusedFor(seen, `record.fields.torecipients: expected at most ${limits.addressesMax} recipients`)
  const rules = context.rules.get(unit.type)
  if (rules === undefined) return nothing(seen, 'method-unsupported')
  const messageId = messageIdFor(record, { tenant: context.tenant, address: context.address, isRetried })
  const from: Entry = { address: context.address }
  const parties = partiesOf({ from, to: to.entries, cc: cc.entries, bcc: bcc.entries }, recordsBehind(facts, context))
  const fields = itemFields(record, { messageId, from, to: to.entries, cc: cc.entries, bcc: bcc.entries }, context)
  const token = record.fields['trackingtoken']
  const one = decided(seen, {
    code: 'sent',
    mail: { op: 'create', fields, folder: 'sent' },
    record: {
      op: 'update',
      set: {
        [stateField]: 'completed',
        [statusField]: 'sending',
        messageid: messageId,
        ...addressesOf(
          record,
          { torecipients: to.entries, ccrecipients: cc.entries, bccrecipients: bcc.entries },
          context
        ),
        parties
      }
    },
    claim: { identity: `sent ${record.ref} ${messageId}`, side: 'mail', gone: [] },
    change: put(seen, rules, { origin: 'tracked', base: { mail: [], record: [] }, made: 'sent' })
  })
  return { ...one, sends: { ...(typeof token === 'string' && token !== '' ? { token } : {}) } }
}

/** What goes out has addresses alone: whom the record has named by id stands there by address from now on (`fields.md`). */
const addressesOf = (
  record: RecordSnapshot,
  lists: { readonly [list in RecipientList]: ReadonlyArray<Entry> },
  { address }: DecideContext
): Fields => {
  const named = Object.entries(lists).filter(([list]) =>
    entriesOf(record.fields[list]).some((entry) => !entry.address.includes('@'))
  )
  const sender = record.fields['sender']
  const hasAddress = typeof sender === 'string' && sender.includes('@')
  return {
    ...(hasAddress ? {} : { sender: address }),
    ...Object.fromEntries(named.map(([list, entries]) => [list, entries.map((entry) => entry.address)]))
  }
}

const recordsBehind = (facts: Facts, { user, settings }: DecideContext): Parameters<typeof partiesOf>[1] => ({
  recordsOf: ({ address }, role) => {
    const candidates = known(facts.of<'PeopleByAddress'>({ _tag: 'PeopleByAddress', address: addressKey(address) }), [])
    if (role !== 'from') return recipientsAmong(candidates, settings.ambiguous.recipients).map(({ ref }) => ref)
    const sender = senderAmong(candidates, { user, ambiguous: settings.ambiguous.sender })
    return sender === undefined ? [] : [sender.ref]
  }
})

/** The message as it goes out. */
const itemFields = (
  record: RecordSnapshot,
  {
    messageId,
    from,
    ...recipients
  }: {
    readonly messageId: string
    readonly from: Entry
    readonly to: ReadonlyArray<Entry>
    readonly cc: ReadonlyArray<Entry>
    readonly bcc: ReadonlyArray<Entry>
  },
  { nowMs }: DecideContext
): Fields => {
  const { fields } = withContents('record', record)
  const entry = ({ address, name }: Entry): Value => (name === undefined ? address : { address, name })
  const list = (entries: ReadonlyArray<Entry>): Value => entries.map(entry)
  const all: Fields = {
    messageId,
    subject: fields['subject'] ?? null,
    from: from.address,
    to: list(recipients.to),
    cc: list(recipients.cc),
    bcc: list(recipients.bcc),
    body: fields['description'] ?? null,
    attachments: fields['attachments'] ?? null,
    inReplyTo: fields['inreplyto'] ?? null,
    conversationIndex: fields['conversationindex'] ?? null,
    sentAt: new Date(nowMs).toISOString()
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => !isEmpty(value)))
}
