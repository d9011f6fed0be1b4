/**
 * Who is behind an address, and what a recipient of ours takes. Records are looked up by every field that holds an
 * address, with the engine's own rights: what a user may see of it is the pane's affair (R7).
 */
import type { RecordSnapshot, RecordType, Ref, Result } from '../../model/index.js'
import { activityTypes, codeOf, isClosed, limits, ok, termOf, termsOf } from '../../model/index.js'
import type { Recipient } from '../facts.js'
import type { Settings } from '../settings.js'
import { addressKey } from '../track/address.js'
import type { Candidate } from '../track/resolve.js'
import { type Session, slices } from './session.js'

/** Calls a port, counts the call and remembers its failure. */
type Call = <A>(side: 'mail' | 'record' | 'links', call: string, answer: Promise<Result<A>>) => Promise<Result<A>>

/** One field of one type that holds addresses. */
interface AddressField {
  readonly type: RecordType
  readonly field: string
}

const shippedFields: ReadonlyArray<string> = ['emailaddress1', 'emailaddress2', 'emailaddress3']

/** The fields that hold addresses (R5): those of the preset, those that the mappings name so, and those that the host names. */
const addressFieldsOf = (
  { mappings, addressFields = {} }: Pick<Settings, 'mappings' | 'addressFields'>,
  types: ReadonlyArray<RecordType>
): ReadonlyArray<AddressField> =>
  types
    .filter((type) => !activityTypes.includes(type))
    .flatMap((type) => {
      const mapped = (mappings[type]?.rows ?? []).flatMap(({ name, record }) =>
        name.startsWith('email') && typeof record === 'string' ? [record] : []
      )
      const named = Object.hasOwn(addressFields, type) ? (addressFields[type] ?? []) : []
      return [...new Set([...shippedFields, ...mapped, ...named])].map((field) => ({ type, field }))
    })

/** Candidates by address, in the order of the addresses. */
export const peopleOf = async (
  session: Session,
  addresses: ReadonlyArray<string>,
  call: Call
): Promise<Result<ReadonlyArray<ReadonlyArray<Candidate>>>> => {
  const users = await call('links', 'users', session.directory.users(addresses))
  if (users._tag === 'Left') return users
  const ours = await recipientsOf(
    session,
    users.right.flatMap((user) => user ?? []),
    call
  )
  if (ours._tag === 'Left') return ours
  const queues = new Set(ours.right.flatMap(({ user, queue }) => (queue ? [user] : [])))
  const records = await recordsAt(session, addresses, call)
  if (records._tag === 'Left') return records
  return ok(
    addresses.map((address, index) => {
      const user = users.right[index]
      const own: ReadonlyArray<Candidate> =
        user === undefined ? [] : [{ ref: user, type: queues.has(user) ? 'queue' : 'user', isActive: true }]
      return [...own, ...(records.right.get(addressKey(address)) ?? [])]
    })
  )
}

const recordsAt = async (
  session: Session,
  addresses: ReadonlyArray<string>,
  call: Call
): Promise<Result<ReadonlyMap<string, ReadonlyArray<Candidate>>>> => {
  const fields = addressFieldsOf(session.settings, session.records.can.types)
  const keys = addresses.flatMap((address) =>
    fields.map(({ type, field }) => {
      const code = codeOf(field, 'address')
      return { type, code, term: termOf(code, address) ?? '', max: limits.hitsMax }
    })
  )
  const found = new Map<RecordType, Set<Ref>>()
  for (const slice of slices(keys, limits.pageRowsMax)) {
    const hits = await call('record', 'lookup', session.records.lookup(slice))
    if (hits._tag === 'Left') return hits
    for (const [index, { type }] of slice.entries()) {
      const refs = found.get(type) ?? new Set()
      for (const ref of hits.right[index]?.refs ?? []) refs.add(ref)
      found.set(type, refs)
    }
  }
  const byAddress = new Map<string, Map<Ref, Candidate>>()
  for (const [type, refs] of found) {
    const own = fields.filter((field) => field.type === type)
    for (const slice of slices([...refs], limits.pageRowsMax)) {
      const read = await call('record', 'read', session.records.read(type, slice, { _tag: 'Engine' }))
      if (read._tag === 'Left') return read
      for (const one of read.right) if (one._tag === 'Known') note(byAddress, one.snapshot, own)
    }
  }
  return ok(new Map([...byAddress].map(([address, all]) => [address, [...all.values()]])))
}

/** What the record holds now counts, whatever an index said. */
const note = (
  byAddress: Map<string, Map<Ref, Candidate>>,
  record: RecordSnapshot,
  fields: ReadonlyArray<AddressField>
): void => {
  const candidate: Candidate = {
    ref: record.ref,
    type: record.type,
    isActive: record.state !== 'inactive' && !isClosed(record.state),
    ...(record.owner === undefined ? {} : { owner: record.owner }),
    ...(record.createdAtMs === undefined ? {} : { createdAtMs: record.createdAtMs })
  }
  for (const { field } of fields) {
    for (const address of termsOf(codeOf(field, 'address'), record.fields)) {
      const all = byAddress.get(address) ?? new Map<Ref, Candidate>()
      all.set(record.ref, candidate)
      byAddress.set(address, all)
    }
  }
}

/** Users and queues as recipients, in the order in which they were asked for; each is asked for once. */
export const recipientsOf = async (
  { directory }: Pick<Session, 'directory'>,
  users: ReadonlyArray<string>,
  call: Call
): Promise<Result<ReadonlyArray<Recipient>>> => {
  if (users.length === 0) return ok([])
  const distinct = [...new Set(users)]
  const mailboxes = await call('links', 'mailboxesOf', directory.mailboxesOf(distinct))
  if (mailboxes._tag === 'Left') return mailboxes
  const known = new Map<string, Recipient>()
  for (const [index, user] of distinct.entries()) {
    const id = mailboxes.right[index]
    const facts = id === undefined ? ok(undefined) : await call('links', 'mailbox', directory.mailbox(id))
    if (facts._tag === 'Left') return facts
    const access = await call('links', 'access', directory.access(user))
    if (access._tag === 'Left') return access
    known.set(user, {
      user,
      queue: facts.right?.queue === true,
      autoTrack: facts.right?.autoTrack ?? 'none',
      mayCreate: access.right.privileges.create,
      ...(facts.right === undefined ? {} : { method: facts.right.method })
    })
  }
  return ok(users.flatMap((user) => known.get(user) ?? []))
}
