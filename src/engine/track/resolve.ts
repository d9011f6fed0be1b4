/**
 * From an address to records (3.7 of `tracking.md`): who of those that have it is meant. A sender is one record or
 * none, of recipients every record is a party; the candidates are all that have the address, whoever may read them (R7).
 */
import { byCodeUnits, type InstantMs, type RecordType, type Ref } from '../../model/index.js'

/** A record that has the address; users and queues of ours are candidates of the types `user` and `queue`. */
export interface Candidate {
  readonly ref: Ref
  readonly type: RecordType
  readonly owner?: string
  readonly isActive: boolean
  readonly createdAtMs?: InstantMs
}

/** R1: types in their order; what is not named here is a type of the host's own and comes last. */
export const typeOrder: ReadonlyArray<RecordType> = [
  'user',
  'contact',
  'account',
  'lead',
  'equipment',
  'team',
  'businessunit',
  'queue'
]

/** R3: with more matches than these a sender is not resolved; what R4 leaves out is no match. */
const matchesMax = 100

/** R1 to R4: the record that a sender is; `user` owns the mailbox, a queue's is the queue. */
export const senderAmong = (
  candidates: ReadonlyArray<Candidate>,
  { user, ambiguous }: { readonly user: string; readonly ambiguous: 'first' | 'unresolved' }
): Candidate | undefined => {
  const matches = matchesAmong(candidates)
  if (matches.length > matchesMax || (matches.length > 1 && ambiguous === 'unresolved')) return undefined
  return matches.find(({ owner }) => owner === user) ?? matches[0]
}

/** R5, R6: the records that a recipient is, in the order of R1; none where the address stays unresolved. */
export const recipientsAmong = (
  candidates: ReadonlyArray<Candidate>,
  ambiguous: 'all' | 'unresolved'
): ReadonlyArray<Candidate> => {
  const matches = matchesAmong(candidates)
  return matches.length > 1 && ambiguous === 'unresolved' ? [] : matches
}

/** R4: the active ones, else an inactive one that is alone and no user; each once, in the order of R1. */
const matchesAmong = (candidates: ReadonlyArray<Candidate>): ReadonlyArray<Candidate> => {
  const sorted = [...candidates].sort(byRank)
  const active = distinct(sorted.filter(({ isActive }) => isActive))
  if (active.length > 0) return active
  const inactive = distinct(sorted.filter(({ type }) => type !== 'user'))
  return inactive.length === 1 ? inactive : []
}

/** R1: type, then age, then ID. Of types of the host's own none goes before another; an unknown age is the youngest. */
const byRank = (x: Candidate, y: Candidate): number =>
  rankOf(x.type) - rankOf(y.type) ||
  byAge(x.createdAtMs, y.createdAtMs) ||
  byCodeUnits(x.ref, y.ref) ||
  // Two types may use one ID, and two look-ups may have seen one record differently: some order, and always the same.
  byCodeUnits(x.type, y.type) ||
  byCodeUnits(x.owner ?? '', y.owner ?? '')

const rankOf = (type: RecordType): number => {
  const rank = typeOrder.indexOf(spelled(type))
  return rank < 0 ? typeOrder.length : rank
}

const spelled = (type: RecordType): RecordType => (type === 'business unit' ? 'businessunit' : type)

const byAge = (x: InstantMs | undefined, y: InstantMs | undefined): number => {
  if (x === y) return 0
  if (x === undefined) return 1
  return y === undefined || x < y ? -1 : 1
}

/** One record may have the address in several of its fields. */
const distinct = (sorted: ReadonlyArray<Candidate>): ReadonlyArray<Candidate> => {
  const first = new Map<string, Candidate>()
  for (const each of sorted) {
    const name = JSON.stringify([spelled(each.type), each.ref])
    if (!first.has(name)) first.set(name, each)
  }
  return [...first.values()]
}
