/**
 * The audit: both sides listed in full against the links, page by page, and nothing written. Held in memory are one
 * page, and the refs of the items that were listed, so that each counts once.
 */
import type {
  Due,
  FormerLink,
  Found,
  ItemSnapshot,
  Kind,
  Link,
  RecordSnapshot,
  RecordType,
  Ref,
  Side
} from '../../model/index.js'
import { limits } from '../../model/index.js'
import { type Judgement, judgeItem, judgePair, judgeRecord, type Known, linkedTwice } from '../audit/judge.js'
import { type AuditPage, type AuditRow, AuditTally } from '../audit/report.js'
import type { DecideContext } from '../decide/context.js'
import { explain, type Messages } from '../explain.js'
import { type MailboxState, partOf } from '../state.js'
import { workloadOf } from '../workload.js'
import { membershipsAt, pendingIn, rulesFor } from './audit-context.js'
import { actorOf } from './gather.js'
import { filterContextOf } from './filters.js'
import { contextOf } from './opened.js'
import { pairingsOf } from './open.js'
import { readState } from './read-state.js'
import type { Pairing } from './pull.js'
import { need, type Session } from './session.js'

export async function* auditOf(session: Session, messages: Messages): AsyncGenerator<AuditPage, void, undefined> {
  const audit = await Audit.begin(session, messages)
  for (const pairing of audit.pairings) {
    // Several types may be one kind: its items are listed with the first.
    if (audit.pairings.find(({ kind }) => kind === pairing.kind) === pairing) yield* audit.items(pairing)
    yield* audit.records(pairing)
  }
  yield* audit.unlisted()
  yield audit.page([], true)
}

class Audit {
  readonly pairings: ReadonlyArray<Pairing>
  readonly #session: Session
  readonly #messages: Messages
  readonly #context: DecideContext
  readonly #state: MailboxState
  /** Things that a gesture or the inbox names. */
  readonly #pending: { readonly items: ReadonlySet<Ref>; readonly records: ReadonlySet<Ref> }
  readonly #tally = new AuditTally()
  readonly #items = new Set<Ref>()

  private constructor(
    session: Session,
    messages: Messages,
    state: MailboxState,
    pending: { readonly items: ReadonlySet<Ref>; readonly records: ReadonlySet<Ref> }
  ) {
    this.#session = session
    this.#messages = messages
    this.#state = state
    this.#pending = pending
    this.pairings = pairingsOf(session)
    const nowMs = session.clock()
    const opened = { cycle: 'audit', startedAtMs: nowMs, rules: rulesFor(session), formerShapes: new Map(), state }
    this.#context = contextOf(session, opened, membershipsAt(session, nowMs))
  }

  static async begin(session: Session, messages: Messages): Promise<Audit> {
    const state = await readState(session)
    return new Audit(session, messages, state, await pendingIn(session))
  }

