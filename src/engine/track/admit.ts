/**
 * Whether a gesture is admitted at all (T19): the tests in their order; the first that fails gives the code and
 * leaves nothing pending. What comes of an admitted gesture, duplicates included, is decided when it is carried out.
 */
import type { Kind, Reason, RecordType } from '../../model/index.js'
import { can, mayDelegate, takesEffect } from '../methods.js'
import type { Access, MailboxFacts } from '../ports.js'

/** What a gesture is tested by. */
export interface Admission {
  /** A Track that names a parent or a regarding is a `setParent` or a `setRegarding`. */
  readonly gesture: 'track' | 'setParent' | 'setRegarding' | 'untrack' | 'resolve'
  readonly kind: Kind
  readonly facts: MailboxFacts
  /** Rights of the person who acts. */
  readonly access: Access
  readonly by: string
  readonly isTracked: boolean
  readonly isSeries?: boolean
  /** Whether a record is to be made. Where it is not said: for what is not tracked, though U7 may find its old one. */
  readonly makesRecord?: boolean
  /** Contacts in the same gesture, this one included. */
  readonly contacts: number
  readonly maxContacts: number
  /** The parent or the regarding, where one is named, is there and may be read. */
  readonly parentIsReadable: boolean
  /** Its type, where it is known. */
  readonly targetType?: RecordType
  /** Kinds that have a mapping. */
  readonly mapped: ReadonlyArray<Kind>
}

/** The reason why not; `undefined`: admitted. That a tracked item is tracked again (T4) is no refusal. @public */
export const refusalOf = (asked: Admission): Reason | undefined => {
  if (asked.gesture === 'resolve') return undefined
  if (asked.gesture === 'untrack')
    return asked.isTracked ? untrackTests.find(([fails]) => fails(asked))?.[1] : undefined
  return tests.find(([fails]) => fails(asked))?.[1]
}

type Test = readonly [fails: (asked: Admission) => boolean, code: Reason]

const isDelegate = ({ by, facts }: Admission): boolean => by !== facts.user

const isRefusedToDelegates = ({ kind, gesture, isTracked }: Admission): boolean =>
  kind === 'contact' || (gesture === 'setRegarding' && !isTracked)

/** T2, T3: what an activity is about may be anything, a contact's parent an account or a contact alone. */
const fitsKind = ({ gesture, kind, targetType }: Admission): boolean => {
  if (gesture === 'setParent') return kind === 'contact' && (targetType === undefined || parentTypes.has(targetType))
  return gesture === 'track' || kind !== 'contact'
}

const parentTypes: ReadonlySet<RecordType> = new Set(['account', 'contact'])

/** 4.2; and recurring tasks do not sync (4.6/21). */
const isCarried = ({ kind, isSeries, facts, mapped }: Admission): boolean =>
  mapped.includes(kind) &&
  !(kind === 'task' && isSeries === true) &&
  takesEffect(facts.method, kind) !== 'no' &&
  (!facts.queue || (kind === 'email' && can(facts.method, 'queue')))

const makesRecord = (asked: Admission): boolean => asked.makesRecord ?? !asked.isTracked

/** T5: all contacts of the selection count, and one too many is one too many for everything that is selected with it. */
const isTooMany = ({ gesture, contacts, maxContacts }: Admission): boolean =>
  gesture !== 'setRegarding' && contacts > maxContacts

/** T19, in its order. */
const tests: ReadonlyArray<Test> = [
  [(asked) => isDelegate(asked) && isRefusedToDelegates(asked), 'missing-privilege'],
  [(asked) => !fitsKind(asked), 'method-unsupported'],
  [(asked) => !isCarried(asked), 'method-unsupported'],
  [(asked) => isDelegate(asked) && !mayDelegate(asked.facts.method, asked.kind), 'method-unsupported'],
  [({ facts }) => !facts.approved, 'not-approved'],
  [({ kind, facts }) => kind === 'email' && !facts.enabled.incoming, 'incoming-disabled'],
  [({ kind, facts }) => kind !== 'email' && !facts.enabled.act, 'method-unsupported'],
  [({ access }) => !access.privileges.sync, 'missing-privilege'],
  [(asked) => makesRecord(asked) && !asked.access.privileges.create, 'missing-privilege'],
  [(asked) => !makesRecord(asked) && asked.gesture !== 'track' && !asked.access.privileges.update, 'missing-privilege'],
  [({ parentIsReadable }) => !parentIsReadable, 'missing-privilege'],
  [isTooMany, 'too-many-selected']
]

/** Of what is tracked; a request is always taken back (U6). Whether the record goes is judged when it is carried out (U2). */
const untrackTests: ReadonlyArray<Test> = [
  [(asked) => !isCarried(asked), 'method-unsupported'],
  [({ facts }) => !facts.approved, 'not-approved'],
  [({ access }) => !access.privileges.sync, 'missing-privilege']
]
