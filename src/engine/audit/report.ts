/** What an audit says: every item and every record in exactly one class, and each difference with its reason. */
import type { DecisionFacts, Kind, Reason, RecordType, Ref, Side } from '../../model/index.js'
import { invariant } from '../../model/index.js'
import type { FieldDifference } from './compare.js'

/**
 * How a thing stands. `in-step`: linked, and both sides hold the same. `differs`: linked, and they do not. `unlinked`:
 * no link. `partner-gone`: linked, and the other side is not there. `partner-hidden`: it may not be read. `foreign`: it
 * carries another tenant's marker. `unreadable`: it is there and cannot be read. `deleted`: it lies in the deleted
 * items. `linked-twice`: more than one link of this mailbox names it.
 * @public
 */
export type AuditClass =
  | 'in-step'
  | 'differs'
  | 'unlinked'
  | 'partner-gone'
  | 'partner-hidden'
  | 'foreign'
  | 'unreadable'
  | 'deleted'
  | 'linked-twice'

/**
 * `explained`: a decision or a rule says why it is so, and it stays so. `waits`: the next cycle, or a person, settles
 * it. `unexplained`: nothing says why, and no cycle will look: something was lost.
 * @public
 */
export type Standing = 'explained' | 'waits' | 'unexplained'

/** One difference. @public */
export interface AuditRow {
  /** The side in whose listing it was met; `link`: neither lists it. */
  readonly met: Side | 'link'
  readonly class: AuditClass | 'both-gone' | 'not-listed'
  readonly standing: Standing
  readonly kind: Kind
  readonly type: RecordType
  readonly item?: Ref
  readonly record?: Ref
  readonly link?: string
  readonly code: Reason
  readonly facts: DecisionFacts
  /** The last decision about it, as a plain sentence. */
  readonly text: string
  /** Of `differs`: which fields, and why. */
  readonly fields: ReadonlyArray<FieldDifference>
}

/** @public */
export type ClassCounts = { readonly [name in AuditClass]: number } & {
  /** Sum of the classes. */
  readonly listed: number
}

/** @public */
export interface AuditCounts {
  readonly items: ClassCounts
  readonly records: ClassCounts
  readonly links: {
    readonly walked: number
    /** Neither thing is there. */
    readonly bothGone: number
    /** The item is there, and no listing has named it. */
    readonly notListed: number
  }
  readonly standing: { readonly [name in Standing]: number }
}

/** One page of an audit: its differences, and the counts so far. @public */
export interface AuditPage {
  readonly rows: ReadonlyArray<AuditRow>
  readonly counts: AuditCounts
  /** Whether this is the last page: then the counts are those of everything. */
  readonly done: boolean
}

const noClasses = (): { [name in AuditClass]: number } & { listed: number } => ({
  'in-step': 0,
  differs: 0,
  unlinked: 0,
  'partner-gone': 0,
  'partner-hidden': 0,
  foreign: 0,
  unreadable: 0,
  deleted: 0,
  'linked-twice': 0,
  listed: 0
})

/** Counts as they grow. */
export class AuditTally {
  readonly #items = noClasses()
  readonly #records = noClasses()
  readonly #links = { walked: 0, bothGone: 0, notListed: 0 }
  readonly #standing: { [name in Standing]: number } = { explained: 0, waits: 0, unexplained: 0 }

  thing(side: Side, name: AuditClass): void {
    const counts = side === 'mail' ? this.#items : this.#records
    counts.listed += 1
    counts[name] += 1
  }

  walked(links: number): void {
    this.#links.walked += links
  }

  row(row: AuditRow): void {
    this.#standing[row.standing] += 1
    if (row.class === 'both-gone') this.#links.bothGone += 1
    if (row.class === 'not-listed') this.#links.notListed += 1
  }

  get counts(): AuditCounts {
    for (const { listed, ...classes } of [this.#items, this.#records])
      invariant(
        Object.values(classes).reduce((sum, count) => sum + count, 0) === listed,
        'every thing listed is in exactly one class'
      )
    return {
      items: { ...this.#items },
      records: { ...this.#records },
      links: { ...this.#links },
      standing: { ...this.#standing }
    }
  }
}
