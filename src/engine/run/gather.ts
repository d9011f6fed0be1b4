/**
 * The only place that answers asks: doubles fall away, asks of one kind become batches, each port is called once per
 * batch, and what comes back are facts. A failed call makes *unknown*, never *absent*.
 */
import type { Found, Link, RecordSnapshot, Ref, Result, SyncError } from '../../model/index.js'
import { codeOf, fieldOf, limits, termOf } from '../../model/index.js'
import type { Ask, Fact } from '../facts.js'
import { type Facts, groupOf, nameIn } from '../facts.js'
import type { Actor } from '../ports.js'
import { headsOf } from './heads.js'
import { peopleOf, recipientsOf } from './people.js'
import { lastOccurrence } from './recurrence.js'
import { type Session, slices } from './session.js'

type Of<T extends Ask['_tag']> = Extract<Ask, { readonly _tag: T }>

/** Answers those asks that the facts do not answer yet. Returns the first failure of a call, for the cycle to act on. */
export const gather = async (
  session: Session,
  asks: ReadonlyArray<Ask>,
  facts: Facts
): Promise<{ readonly error: SyncError; readonly side: 'mail' | 'record' | 'links' } | undefined> => {
  const groups = new Map<Ask['_tag'], Map<string, Ask>>()
  for (const ask of asks) {
    if (facts.knows(ask)) continue
    const group = groups.get(ask._tag) ?? new Map<string, Ask>()
    group.set(`${groupOf(ask)} ${nameIn(ask)}`, ask)
    groups.set(ask._tag, group)
  }
  const of = <T extends Ask['_tag']>(tag: T): ReadonlyArray<Of<T>> =>
    Array.from(groups.get(tag)?.values() ?? []) as unknown as ReadonlyArray<Of<T>>
  const round = new Round(session, facts)
  await round.items(of('ItemsByRef'))
  await round.records(of('RecordsByRef'))
  const names = of('NamesByRef')
  await round.names(
    names.filter((ask) => ask.engine !== true),
    actorOf(session)
  )
  await round.names(
    names.filter((ask) => ask.engine === true),
    { _tag: 'Engine' }
  )
  await round.links('LinksByItem', 'item', of('LinksByItem'))
  await round.links('LinksByRecord', 'record', of('LinksByRecord'))
  await round.formers('FormersByItem', 'item', of('FormersByItem'))
  await round.formers('FormersByRecord', 'record', of('FormersByRecord'))
  await round.found(of('ItemByMarker'), of('ItemsByField'))
  await round.looked(of('RecordsByField'))
  await round.users(of('UserOf'))
  await round.copies(of('OrganizerCopy'))
  await round.series(of('LastOccurrence'))
  await round.coded(of('RecordsByCode'))
  await round.people(of('PeopleByAddress'))
  await round.recipients(of('RecipientOf'))
  await round.everywhere(of('CopiesOf'))
  await round.addresses(of('AddressOf'))
  return round.failure
}

/** As whom records are read: contacts, appointments and tasks with the user's own rights (2.3/17). */
export const actorOf = (session: Pick<Session, 'facts'>): Actor => ({ _tag: 'User', id: session.facts.user })

/** A port that answers fewer than it was asked has said nothing of the rest. */
const unanswered = { _tag: 'Unknown', error: { _tag: 'Transient', message: 'fewer answers than asks' } } as const

class Round {
  readonly #session: Session
  readonly #facts: Facts
  failure: { readonly error: SyncError; readonly side: 'mail' | 'record' | 'links' } | undefined

  constructor(session: Session, facts: Facts) {
    this.#session = session
    this.#facts = facts
  }

