/** Two colleagues, their mailboxes and one record store in memory, with the real engine between them. */
import { type MemoryMail, memoryLinks, memoryMail, memoryRecords } from '../../src/adapters/memory/index.js'
import type { MailCan } from '../../src/engine/ports.js'
import { createEngine, type Engine, type MailboxInput } from '../../src/engine/run/index.js'
import type { SettingsInput } from '../../src/engine/settings.js'
import type { Fields, Filter } from '../../src/model/index.js'

export const ann = 'ann@contoso.test'
export const bob = 'bob@contoso.test'
export const hourMs = 3_600_000
export const dayMs = 24 * hourMs
export const startMs = Date.UTC(2026, 2, 2, 9)

export interface Given {
  readonly preset?: 'dynamics' | 'careful'
  readonly settings?: SettingsInput
  readonly mailCan?: Partial<MailCan>
  readonly timeZone?: string
  /** By default every record of every activity type is a member. */
  readonly filters?: MailboxInput['filters']
}

export interface KindsWorld {
  readonly clock: { nowMs: number }
  readonly engine: Engine
  readonly mail: { readonly ann: MemoryMail; readonly bob: MemoryMail }
  readonly records: ReturnType<typeof memoryRecords>
}

const all: Filter = { field: 'subject', op: 'not-null' }

const types = [
  'appointment',
  'recurring-appointment',
  'service-appointment',
  'task',
  'phonecall',
  'letter',
  'fax'
] as const

const everything: NonNullable<MailboxInput['filters']> = Object.fromEntries(types.map((type) => [type, [all]]))

export const worldOf = (given: Given = {}): KindsWorld => {
  const clock = { nowMs: startMs }
  const mailSettings = { clock: () => clock.nowMs, ...(given.mailCan === undefined ? {} : { can: given.mailCan }) }
  const mail = { ann: memoryMail(mailSettings), bob: memoryMail(mailSettings) }
  const records = memoryRecords({ clock: () => clock.nowMs })
  const shared = { filters: given.filters ?? everything, timeZone: given.timeZone ?? 'UTC' }
  const engine = createEngine({
    mailboxes: {
      ann: { address: ann, mail: mail.ann.port, ...shared },
      bob: { address: bob, mail: mail.bob.port, ...shared }
    },
    records: records.port,
    links: memoryLinks({ clock: () => clock.nowMs }),
    preset: given.preset ?? 'dynamics',
    ...(given.settings === undefined ? {} : { settings: given.settings }),
    clock: () => clock.nowMs,
    seed: 'kinds'
  })
  return { clock, engine, mail, records }
}

export const isoAt = (atMs: number): string => new Date(atMs).toISOString().replace('.000Z', 'Z')

/** A meeting that ann organizes, an hour long. */
export const meetingFields = (atMs: number, attendees: ReadonlyArray<string> = [], more: Fields = {}): Fields => ({
  subject: 'Review',
  scheduledstart: isoAt(atMs),
  scheduledend: isoAt(atMs + hourMs),
  organizer: ann,
  ...(attendees.length === 0 ? {} : { requiredattendees: attendees }),
  ...more
})

/** What one cycle wrote and sent, counted by the stores. */
export const cycleOf = async (
  world: KindsWorld,
  mailbox: 'ann' | 'bob'
): Promise<{ readonly mail: number; readonly records: number; readonly messages: Record<Told, number> }> => {
  const { host } = world.mail[mailbox]
  host.resetCounts()
  world.records.host.resetCounts()
  const report = await world.engine.sync(mailbox)
  if (report.outcome !== 'completed' && report.outcome !== 'held') throw new Error(`the cycle ${report.outcome}`)
  const sum = ({ creates, updates, deletes }: typeof host.counts): number => creates + updates + deletes
  const { invitations, updates, cancellations } = host.messages
  return {
    mail: sum(host.counts),
    records: sum(world.records.host.counts),
    messages: { invitations, updates, cancellations }
  }
}

type Told = 'invitations' | 'updates' | 'cancellations'

export const silence: Record<Told, number> = { invitations: 0, updates: 0, cancellations: 0 }

/** The only item of a mailbox. */
export const onlyItem = ({ host }: MemoryMail): NonNullable<ReturnType<typeof host.get>> => {
  const [item, ...others] = host.all()
  if (item === undefined || others.length > 0) throw new Error(`${others.length} items more than one`)
  return item
}
