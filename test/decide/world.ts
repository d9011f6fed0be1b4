/** One unit of one mailbox and the facts about it, answered from a table. */
import { fullAccess } from '../../src/engine/run/index.js'
import {
  baseOf,
  contactMapping,
  converters,
  type Mapping,
  plainConvert,
  rulesOf,
  shapeOf
} from '../../src/mapping/index.js'
import type {
  FieldAccess,
  Fields,
  Found,
  ItemSnapshot,
  Link,
  Pending,
  RecordSnapshot,
  SyncError
} from '../../src/model/index.js'
import { keyedDigest } from '../../src/model/index.js'
import { memoryMail, memoryRecords } from '../../src/adapters/memory/index.js'
import { decide } from '../../src/engine/decide/decide.js'
import { baseContextOf, type DecideContext, type Membership } from '../../src/engine/decide/context.js'
import { Facts } from '../../src/engine/facts.js'
import type { Access, MailboxFacts } from '../../src/engine/ports.js'
import { presets, type Settings } from '../../src/engine/settings.js'
import type { Decided, Unit } from '../../src/engine/unit.js'

export type Preset = 'dynamics' | 'careful'

export const nowMs = Date.UTC(2026, 2, 2, 9)
export const user = 'ann'

export interface Given {
  readonly preset?: Preset
  readonly settings?: Partial<Settings>
  readonly access?: Partial<Access['privileges']>
  readonly fields?: { readonly [field: string]: FieldAccess }
  readonly membership?: Membership
  readonly second?: boolean
  readonly mapping?: Mapping
}

export const everyone: Membership = { _tag: 'Judge', holds: () => true }
export const nobody: Membership = { _tag: 'Judge', holds: () => false }

const annsMailbox: MailboxFacts = {
  user,
  address: 'ann@contoso.test',
  timeZone: 'UTC',
  method: 'server-side',
  approved: true,
  enabled: { incoming: true, outgoing: true, act: true },
  queue: false,
  filters: {},
  autoTrack: 'none',
  folderRules: []
}

export const contextFor = (given: Given = {}): DecideContext => {
  const settings: Settings = { ...presets[given.preset ?? 'dynamics'], ...given.settings }
  const mapping = given.mapping ?? contactMapping
  const shape = shapeOf(mapping, settings, converters)
  const fields = given.fields ?? {}
  return {
    tenant: 'tenant',
    mailbox: 'ann',
    user,
    address: 'ann@contoso.test',
    method: 'server-side',
    zones: plainConvert.zones,
    timeZone: 'UTC',
    cycle: 'c2',
    nowMs,
    settings,
    clockSkewMs: 120_000,
    access: { ...fullAccess, fields, privileges: { ...fullAccess.privileges, ...given.access } },
    rules: new Map([[mapping.type, rulesOf(shape, settings, fields)]]),
    formerShapes: new Map(),
    memberships: new Map([[mapping.type, given.membership ?? everyone]]),
    asked: new Set(),
    facts: annsMailbox,
    judgedUntilMs: undefined,
    mailCan: memoryMail().port.can,
    recordCan: memoryRecords().port.can,
    keyed: keyedDigest(new Uint8Array(32)),
    second: given.second ?? false,
    freeze: null
  }
}

export const itemOf = (fields: Fields, over: Partial<ItemSnapshot> = {}): ItemSnapshot => ({
  ref: 'm1',
  version: '1',
  kind: 'contact',
  folder: 'contacts',
  fields,
  ...over
})

export const recordOf = (fields: Fields, over: Partial<RecordSnapshot> = {}): RecordSnapshot => ({
  ref: 'r1',
  version: '1',
  type: 'contact',
  owner: user,
  state: 'active',
  fields,
  ...over
})

export const linkOf = (context: DecideContext, mail: Fields, record: Fields, over: Partial<Link> = {}): Link => {
  const rules = context.rules.get('contact')
  if (rules === undefined) throw new Error('the context has no rules for contacts')
  return {
    id: 'link1',
    mailbox: 'ann',
    item: 'm1',
    kind: 'contact',
    record: 'r1',
    type: 'contact',
    origin: 'filter',
    versions: { mail: '1', record: '1' },
    shape: rules.shape.digest,
    base: baseOf(rules, mail, record, baseContextOf(context, rules, over.id ?? 'link1', new Map())),
    owner: user,
    state: 'active',
    decided: { code: 'unchanged', facts: {}, cycle: 'c1', atMs: 0 },
    ...over
  }
}