  async items(asks: ReadonlyArray<Of<'ItemsByRef'>>): Promise<void> {
    const { mail } = this.#session
    for (const slice of slices(
      asks.filter((ask) => ask.head !== true),
      limits.pageRowsMax
    )) {
      const answer = await this.#call('mail', 'read', mail.read(slice.map((ask) => ask.ref)))
      for (const [index, ask] of slice.entries()) this.#facts.learn<'ItemsByRef'>(ask, this.#factAt(answer, index))
    }
    for (const slice of slices(
      asks.filter((ask) => ask.head === true),
      limits.pageRowsMax
    )) {
      const answer = await this.#call(
        'mail',
        'heads',
        headsOf(
          this.#session,
          slice.map(({ ref }) => ref)
        )
      )
      for (const [index, ask] of slice.entries()) this.#facts.learn<'ItemsByRef'>(ask, this.#factAt(answer, index))
    }
  }

  async records(asks: ReadonlyArray<Of<'RecordsByRef'>>): Promise<void> {
    const engine: Actor = { _tag: 'Engine' }
    const groups = new Map<
      string,
      { readonly type: string; readonly as: Actor; readonly asks: Array<Of<'RecordsByRef'>> }
    >()
    for (const ask of asks) {
      const name = groupOf(ask)
      const group = groups.get(name) ?? {
        type: ask.type,
        as: ask.engine === true ? engine : actorOf(this.#session),
        asks: []
      }
      group.asks.push(ask)
      groups.set(name, group)
    }
    for (const { type, as, asks: all } of groups.values()) {
      for (const slice of slices(all, limits.pageRowsMax)) {
        const refs = slice.map((ask) => ask.ref)
        const answer = await this.#call('record', 'read', this.#session.records.read(type, refs, as))
        for (const [index, ask] of slice.entries()) {
          const fact = this.#factAt(answer, index)
          this.#facts.learn<'RecordsByRef'>(ask, ask.head === true ? withoutText(fact) : fact)
        }
      }
    }
  }

  /** A look-up does not say what type it points to: every type is asked until each name is found. */
  async names(asks: ReadonlyArray<Of<'NamesByRef'>>, as: Actor): Promise<void> {
    let open = asks
    for (const type of this.#session.records.can.types) {
      for (const slice of slices(open, limits.pageRowsMax)) {
        const refs = slice.map((ask) => ask.ref)
        const answer = await this.#call('record', 'read', this.#session.records.read(type, refs, as))
        slice.forEach((ask, index) => {
          const found = answer._tag === 'Right' ? answer.right[index] : undefined
          if (found?._tag === 'Known')
            this.#facts.learn<'NamesByRef'>(ask, { _tag: 'Known', value: nameOf(found.snapshot) })
        })
      }
      open = open.filter((ask) => !this.#facts.knows(ask))
    }
    for (const ask of open) this.#facts.learn<'NamesByRef'>(ask, { _tag: 'Absent' })
  }

  async links(
    _tag: 'LinksByItem' | 'LinksByRecord',
    by: 'item' | 'record',
    asks: ReadonlyArray<Of<'LinksByItem'> | Of<'LinksByRecord'>>
  ): Promise<void> {
    for (const slice of slices(asks, limits.pageRowsMax)) {
      const refs = slice.map((ask) => ask.ref)
      const answer = await this.#call(
        'links',
        'linksOf',
        this.#session.links.linksOf(this.#session.tenant, by, refs, this.#session.mailbox)
      )
      for (const ask of slice) {
        const fact = this.#listFact(answer, (link: Link) => link[by] === ask.ref)
        if (ask._tag === 'LinksByItem') this.#facts.learn<'LinksByItem'>(ask, fact)
        else this.#facts.learn<'LinksByRecord'>(ask, fact)
      }
    }
  }

  async formers(
    _tag: 'FormersByItem' | 'FormersByRecord',
    by: 'item' | 'record',
    asks: ReadonlyArray<Of<'FormersByItem'> | Of<'FormersByRecord'>>
  ): Promise<void> {
    for (const slice of slices(asks, limits.pageRowsMax)) {
      const refs = slice.map((ask) => ask.ref)
      const answer = await this.#call(
        'links',
        'formerOf',
        this.#session.links.formerOf(this.#session.tenant, by, refs, this.#session.mailbox)
      )
      for (const ask of slice) {
        const fact = this.#listFact(answer, (former) => former[by] === ask.ref)
        if (ask._tag === 'FormersByItem') this.#facts.learn<'FormersByItem'>(ask, fact)
        else this.#facts.learn<'FormersByRecord'>(ask, fact)
      }
    }
  }

  async found(markers: ReadonlyArray<Of<'ItemByMarker'>>, fields: ReadonlyArray<Of<'ItemsByField'>>): Promise<void> {
    for (const slice of slices(markers, limits.pageRowsMax)) {
      const keys = slice.map((ask) => ({
        _tag: 'ByMarker' as const,
        tenant: this.#session.tenant,
        record: ask.record,
        kind: ask.kind
      }))
      const answer = await this.#call('mail', 'find', this.#session.mail.find(keys))
      for (const [index, ask] of slice.entries()) this.#facts.learn<'ItemByMarker'>(ask, this.#hitsAt(answer, index))
    }
    for (const slice of slices(fields, limits.pageRowsMax)) {
      const keys = slice.map((ask) => ({
        _tag: 'ByField' as const,
        kind: ask.kind,
        field: ask.field,
        value: ask.value
      }))
      const answer = await this.#call('mail', 'find', this.#session.mail.find(keys))
      for (const [index, ask] of slice.entries()) this.#facts.learn<'ItemsByField'>(ask, this.#hitsAt(answer, index))
    }
  }

  async looked(asks: ReadonlyArray<Of<'RecordsByField'>>): Promise<void> {
    for (const slice of slices(asks, limits.pageRowsMax)) {
      const keys = slice.map(({ type, field, value }) => ({
        type,
        code: codeOf(field),
        term: termOf(codeOf(field), value) ?? ''
      }))
      const answer = await this.#call('record', 'lookup', this.#session.records.lookup(keys))
      for (const [index, ask] of slice.entries()) this.#facts.learn<'RecordsByField'>(ask, this.#hitsAt(answer, index))
    }
  }

  async coded(asks: ReadonlyArray<Of<'RecordsByCode'>>): Promise<void> {
    for (const slice of slices(asks, limits.pageRowsMax)) {
      const keys = slice.map(({ type, code, term, max }) => ({ type, code, term, max }))
      const answer = await this.#call('record', 'lookup', this.#session.records.lookup(keys))
      for (const [index, ask] of slice.entries()) this.#facts.learn<'RecordsByCode'>(ask, this.#hitsAt(answer, index))
    }
  }

  async people(asks: ReadonlyArray<Of<'PeopleByAddress'>>): Promise<void> {
    if (asks.length === 0) return
    const addresses = asks.map((ask) => ask.address)
    const answer = await peopleOf(this.#session, addresses, (side, call, result) => this.#call(side, call, result))
    for (const [index, ask] of asks.entries())
      this.#facts.learn<'PeopleByAddress'>(
        ask,
        answer._tag === 'Left'
          ? { _tag: 'Unknown', error: answer.left }
          : { _tag: 'Known', value: answer.right[index] ?? [] }
      )
  }

  async recipients(asks: ReadonlyArray<Of<'RecipientOf'>>): Promise<void> {
    if (asks.length === 0) return
    const users = asks.map((ask) => ask.user)
    const answer = await recipientsOf(this.#session, users, (side, call, result) => this.#call(side, call, result))
    for (const [index, ask] of asks.entries()) {
      const recipient = answer._tag === 'Right' ? answer.right[index] : undefined
      this.#facts.learn<'RecipientOf'>(
        ask,
        recipient === undefined
          ? { _tag: 'Unknown', error: answer._tag === 'Left' ? answer.left : unanswered.error }
          : { _tag: 'Known', value: recipient }
      )
    }
  }

  /** R10: `emailaddress1` alone. A user of ours is written to at his mailbox's address. */
  async addresses(asks: ReadonlyArray<Of<'AddressOf'>>): Promise<void> {
    if (asks.length === 0) return
    const { directory, records } = this.#session
    const users = await this.#call('links', 'mailboxesOf', directory.mailboxesOf(asks.map(({ ref }) => ref)))
    for (const [index, ask] of asks.entries()) {
      const id = users._tag === 'Right' ? users.right[index] : undefined
      if (id === undefined) continue
      const facts = await this.#call('links', 'mailbox', directory.mailbox(id))
      if (facts._tag === 'Right' && facts.right !== undefined)
        this.#facts.learn<'AddressOf'>(ask, { _tag: 'Known', value: facts.right.address })
    }
    for (const type of records.can.types) {
      const open = asks.filter((ask) => !this.#facts.knows(ask))
      for (const slice of slices(open, limits.pageRowsMax)) {
        const refs = slice.map(({ ref }) => ref)
        const read = await this.#call('record', 'read', records.read(type, refs, { _tag: 'Engine' }))
        slice.forEach((ask, index) => {
          const found = read._tag === 'Right' ? read.right[index] : undefined
          if (found?._tag !== 'Known') return
          const address = fieldOf(found.snapshot.fields, 'emailaddress1')
          this.#facts.learn<'AddressOf'>(ask, {
            _tag: 'Known',
            value: typeof address === 'string' ? address.trim() : ''
          })
        })
      }
    }
    for (const ask of asks) if (!this.#facts.knows(ask)) this.#facts.learn<'AddressOf'>(ask, { _tag: 'Absent' })
  }

  async everywhere(asks: ReadonlyArray<Of<'CopiesOf'>>): Promise<void> {
    const { tenant, links } = this.#session
    for (const slice of slices(asks, limits.pageRowsMax)) {
      const refs = slice.map((ask) => ask.record)
      const answer = await this.#call('links', 'linksOf', links.linksOf(tenant, 'record', refs))
      for (const ask of slice)
        this.#facts.learn<'CopiesOf'>(
          ask,
          this.#listFact(answer, (link: Link) => link.record === ask.record)
        )
    }
  }

  async users(asks: ReadonlyArray<Of<'UserOf'>>): Promise<void> {
    for (const slice of slices(asks, limits.pageRowsMax)) {
      const addresses = slice.map((ask) => ask.address)
      const answer = await this.#call('links', 'users', this.#session.directory.users(addresses))
      for (const [index, ask] of slice.entries())
        this.#facts.learn<'UserOf'>(
          ask,
          answer._tag === 'Left'
            ? { _tag: 'Unknown', error: answer.left }
            : { _tag: 'Known', value: answer.right[index] }
        )
    }
  }

  /** Links of the record in other mailboxes, and whether one of these is the organizer's. */
  async copies(asks: ReadonlyArray<Of<'OrganizerCopy'>>): Promise<void> {
    if (asks.length === 0) return
    const audience = await this.#session.audience()
    const addressOf = new Map(audience.map(({ mailbox, facts }) => [mailbox, facts.address.trim().toLowerCase()]))
    for (const slice of slices(asks, limits.pageRowsMax)) {
      const refs = slice.map((ask) => ask.record)
      const { tenant, links } = this.#session
      const answer = await this.#call('links', 'linksOf', links.linksOf(tenant, 'record', refs))
      for (const ask of slice) {
        const organizer = ask.organizer.trim().toLowerCase()
        const fact = this.#listFact(answer, (link) => link.record === ask.record)
        this.#facts.learn<'OrganizerCopy'>(
          ask,
          fact._tag === 'Known'
            ? { _tag: 'Known', value: fact.value.some((link) => addressOf.get(link.mailbox) === organizer) }
            : fact
        )
      }
    }
  }

  async series(asks: ReadonlyArray<Of<'LastOccurrence'>>): Promise<void> {
    for (const ask of asks) {
      const last = await lastOccurrence(ask.recurrence, this.#session.zones)
      this.#facts.learn<'LastOccurrence'>(ask, last === undefined ? { _tag: 'Absent' } : { _tag: 'Known', value: last })
    }
  }

  async #call<A>(side: 'mail' | 'record' | 'links', call: string, answer: Promise<Result<A>>): Promise<Result<A>> {
    this.#session.calls[`${side}.${call}`] = (this.#session.calls[`${side}.${call}`] ?? 0) + 1
    const result = await answer
    if (result._tag === 'Left') this.failure ??= { error: result.left, side }
    return result
  }

  #factAt<S extends Found>(answer: Result<ReadonlyArray<S>>, index: number): Fact<S> {
    if (answer._tag === 'Left') return { _tag: 'Unknown', error: answer.left }
    const found = answer.right[index]
    return found === undefined ? unanswered : { _tag: 'Known', value: found }
  }

  #hitsAt(
    answer: Result<ReadonlyArray<{ readonly refs: ReadonlyArray<Ref> }>>,
    index: number
  ): Fact<ReadonlyArray<Ref>> {
    if (answer._tag === 'Left') return { _tag: 'Unknown', error: answer.left }
    const hits = answer.right[index]
    return hits === undefined ? unanswered : { _tag: 'Known', value: hits.refs }
  }

  #listFact<A>(answer: Result<ReadonlyArray<A>>, fits: (entry: A) => boolean): Fact<ReadonlyArray<A>> {
    return answer._tag === 'Left'
      ? { _tag: 'Unknown', error: answer.left }
      : { _tag: 'Known', value: answer.right.filter(fits) }
  }
}

/** The text of a stored message is its `description`. */
const withoutText = (fact: Fact<Found<RecordSnapshot>>): Fact<Found<RecordSnapshot>> => {
  if (fact._tag !== 'Known' || fact.value._tag !== 'Known') return fact
  const { snapshot } = fact.value
  const { description: _description, ...fields } = snapshot.fields
  return { ...fact, value: { ...fact.value, snapshot: { ...snapshot, fields } } }
}

/** The first of `name`, first and last name, `title`, `subject` that is there. */
const nameOf = ({ fields }: RecordSnapshot): string => {
  const text = (field: string): string => {
    const value = fieldOf(fields, field)
    return typeof value === 'string' ? value.trim() : ''
  }
  return text('name') || `${text('firstname')} ${text('lastname')}`.trim() || text('title') || text('subject')
}