  page(rows: ReadonlyArray<AuditRow>, done = false): AuditPage {
    for (const row of rows) this.#tally.row(row)
    return { rows, counts: this.#tally.counts, done }
  }

  async *items({ kind, type }: Pairing): AsyncGenerator<AuditPage, void, undefined> {
    let cursor: string | undefined
    for (let pages = 0; pages < limits.feedPagesMax; pages += 1) {
      const place = cursor
      const page = await need(
        this.#session,
        'mail',
        'changes',
        this.#session.mail.changes(kind, place, limits.pageRowsMax)
      )
      const refs = page.rows.filter(({ ref, gone }) => gone !== true && !this.#items.has(ref)).map(({ ref }) => ref)
      for (const ref of refs) this.#items.add(ref)
      yield this.page(await this.#judgeItems(refs, kind, type))
      this.#session.signal?.throwIfAborted()
      if (!page.more) return
      cursor = page.cursor
    }
  }

  async *records({ kind, type }: Pairing): AsyncGenerator<AuditPage, void, undefined> {
    const { facts, access } = this.#session
    const query = { type, filter: { and: [] }, context: filterContextOf(facts, access, this.#context.nowMs) }
    let after: string | undefined
    for (let pages = 0; pages < limits.feedPagesMax; pages += 1) {
      const from = { ...(after === undefined ? {} : { after }), max: limits.pageRowsMax }
      const members = this.#session.records.members(query, actorOf(this.#session), from)
      const page = await need(this.#session, 'record', 'members', members)
      const refs = page.rows.map(({ ref }) => ref)
      yield this.page(await this.#judgeRecords(refs, kind, type))
      this.#session.signal?.throwIfAborted()
      if (!page.more) return
      after = page.cursor
    }
  }

  /** Links whose item no listing has named: the pair is gone, or the listing is not all there is. */
  async *unlisted(): AsyncGenerator<AuditPage, void, undefined> {
    const key = { tenant: this.#session.tenant, mailbox: this.#session.mailbox }
    let after: string | undefined
    for (;;) {
      const links = await need(this.#session, 'links', 'walk', this.#session.links.walk(key, after, limits.walkMax))
      this.#tally.walked(links.length)
      yield this.page(await this.#judgeUnlisted(links.filter((link) => !this.#items.has(link.item))))
      this.#session.signal?.throwIfAborted()
      after = links.at(-1)?.id
      if (links.length < limits.walkMax) return
    }
  }

  async #judgeItems(refs: ReadonlyArray<Ref>, kind: string, type: RecordType): Promise<ReadonlyArray<AuditRow>> {
    const items = await this.#readItems(refs)
    const links = await this.#linksOf('item', refs)
    const records = await this.#readRecords(links.all)
    const known = await this.#known('mail', kind, refs, links, (ref) => `item ${ref}`)
    const markers = [...items.values()].flatMap((item) =>
      item._tag === 'Known' ? (item.snapshot.marker?.record ?? []) : []
    )
    const marked = await this.#linksOf('record', markers)
    return refs.flatMap((ref) => {
      const item = items.get(ref) ?? { _tag: 'Absent', ref }
      const [link, ...more] = links.by.get(ref) ?? []
      if (more.length > 0) return this.#row('mail', linkedTwice(links.by.get(ref) ?? []), { kind, type, item: ref })
      if (link === undefined) {
        const judgement = judgeItem(item, known(ref), (record) => marked.by.has(record), this.#context)
        return this.#row('mail', judgement, { kind, type, item: ref })
      }
      const record = records.get(link.record) ?? { _tag: 'Absent', ref: link.record }
      return this.#pair('mail', link, item, record, known(ref).due)
    })
  }

  async #judgeRecords(refs: ReadonlyArray<Ref>, kind: string, type: RecordType): Promise<ReadonlyArray<AuditRow>> {
    const records = await this.#readOf(type, refs)
    const links = await this.#linksOf('record', refs)
    const items = await this.#readItems(links.all.map(({ item }) => item))
    const known = await this.#known('record', kind, refs, links, (ref) => `record ${type} ${ref}`)
    return refs.flatMap((ref) => {
      const record = records.get(ref) ?? { _tag: 'Absent', ref }
      const [link, ...more] = links.by.get(ref) ?? []
      if (more.length > 0) return this.#row('record', linkedTwice(links.by.get(ref) ?? []), { kind, type, record: ref })
      if (link === undefined)
        return this.#row('record', judgeRecord(record, known(ref), this.#context), { kind, type, record: ref })
      const item = items.get(link.item) ?? { _tag: 'Absent', ref: link.item }
      return this.#pair('record', link, item, record, known(ref).due)
    })
  }

  async #judgeUnlisted(links: ReadonlyArray<Link>): Promise<ReadonlyArray<AuditRow>> {
    const items = await this.#readItems(links.map(({ item }) => item))
    const records = await this.#readRecords(links)
    return links.flatMap((link) => {
      const isThere = items.get(link.item)?._tag !== 'Absent'
      if (!isThere && records.get(link.record)?._tag !== 'Absent') return []
      const { id, item, kind, record, type, decided } = link
      return [
        {
          met: 'link' as const,
          class: isThere ? ('not-listed' as const) : ('both-gone' as const),
          standing: 'waits' as const,
          kind,
          type,
          item,
          record,
          link: id,
          code: decided.code,
          facts: decided.facts,
          text: explain(decided.code, decided.facts, this.#messages).text,
          fields: []
        }
      ]
    })
  }

  /** A pair is told of where its item is met, and where its record is met only if the item is not listed. */
  #pair(
    met: Side,
    link: Link,
    item: Found<ItemSnapshot>,
    record: Found<RecordSnapshot>,
    due: Due | undefined
  ): ReadonlyArray<AuditRow> {
    const judgement = judgePair(link, item, record, due, this.#context.rules.get(link.type), this.#context)
    const { id, kind, type } = link
    const rows = this.#row(met, judgement, { kind, type, item: link.item, record: link.record, link: id })
    return met === 'record' && this.#items.has(link.item) ? [] : rows
  }

  /** Counts the thing, and tells of it unless it is in step. */
  #row(
    met: Side,
    judgement: Judgement,
    names: Pick<AuditRow, 'kind' | 'type' | 'item' | 'record' | 'link'>
  ): ReadonlyArray<AuditRow> {
    this.#tally.thing(met, judgement.class)
    if (judgement.class === 'in-step') return []
    return [{ met, ...names, ...judgement, text: explain(judgement.code, judgement.facts, this.#messages).text }]
  }

  async #readItems(refs: ReadonlyArray<Ref>): Promise<ReadonlyMap<Ref, Found<ItemSnapshot>>> {
    if (refs.length === 0) return new Map()
    const found = await need(this.#session, 'mail', 'read', this.#session.mail.read(refs))
    return new Map(refs.flatMap((ref, index) => (found[index] === undefined ? [] : [[ref, found[index]] as const])))
  }

  async #readRecords(links: ReadonlyArray<Link>): Promise<ReadonlyMap<Ref, Found<RecordSnapshot>>> {
    const found = new Map<Ref, Found<RecordSnapshot>>()
    for (const type of new Set(links.map((link) => link.type))) {
      const refs = links.filter((link) => link.type === type).map(({ record }) => record)
      for (const [ref, one] of await this.#readOf(type, refs)) found.set(ref, one)
    }
    return found
  }

  async #readOf(type: RecordType, refs: ReadonlyArray<Ref>): Promise<ReadonlyMap<Ref, Found<RecordSnapshot>>> {
    if (refs.length === 0) return new Map()
    const actor = actorOf(this.#session)
    const found = await need(this.#session, 'record', 'read', this.#session.records.read(type, refs, actor))
    return new Map(refs.flatMap((ref, index) => (found[index] === undefined ? [] : [[ref, found[index]] as const])))
  }

  async #linksOf(by: 'item' | 'record', refs: ReadonlyArray<Ref>): Promise<LinksBy> {
    const { tenant, mailbox } = this.#session
    const all =
      refs.length === 0
        ? []
        : await need(this.#session, 'links', 'linksOf', this.#session.links.linksOf(tenant, by, refs, mailbox))
    const byRef = new Map<Ref, Array<Link>>()
    for (const link of all) byRef.set(link[by], [...(byRef.get(link[by]) ?? []), link])
    return { all, by: byRef }
  }

  /** What the link store knows of the things of one page. */
  async #known(
    side: Side,
    kind: Kind,
    refs: ReadonlyArray<Ref>,
    links: LinksBy,
    dueKeyOf: (ref: Ref) => string
  ): Promise<(ref: Ref) => Known> {
    const { tenant, mailbox, links: store } = this.#session
    const key = { tenant, mailbox }
    const by = side === 'mail' ? 'item' : 'record'
    const loose = refs.filter((ref) => !links.by.has(ref))
    const decisions = await need(this.#session, 'links', 'decisionsOf', store.decisionsOf(key, side, loose))
    const formers = await need(this.#session, 'links', 'formerOf', store.formerOf(tenant, by, loose, mailbox))
    const keys = [...loose.map(dueKeyOf), ...links.all.map(({ id }) => id)]
    const due = await need(this.#session, 'links', 'dueOf', store.dueOf(key, keys))
    const dueBy = new Map(due.map((row) => [row.key, row]))
    const decisionBy = new Map(decisions.map((row) => [row.ref, row]))
    const formersBy = new Map<Ref, Array<FormerLink>>()
    for (const former of formers) formersBy.set(former[by], [...(formersBy.get(former[by]) ?? []), former])
    const pending = side === 'mail' ? this.#pending.items : this.#pending.records
    return (ref) => ({
      links: links.by.get(ref) ?? [],
      formers: formersBy.get(ref) ?? [],
      decision: decisionBy.get(ref),
      due: dueBy.get(links.by.get(ref)?.[0]?.id ?? dueKeyOf(ref)),
      isPending: pending.has(ref),
      lastAtMs: partOf(this.#state, workloadOf(kind)).last?.atMs
    })
  }
}

interface LinksBy {
  readonly all: ReadonlyArray<Link>
  readonly by: ReadonlyMap<Ref, ReadonlyArray<Link>>
}
