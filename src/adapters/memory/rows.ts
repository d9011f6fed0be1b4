/** The rows of the link store in memory, and the names that they go by. */
import type {
  Claim,
  ConflictRow,
  DecisionRow,
  Due,
  FormerLink,
  HistoryRow,
  InboxEntry,
  Intent,
  Link,
  Pending
} from '../../model/index.js'
import type { StateDocument } from '../../engine/ports.js'
import type { Pairs, Table } from './tables.js'
import { pairsOf, tableOf } from './tables.js'

export type Claims = Map<string, { readonly tenant: string; readonly claim: Claim }>

export type Documents = Map<
  string,
  { readonly tenant: string; readonly name: string; readonly document: StateDocument }
>

export interface Rows {
  readonly links: Pairs<Link>
  readonly former: Pairs<FormerLink>
  readonly intents: Table<Intent>
  readonly pending: Table<Pending>
  readonly inbox: Table<InboxEntry>
  readonly due: Table<Due>
  readonly decisions: Table<DecisionRow>
  readonly conflicts: Table<ConflictRow>
  readonly history: Table<HistoryRow>
}

export const rowsOf = (): Rows => ({
  links: pairsOf(),
  former: pairsOf(),
  intents: tableOf(({ key }) => key, 'as-written'),
  pending: tableOf(({ id }) => String(id), 'as-written'),
  inbox: tableOf(({ type, ref }) => inboxName(type, ref)),
  due: tableOf(({ key }) => key),
  decisions: tableOf(({ side, ref }) => decisionName(side, ref)),
  conflicts: tableOf(({ item, record, field, cycle }) => JSON.stringify([item, record, field, cycle]), 'as-written'),
  history: tableOf(({ key }) => key)
})

export const inboxName = (type: string, ref: string): string => JSON.stringify([type, ref])
export const decisionName = (side: string, ref: string): string => JSON.stringify([side, ref])
export const tenantKey = (tenant: string, name: string): string => JSON.stringify([tenant, name])