export const pairUnit = (link: Link, over: Partial<Unit> = {}): Unit => ({
  key: link.id,
  kind: link.kind,
  type: link.type,
  link,
  item: { ref: link.item },
  record: { ref: link.record },
  gestures: [],
  candidate: false,
  touched: true,
  ...over
})

export const gestureOf = (gesture: Pending['gesture'], id = 1): Pending => ({ id, gesture, atMs: nowMs })

export type Answer<S> = S | 'absent' | 'hidden' | 'malformed' | 'unknown' | 'not asked'

const transient: SyncError = { _tag: 'Transient' }

const foundOf = <S extends ItemSnapshot | RecordSnapshot>(
  ref: string,
  answer: Exclude<Answer<S>, 'unknown' | 'not asked'>
): Found<S> => {
  if (answer === 'absent') return { _tag: 'Absent', ref }
  if (answer === 'hidden') return { _tag: 'Unreadable', ref, why: 'hidden' }
  if (answer === 'malformed') return { _tag: 'Unreadable', ref, why: 'malformed', paths: ['fields.x: expected text'] }
  return { _tag: 'Known', snapshot: answer }
}

/** Facts of one pair. `others`: former links, live links and markers are known to be none, or not known. */
export const factsOf = (
  item: Answer<ItemSnapshot>,
  record: Answer<RecordSnapshot>,
  others: 'none' | 'unknown' = 'none'
): Facts => {
  const facts = new Facts()
  const itemAsk = { _tag: 'ItemsByRef', ref: 'm1' } as const
  const recordAsk = { _tag: 'RecordsByRef', type: 'contact', ref: 'r1' } as const
  if (item === 'unknown') facts.learn<'ItemsByRef'>(itemAsk, { _tag: 'Unknown', error: transient })
  else if (item !== 'not asked') facts.learn<'ItemsByRef'>(itemAsk, { _tag: 'Known', value: foundOf('m1', item) })
  if (record === 'unknown') facts.learn<'RecordsByRef'>(recordAsk, { _tag: 'Unknown', error: transient })
  else if (record !== 'not asked')
    facts.learn<'RecordsByRef'>(recordAsk, { _tag: 'Known', value: foundOf('r1', record) })
  const unknown = { _tag: 'Unknown', error: transient } as const
  facts.learn<'FormersByItem'>(
    { _tag: 'FormersByItem', ref: 'm1' },
    others === 'unknown' ? unknown : { _tag: 'Known', value: [] }
  )
  facts.learn<'FormersByRecord'>(
    { _tag: 'FormersByRecord', ref: 'r1' },
    others === 'unknown' ? unknown : { _tag: 'Known', value: [] }
  )
  facts.learn<'LinksByItem'>(
    { _tag: 'LinksByItem', ref: 'm1' },
    others === 'unknown' ? unknown : { _tag: 'Known', value: [] }
  )
  facts.learn<'LinksByRecord'>(
    { _tag: 'LinksByRecord', ref: 'r1' },
    others === 'unknown' ? unknown : { _tag: 'Known', value: [] }
  )
  facts.learn<'ItemByMarker'>(
    { _tag: 'ItemByMarker', kind: 'contact', record: 'r1' },
    others === 'unknown' ? unknown : { _tag: 'Known', value: [] }
  )
  return facts
}

export const decideOne = (unit: Unit, facts: Facts, context: DecideContext): Decided => {
  const [decided] = decide([unit], facts, context)
  if (decided === undefined) throw new Error('one unit, one decision')
  return decided
}

/** What is asked of the world, in one line. */
export const told = ({
  verdict
}: Decided): { readonly code: string; readonly mail?: string; readonly record?: string; readonly link: string } => ({
  code: verdict.code,
  ...(verdict.mail === undefined ? {} : { mail: verdict.mail }),
  ...(verdict.recordOp === undefined ? {} : { record: verdict.recordOp }),
  link: verdict.link
})
