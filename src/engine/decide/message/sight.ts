/**
 * One unlinked message as this cycle sees it: its head, what asks for it, and what becomes of it before anybody is
 * asked. Every ask and every decision about it begins here.
 */
import type { FormerLink, ItemSnapshot, Ref } from '../../../model/index.js'
import type { Ask, Facts } from '../../facts.js'
import { known } from '../../facts.js'
import { isOwnId } from '../../send/request.js'
import { type Gate, gateOf } from '../../track/judge.js'
import { type Message, messageFaults, messageOf } from '../../track/message.js'
import type { Unit } from '../../unit.js'
import { itemIn } from '../asks.js'
import { type Asked, askedOf } from '../asked.js'
import type { DecideContext } from '../context.js'

export interface MessageSight {
  readonly item: ItemSnapshot
  readonly message: Message
  readonly ended: ReadonlyArray<FormerLink>
  /** By gesture or category; `undefined`: nobody asks for it. */
  readonly asked: Asked | undefined
  readonly gate: Gate
  /** It lies among the sent ones under an id of ours, and nothing else asks for it: it may be what the engine has sent. */
  readonly isOwnCopy: boolean
}

export const isMessage = ({ kind }: Pick<Unit, 'kind'>): boolean => kind === 'email'

/** Messages that are stored after another unit's are decided after it; one that cannot be read has no sight. */
export const messageSight = (unit: Unit, facts: Facts, context: DecideContext): MessageSight | undefined => {
  const item = itemIn(unit, facts)
  if (item === undefined || messageFaults(item).length > 0) return undefined
  const ended = known(facts.of<'FormersByItem'>({ _tag: 'FormersByItem', ref: item.ref }), [])
  const message = withDirection(messageOf(item, context.address), unit)
  const asked = askedOf(unit, item, facts, context)
  const gate = gateOf(
    message,
    {
      gesture: asked?.code === 'gesture',
      category: asked?.code === 'category',
      ended,
      judged: unit.judged === true,
      isRetried: unit.due !== undefined
    },
    context
  )
  const isOwnCopy = gate._tag === 'Leave' && message.folder === 'sent' && ended.length === 0 && isOwnId(message.id)
  return { item, message, ended, asked, gate: voidRule(gate, message, facts), isOwnCopy }
}

/** T18: what was a draft when somebody tracked it goes out. */
const withDirection = (message: Message, { due }: Unit): Message =>
  due?.code === 'not-requested' ? { ...message, direction: 'outgoing' } : message

/** Whether the record is there that a message is to be about, whoever may read it. */
export const aboutAsk = (ref: Ref): Extract<Ask, { readonly _tag: 'NamesByRef' }> => ({
  _tag: 'NamesByRef',
  ref,
  engine: true
})

/** P8: what is gone by now is nothing that a message could be about. */
export const standingOf = (ref: Ref | null | undefined, facts: Facts): Ref | null | undefined =>
  ref !== undefined && ref !== null && facts.of<'NamesByRef'>(aboutAsk(ref))._tag === 'Absent' ? null : ref

/** F8: a rule about a record that is gone is none. */
const voidRule = (gate: Gate, message: Message, facts: Facts): Gate => {
  const regarding = gate._tag === 'Take' ? gate.rule?.regarding : undefined
  if (gate._tag !== 'Take' || regarding === undefined) return gate
  if (facts.of<'NamesByRef'>(aboutAsk(regarding))._tag !== 'Absent') return gate
  if (gate.code !== 'folder-rule') return { _tag: 'Take', code: gate.code }
  return { _tag: 'Leave', code: message.folder === 'inbox' ? 'not-requested' : 'outside-inbox', judged: false }
}
