/** The record that a message becomes: its fields, whose it is, who it names, and the stranger who becomes a person with it. */
import type { DecisionFacts, Reason, RecordSnapshot, Ref } from '../../../model/index.js'
import { type Facts, known, type Recipient } from '../../facts.js'
import { addressKey, type Entry, isUsable } from '../../track/address.js'
import { categoriesOf } from '../../track/category.js'
import { type Correlation, storedFrom, type StoredMessage } from '../../track/correlate.js'
import { addressesIn, type Message, messageIdentity } from '../../track/message.js'
import { ownerAmong } from '../../track/owner.js'
import { pendingIn, pendingRef, type Planned } from '../../track/planned.js'
import { recipientsAmong, senderAmong } from '../../track/resolve.js'
import { type Role, storedFields } from '../../track/stored.js'
import type { Decided, PersonPlan, Unit } from '../../unit.js'
import { answerIn, type Asked, mayDo } from '../asked.js'
import { later, nothing, type Seen, withPut } from '../build.js'
import type { DecideContext } from '../context.js'
import { suspicionOf } from '../duplicate.js'
import { usersAt } from './asks.js'
import { dueProcessed } from './linked.js'
import type { MessageSight } from './sight.js'

/** Why it is taken, and by whom. */
export interface Taken {
  readonly code: Reason
  readonly asked: Asked | undefined
  /** What the folder says that it is about. */
  readonly filedUnder: Ref | undefined
  readonly isFiled: boolean
  readonly acceptedBy: string | undefined
  readonly correlated: Correlation | undefined
}

export const recipientIn = (user: string, facts: Facts): ReadonlyArray<Recipient> => {
  const fact = facts.of<'RecipientOf'>({ _tag: 'RecipientOf', user })
  return fact._tag === 'Known' ? [fact.value] : []
}

export const recipientsIn = (entries: ReadonlyArray<Entry>, facts: Facts): ReadonlyArray<Recipient> =>
  usersAt(addressesIn(entries), facts).flatMap((user) => recipientIn(user, facts))

export const candidatesAt = (address: string, facts: Facts) =>
  known(facts.of<'PeopleByAddress'>({ _tag: 'PeopleByAddress', address: addressKey(address) }), [])

/** A record is made of it (T1, A7, C1, P3). */
export const store = (
  seen: Seen & { readonly item: MessageSight['item'] },
  { message, ended }: MessageSight,
  taken: Taken,
  facts: Facts,
  context: DecideContext,
  planned: Planned
): Decided => {
  const owner = ownerFor(message, taken, facts, context)
  if (owner === undefined)
    return nothing(seen, 'missing-privilege', { privilege: 'create' }, { failure: false, rests: false })
  if (context.second) return later(seen)
  const person = personFor(message, owner, facts, context, planned)
  const { correlated } = taken
  const { fields, cut } = storedFields(message, {
    recordsOf: recordsFor(message, person, facts, context),
    regarding: regardingFor(taken),
    correlated:
      correlated === undefined
        ? undefined
        : { ref: correlated.message.ref, method: correlated.method, setsParent: correlated.setsParent },
    acceptedBy: taken.acceptedBy,
    receivedIn: message.direction === 'incoming' ? context.mailbox : undefined
  })
  const suspicion = mustAsk(seen.unit, taken) ? suspicionOf('email', fields, facts, context) : undefined
  if (suspicion !== undefined) return nothing(seen, 'duplicate-suspected', suspicion, { failure: false, rests: true })
  const identity = messageIdentity(message, context.mailbox)
  planned.add({ identity, unit: seen.unit.key, stored: plannedRecord(seen.unit, fields, owner, context) }, fields)
  if (person !== undefined) planned.addPerson(person.name)
  const categories = categoriesOf(seen.item, taken.code, context)
  const needs = [...new Set(pendingIn(fields))].filter((name) => name !== person?.create?.name)
  return {
    ...withPut(seen, taken.code, factsOf(message, taken, person, cut), context, {
      record: { op: 'create', fields, owner },
      marks: context.mailCan.marker && context.mailCan.unmarked?.includes('email') !== true,
      claim: { identity, side: 'record', gone: ended.map((former) => former.record) },
      made: taken.code,
      ...dueProcessed(context),
      ...(taken.isFiled ? { filedAtMs: context.nowMs } : {}),
      ...(categories === undefined ? {} : { categories })
    }),
    ...(needs.length === 0 ? {} : { needs }),
    ...(person?.create === undefined ? {} : { person: person.create }),
    wantsText: true
  }
}

