/**
 * Whether a gesture is admitted at all (T19): the tests in their order; the first that fails gives the code and
 * leaves nothing pending.
 */
import type { Kind, Reason } from '../../model/index.js'
import type { Access, MailboxFacts } from '../ports.js'

/** What a gesture is tested by. */
export interface Admission {
  readonly gesture: 'track' | 'setParent' | 'setRegarding' | 'untrack' | 'resolve'
  readonly kind: Kind
  readonly facts: MailboxFacts
  /** Rights of the person who acts. */
  readonly access: Access
  readonly by: string
  readonly isTracked: boolean
  /** Contacts in the same gesture, this one included. */
  readonly contacts: number
  readonly maxContacts: number
  /** The parent, where one is named, is there and may be read. */
  readonly parentIsReadable: boolean
  /** Kinds that have a mapping. */
  readonly mapped: ReadonlyArray<Kind>
}

const methods: ReadonlyArray<string> = ['server-side', 'client', 'app']

/** The reason why not; `undefined`: admitted. @public */
export const refusalOf = (asked: Admission): Reason | undefined => {
  const { gesture, kind, facts, access } = asked
  if (gesture === 'untrack' || gesture === 'resolve') return undefined
  if (asked.by !== facts.user && kind === 'contact') return 'missing-privilege'
  // A delegate cannot set a regarding that is made in the same gesture (T14).
  if (asked.by !== facts.user && gesture === 'setRegarding' && !asked.isTracked) return 'missing-privilege'
  if (gesture === 'setParent' && kind !== 'contact') return 'method-unsupported'
  if (gesture === 'setRegarding' && kind === 'contact') return 'method-unsupported'
  if (!asked.mapped.includes(kind) || !methods.includes(facts.method)) return 'method-unsupported'
  if (!facts.approved) return 'not-approved'
  if (kind !== 'email' && !facts.enabled.act) return 'method-unsupported'
  if (!access.privileges.sync) return 'missing-privilege'
  if (!asked.isTracked && !access.privileges.create) return 'missing-privilege'
  if (asked.isTracked && gesture !== 'track' && !access.privileges.update) return 'missing-privilege'
  if (!asked.parentIsReadable) return 'missing-privilege'
  return kind === 'contact' && asked.contacts > asked.maxContacts ? 'too-many-selected' : undefined
}
