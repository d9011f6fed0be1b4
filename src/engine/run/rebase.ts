/**
 * The rebase pass: where a mapping or a normaliser has changed, every link learns the base of its new rows from what
 * both sides hold now, slice by slice, before anything of them may flow (1.9/3). Links that cannot be read now are
 * carried over when they are next decided.
 */
import { rebase } from '../../mapping/index.js'
import type { Link } from '../../model/index.js'
import { limits } from '../../model/index.js'
import { baseContextOf, forgottenShape } from '../decide/context.js'
import { namesFor } from '../decide/sight.js'
import { Facts } from '../facts.js'
import type { Lease } from '../ports.js'
import { commitTo } from './commit.js'
import { gather } from './gather.js'
import { need, type Session, Stopped } from './session.js'
import { contextOf, type Opened } from './opened.js'
import { relatedOf } from '../decide/sight.js'

export const rebaseLinks = async (session: Session, lease: Lease, opened: Opened): Promise<void> => {
  const ours = new Set(opened.pairings.map(({ type }) => type))
  const changed = [...opened.rules].filter(([type, { shape }]) => {
    if (!ours.has(type)) return false
    const before = opened.state.shapes[type]
    return before !== undefined && before !== shape.digest
  })
  if (changed.length === 0) return
  const types = new Set(changed.map(([type]) => type))
  const key = { tenant: session.tenant, mailbox: session.mailbox }
  let after: string | undefined
  for (;;) {
    const links = await need(session, 'links', 'walk', session.links.walk(key, after, limits.walkMax))
    const old = links.filter((link) => types.has(link.type) && link.shape !== opened.rules.get(link.type)?.shape.digest)
    await rebaseSlice(session, lease, opened, old)
    if (links.length < limits.walkMax) return
    after = links.at(-1)?.id
    session.signal?.throwIfAborted()
  }
}

const rebaseSlice = async (
  session: Session,
  lease: Lease,
  opened: Opened,
  links: ReadonlyArray<Link>
): Promise<void> => {
  if (links.length === 0) return
  const facts = new Facts()
  const asks = links.flatMap((link) => [
    { _tag: 'ItemsByRef' as const, ref: link.item },
    { _tag: 'RecordsByRef' as const, type: link.type, ref: link.record }
  ])
  const failure = (await gather(session, asks, facts)) ?? (await gather(session, nameAsks(links, opened, facts), facts))
  if (failure !== undefined) throw new Stopped(failure)
  const rebased = links.flatMap((link) => rebaseOne(session, opened, link, facts))
  if (rebased.length > 0) {
    await commitTo(session, { lease, mailbox: session.mailbox, links: rebased })
  }
}

const nameAsks = (links: ReadonlyArray<Link>, opened: Opened, facts: Facts) =>
  links.flatMap((link) => {
    const rules = opened.rules.get(link.type)
    const found = facts.of<'RecordsByRef'>({ _tag: 'RecordsByRef', type: link.type, ref: link.record })
    if (rules === undefined || found._tag !== 'Known' || found.value._tag !== 'Known') return []
    return relatedOf(rules, found.value.snapshot).map((ref) => ({ _tag: 'NamesByRef' as const, ref }))
  })

const rebaseOne = (session: Session, opened: Opened, link: Link, facts: Facts): ReadonlyArray<Link> => {
  const rules = opened.rules.get(link.type)
  const item = facts.of<'ItemsByRef'>({ _tag: 'ItemsByRef', ref: link.item })
  const record = facts.of<'RecordsByRef'>({ _tag: 'RecordsByRef', type: link.type, ref: link.record })
  if (
    rules === undefined ||
    item._tag !== 'Known' ||
    item.value._tag !== 'Known' ||
    record._tag !== 'Known' ||
    record.value._tag !== 'Known'
  )
    return []
  const from = opened.formerShapes.get(link.shape) ?? forgottenShape
  const names = namesFor(rules, record.value.snapshot, facts)
  const related = relatedOf(rules, record.value.snapshot)
  const context = baseContextOf(contextOf(session, opened, new Map()), rules, link.id, names)
  const base = rebase(rules, from, link.base, item.value.snapshot.fields, record.value.snapshot.fields, context)
  // The versions stay behind: rows that kept their base may hold edits that are still to be found.
  return [{ ...link, base, shape: rules.shape.digest, ...(related.length === 0 ? {} : { related }) }]
}