/** C1, F4: the folder before the person, the person before the thread. */
const regardingFor = ({ filedUnder, asked, correlated }: Taken): Ref | undefined => {
  const own = filedUnder ?? asked?.regarding
  return own === undefined ? correlated?.message.regarding : (own ?? undefined)
}

/** Q7: what a gesture causes is checked, what a rule or a filter causes is not; a person who has said `save` is not asked again. */
const mustAsk = (unit: Unit, { code }: Taken): boolean =>
  (code === 'gesture' || code === 'category') && answerIn(unit) !== 'save'

const factsOf = (
  message: Message,
  { asked, acceptedBy, correlated }: Taken,
  person: PersonFound | undefined,
  cut: ReadonlyArray<string>
): DecisionFacts => ({
  ...(asked === undefined ? {} : { by: asked.by }),
  ...(acceptedBy === undefined ? {} : { acceptedBy }),
  ...(correlated === undefined ? {} : { method: correlated.method }),
  ...(correlated?.subjectChanged === true ? { subjectChanged: true } : {}),
  ...(message.key === undefined ? { weak: true } : {}),
  ...(person?.create === undefined ? {} : { person: person.create.type }),
  ...(cut.length === 0 ? {} : { cut })
})

/** Its record as the messages behind it find it. */
const plannedRecord = (
  unit: Unit,
  fields: RecordSnapshot['fields'],
  owner: string,
  { nowMs }: DecideContext
): StoredMessage =>
  storedFrom({
    ref: pendingRef(unit.key),
    type: 'email',
    owner,
    state: 'completed',
    status: fields['directioncode'] === 'outgoing' ? 'sent' : 'received',
    createdAtMs: nowMs,
    fields
  })

/**
 * P3; `undefined`: a person asks for it who may not create. What nobody asks for is stored with the engine's own rights
 * (2.3/17).
 */
const ownerFor = (
  message: Message,
  { code, asked, correlated }: Taken,
  facts: Facts,
  context: DecideContext
): string | undefined => {
  const { user, settings } = context
  if (code === 'gesture' || code === 'category') return mayDo('create', asked?.by, context) ? user : undefined
  if (message.direction === 'outgoing') return user
  const sender =
    message.from === undefined
      ? undefined
      : senderAmong(candidatesAt(message.from.address, facts), { user, ambiguous: settings.ambiguous.sender })
  const isPerson = sender !== undefined && ['contact', 'account', 'lead'].includes(sender.type)
  const among = ownerAmong({
    lists: [message.to, message.cc, message.bcc].map((entries) => recipientsIn(entries, facts)),
    correlated: correlated?.message.owner,
    sender: isPerson ? sender.owner : undefined
  })
  return among ?? user
}

/** A stranger who becomes a person with this message, or with one before it. */
interface PersonFound {
  readonly name: string
  readonly create?: PersonPlan
}

/** N1 to N3. */
const personFor = (
  { from, subject }: Message,
  owner: string,
  facts: Facts,
  context: DecideContext,
  planned: Planned
): PersonFound | undefined => {
  const type = context.settings.createUnknownSender
  if (type === 'none' || from === undefined || from.list === true || !isUsable(from.address)) return undefined
  if (!context.recordCan.types.includes(type) || candidatesAt(from.address, facts).length > 0) return undefined
  const name = `person ${type} ${addressKey(from.address)}`
  if (planned.hasPerson(name)) return { name }
  const mayCreate =
    owner === context.user ? context.access.privileges.create : recipientIn(owner, facts)[0]?.mayCreate === true
  if (!mayCreate) return undefined
  const local = from.address.slice(0, from.address.lastIndexOf('@'))
  return {
    name,
    create: {
      name,
      type,
      owner,
      fields: {
        emailaddress1: from.address,
        lastname: from.name ?? local,
        ...(type === 'lead' && subject !== '' ? { subject } : {})
      }
    }
  }
}

/** Records behind each address of the message: of the sender one, of a recipient all (R1, R5). */
const recordsFor =
  (message: Message, person: PersonFound | undefined, facts: Facts, { user, settings }: DecideContext) =>
  (entry: Entry, role: Role): ReadonlyArray<Ref> => {
    const candidates = candidatesAt(entry.address, facts)
    if (role !== 'from') return recipientsAmong(candidates, settings.ambiguous.recipients).map(({ ref }) => ref)
    if (person !== undefined && entry === message.from) return [pendingRef(person.name)]
    const sender = senderAmong(candidates, { user, ambiguous: settings.ambiguous.sender })
    return sender === undefined ? [] : [sender.ref]
  }
