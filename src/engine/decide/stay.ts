/**
 * The delete tables of 2.6 as data: the first test that holds says why the other side stays; where none does it is
 * deleted. Deletes are not symmetric, so there are two tables.
 */
import type { Rules } from '../../mapping/index.js'
import type { Base, Fields, ItemSnapshot, Link, Reason, RecordSnapshot } from '../../model/index.js'
import { isClosed, isEmpty } from '../../model/index.js'
import type { Facts } from '../facts.js'
import type { DecideContext } from './context.js'
import { isMeeting, isOrganizer, isPast, isPastUnknown, wasOrganizer } from './kind/meeting.js'
import { isDeleteSilenced } from './kind/messages.js'

/** What the tables ask about one pair. Only what a table asks for is worked out. */
export interface StayFacts {
  readonly context: DecideContext
  /** The record's owner and state, as they are now or were last seen. */
  readonly owner: string | undefined
  readonly state: string | undefined
  readonly item: Fields | undefined
  readonly organizes: () => boolean
  readonly isPast: () => boolean
  /** The server would tell people of the deletion whom nobody wants told. */
  readonly isSilenced: () => boolean
}

type Test = (facts: StayFacts) => boolean

export type StayTable = { readonly [behavesLike: string]: ReadonlyArray<readonly [Reason, Test]> }

const isOwner: Test = ({ context, owner }) => owner === context.user
const isNoOwner: Test = (facts) => !isOwner(facts)
const never: Test = ({ context }) => context.settings.contactDeleteFromMail === 'never'
const always: Test = () => true
const hasNoRight: Test = ({ context }) => !context.access.privileges.delete
const isOver: Test = (facts) => facts.isPast()
const isNotOrganizer: Test = (facts) => !facts.organizes()
/** Under `client` the owner counts like the organizer. */
const isNeitherOrganizerNorOwner: Test = (facts) =>
  isNotOrganizer(facts) && !(facts.context.method === 'client' && isOwner(facts))
/** At a hundred per cent it is completed, whatever its status says (4.9). */
const isItemCompleted: Test = ({ item }) => item?.['status'] === 'completed' || item?.['percentComplete'] === 100
const isRecordClosed: Test = ({ state }) => isClosed(state)
const staysClosed: Test = (facts) =>
  facts.context.settings.taskDeleteFromMail === 'unless-closed' && isRecordClosed(facts)

const ofMeeting: StayTable[string] = [
  ['kept-past', isOver],
  ['kept-not-organizer', isNeitherOrganizerNorOwner],
  ['kept-silent', (facts) => facts.isSilenced()]
]
const ofTask: StayTable[string] = [['kept-closed', isItemCompleted]]

/** "Record deleted → item". */
export const itemStays: StayTable = {
  appointment: ofMeeting,
  'recurring-appointment': ofMeeting,
  'service-appointment': [],
  contact: [['kept-owner-copy', isOwner]],
  task: ofTask,
  phonecall: ofTask,
  letter: ofTask,
  fax: ofTask,
  email: [['kept-by-kind', always]]
}

const fromTask: StayTable[string] = [
  ['kept-closed', staysClosed],
  ['kept-no-right', hasNoRight]
]

/** "Item deleted → record". */
export const recordStays: StayTable = {
  appointment: [
    ['kept-closed', isRecordClosed],
    ['kept-past', isOver],
    ['kept-not-organizer', isNotOrganizer],
    ['kept-no-right', hasNoRight]
  ],
  'recurring-appointment': [
    ['kept-closed', isRecordClosed],
    ['kept-not-organizer', isNotOrganizer],
    ['kept-no-right', hasNoRight]
  ],
  'service-appointment': [['kept-by-kind', always]],
  contact: [
    ['kept-by-kind', never],
    ['kept-by-kind', isNoOwner],
    ['kept-no-right', hasNoRight]
  ],
  task: fromTask,
  phonecall: fromTask,
  letter: fromTask,
  fax: fromTask,
  email: [['kept-by-kind', always]]
}

/** Why the other side stays; `undefined`: it is deleted. A type without a row of the table is never deleted. */
export const whyItStays = (table: StayTable, behavesLike: string, facts: StayFacts): Reason | undefined => {
  const tests = Object.hasOwn(table, behavesLike) ? table[behavesLike] : undefined
  if (tests === undefined) return 'kept-by-kind'
  return tests.find(([, holds]) => holds(facts))?.[0]
}

/**
 * The facts of one pair. `fromBase`: who organized it is what the base says, because the record is gone, or has
 * another organizer by now (4.1/3).
 */
export const stayFactsOf = (
  pair: {
    readonly rules: Rules
    readonly link: Link
    readonly base: Base
    readonly item?: ItemSnapshot | undefined
    readonly record?: RecordSnapshot | undefined
    readonly fromBase?: boolean
  },
  facts: Facts,
  context: DecideContext
): StayFacts => {
  const { rules, link, base, item, record } = pair
  const owner = record?.owner ?? link.owner
  const organizes = (): boolean => {
    if (!isMeeting(rules.shape.behavesLike)) return false
    const named = pair.fromBase === true ? undefined : record?.fields['organizer']
    // Of what is gone the base tells who organized it.
    const was =
      isEmpty(named) && (item === undefined || record === undefined || pair.fromBase === true)
        ? wasOrganizer(rules, link.id, base, context)
        : undefined
    if (was !== undefined) return was === 'user'
    return isOrganizer({ record: named, item: item?.fields['organizer'], owner }, context)
  }
  return {
    context,
    owner,
    state: record?.state ?? link.state,
    item: item?.fields,
    organizes,
    // What the record says goes before what the item still shows (3.5/19a).
    isPast: () =>
      record === undefined
        ? item !== undefined && (isPast('mail', item.fields, facts, context) || isPastUnknown(item.fields, facts))
        : isPast('record', record.fields, facts, context) || isPastUnknown(record.fields, facts),
    isSilenced: () => item !== undefined && isDeleteSilenced(rules, item.fields, organizes(), context)
  }
}
