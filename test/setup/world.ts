/** A mailbox, records and a link store in memory, and an engine over them whose alerts are kept. */
import { memoryFaults, memoryLinks, memoryMail, memoryRecords } from '../../src/adapters/memory/index.js'
import {
  type Alert,
  createEngine,
  type Engine,
  type EngineOptions,
  type LinkStore,
  type MailboxInput,
  type MailCan,
  type MailStore
} from '../../src/index.js'

export interface Given extends Omit<Partial<EngineOptions>, 'mailboxes' | 'records' | 'links'> {
  readonly ann?: Partial<MailboxInput>
  readonly can?: Partial<MailCan>
  readonly links?: LinkStore
  readonly wrap?: (mail: MailStore) => MailStore
}

export const world = (given: Given = {}) => {
  const { ann = {}, can, links: shared, wrap = (mail) => mail, ...options } = given
  const time = { nowMs: Date.parse('2026-03-02T09:00:00Z') }
  const clock = () => time.nowMs
  const faults = memoryFaults()
  const mail = memoryMail({ clock, faults, ...(can === undefined ? {} : { can }) })
  const records = memoryRecords({ clock, faults, types: ['account', 'lead'] })
  const links = shared ?? memoryLinks({ clock, faults })
  const alerts: Array<Alert> = []
  const mailbox: { facts: MailboxInput } = { facts: { address: 'ann@contoso.test', ...ann } }
  /** As a process that starts anew finds it. */
  const engine = (facts: Partial<MailboxInput> = {}, more: Partial<EngineOptions> = {}): Engine =>
    createEngine({
      mailboxes: { ann: { ...mailbox.facts, ...facts, mail: wrap(mail.port) } },
      records: records.port,
      links,
      preset: 'dynamics',
      clock,
      seed: 'engine',
      onAlert: (alert) => alerts.push(alert),
      ...options,
      ...more
    })
  return { engine, mail, records, links, faults, alerts, time }
}

export const minutes = 60_000

/** What was told, without when and about whom. */
export const told = (alerts: ReadonlyArray<Alert>): ReadonlyArray<string> =>
  alerts.map(({ level, code, direction }) => [level, code, ...(direction === undefined ? [] : [direction])].join(' '))
