/** Tasks, phone calls, letters and faxes (4.9): what completes them, and when they remind. */
import { baseValueOf, holdsBase, type Merge, type Rules, stateField, statusField } from '../../../mapping/index.js'
import type { Fields, Side, Value } from '../../../model/index.js'
import {
  dateIn,
  dayMs,
  instantFromIso,
  instantOf,
  isClosed,
  isEmpty,
  localOf,
  localOfDate
} from '../../../model/index.js'
import { baseContextOf, type DecideContext } from '../context.js'
import type { Pair } from '../sight.js'
import type { Verdict } from '../../unit.js'
import { type Addition, type Amendment, amended } from './amend.js'

const taskLikes: ReadonlySet<string> = new Set(['task', 'phonecall', 'letter', 'fax'])

export const isTaskLike = (behavesLike: string): boolean => taskLikes.has(behavesLike)

const isoOf = (atMs: number): string => new Date(atMs).toISOString().replace('.000Z', 'Z')

const instantIn = (value: Value | undefined): number | undefined =>
  typeof value === 'string' ? instantFromIso(value) : undefined

const dateAt = (value: Value | undefined, { zones, timeZone }: DecideContext): string | undefined => {
  if (typeof value !== 'string') return undefined
  const atMs = instantFromIso(value)
  if (atMs !== undefined) return dateIn(zones, timeZone, atMs)
  return localOfDate(value) === undefined ? undefined : value
}

/** An end that has come: an instant before now, or a date before today. */
const isOver = (actualEnd: Value | undefined, context: DecideContext): boolean => {
  const atMs = instantIn(actualEnd)
  if (atMs !== undefined) return atMs < context.nowMs
  const date = dateAt(actualEnd, context)
  return date !== undefined && date < dateIn(context.zones, context.timeZone, context.nowMs)
}

export const amendTask = (pair: Pair, merge: Merge, context: DecideContext): Merge => {
  const completed = amended(pair, merge, completion(pair, merge, context), context)
  return withStatusRead(pair, amended(pair, completed, reminder(pair, completed, context), context), context)
}

/**
 * The item's status is read with its percentage: a hundred per cent that the engine writes beside it is its own, and
 * no person's completion (2.4/22).
 */
const withStatusRead = (pair: Pair, merge: Merge, context: DecideContext): Merge => {
  const { rows } = pair.rules.shape
  const index = rows.findIndex((row) => row.name === 'status')
  const row = rows[index]
  const { base } = merge
  if (row === undefined || base === undefined || merge.mailRows.includes('status')) return merge
  if (!merge.mailRows.includes('percentComplete')) return merge
  const shown = row.mail.lift({ ...pair.item.fields, ...merge.setMail }, pair.names)
  const baseContext = baseContextOf(context, pair.rules, pair.link.id, pair.names)
  const mail = base.mail.slice()
  mail[index] = baseValueOf('mail', row, shown, baseContext)
  return { ...merge, mailRows: [...merge.mailRows, 'status'], base: { ...base, mail } }
}

const completion = (pair: Pair, merge: Merge, context: DecideContext): Amendment => {
  const record = { ...pair.record.fields, ...merge.setRecord }
  const item = { ...pair.item.fields, ...merge.setMail }
  const writesItem = merge.mailRows.includes('status')
  if (isToComplete(record, context))
    return {
      record: { status: ['completed', 'completed'], percentComplete: 100 },
      mail: doneInMailbox(record, context)
    }
  if (record[stateField] === 'completed') {
    if (merge.recordRows.includes('status'))
      return { record: { percentComplete: 100, completedDate: endOf(item, record, context) } }
    // Canceled before, it was shown as completed already, but for the rest.
    return writesItem || wasCanceled(pair, context) ? { mail: doneInMailbox(record, context) } : {}
  }
  // Opened again: a hundred per cent in the mailbox would complete it at the next edit.
  return writesItem && record[stateField] === 'open' && item['percentComplete'] === 100
    ? { mailAnyway: { percentComplete: null } }
    : {}
}

const wasCanceled = (pair: Pair, context: DecideContext): boolean =>
  isInBase(pair, 'record', 'status', ['canceled', 'canceled'], context) &&
  isInBase(pair, 'mail', 'status', undefined, context)

/** Whether a row's base holds this value, or what the side holds now. */
const isInBase = (pair: Pair, side: Side, name: string, value: Value | undefined, context: DecideContext): boolean => {
  const { rows } = pair.rules.shape
  const index = rows.findIndex((row) => row.name === name)
  const row = rows[index]
  if (row === undefined) return false
  const { fields } = side === 'mail' ? pair.item : pair.record
  const asked = value === undefined ? row[side].lift(fields, pair.names) : value
  const baseContext = baseContextOf(context, pair.rules, pair.link.id, pair.names)
  return holdsBase(side, row, pair.base[side][index] ?? null, asked, baseContext)
}

/** Status, a hundred per cent, and the day of the end, else the day of the cycle. */
const doneInMailbox = (record: Fields, context: DecideContext): NonNullable<Amendment['mail']> => ({
  status: ['completed', 100],
  percentComplete: 100,
  completedDate: dateAt(record['actualend'], context) ?? dateIn(context.zones, context.timeZone, context.nowMs)
})

/** The end of a record that the mailbox completes: the item's date at the record's time of day, else now. */
const endOf = (item: Fields, record: Fields, context: DecideContext): Value => {
  const { zones, timeZone, nowMs } = context
  const date = dateAt(item['completedDate'], context)
  const midnight = date === undefined ? undefined : localOfDate(date)
  if (midnight === undefined) return isoOf(nowMs)
  const standing = instantIn(record['actualend'])
  const local = standing === undefined ? 0 : localOf(zones, timeZone, standing)
  return isoOf(instantOf(zones, timeZone, midnight + (local - Math.floor(local / dayMs) * dayMs)))
}

/** 33: the due instant, while the record is open and it is not longer gone than a day. */
const reminderFor = (record: Fields, context: DecideContext): string | undefined => {
  const due = instantIn(record['scheduledend'])
  return due === undefined || isClosed(String(record[stateField])) || due <= context.nowMs - dayMs
    ? undefined
    : isoOf(due)
}

const reminder = (pair: Pair, merge: Merge, context: DecideContext): Amendment => {
  const record = { ...pair.record.fields, ...merge.setRecord }
  const wanted = reminderFor(record, context)
  const hasMoved = dueMoved(pair, context)
  if (wanted !== undefined) {
    // It went when the record was closed, and comes back with it.
    const isBack =
      merge.mailRows.includes('status') && isClosed(pair.link.state) && isEmpty(pair.item.fields['reminderAt'])
    return hasMoved || isBack ? { mailFields: { reminderAt: wanted } } : {}
  }
  const keepsItsOwn = !hasMoved && !isClosed(String(record[stateField])) && isPersons(pair, record, context)
  return merge.setMail === undefined || keepsItsOwn ? {} : { mailFields: { reminderAt: null } }
}

/** A reminder that the due instant did not set, and that is not long past. */
const isPersons = ({ item }: Pair, record: Fields, { nowMs }: DecideContext): boolean => {
  const due = instantIn(record['scheduledend'])
  const remindsAt = instantIn(item.fields['reminderAt'])
  return due === undefined || (remindsAt !== undefined && remindsAt !== due && remindsAt > nowMs - dayMs)
}

/** Whether the record's due instant has changed: only then a person's own reminder gives way. */
const dueMoved = (pair: Pair, context: DecideContext): boolean => {
  const index = pair.rules.shape.rows.findIndex((row) => row.name === 'dueDate')
  return pair.rules.flows[index]?.toMail === true && !isInBase(pair, 'record', 'dueDate', undefined, context)
}

/** What a new record gets beside its rows. */
export const newTaskRecord = (behavesLike: string, item: Fields, fields: Fields, context: DecideContext): Addition => ({
  ...(behavesLike === 'task' ? { fields: { actualstart: isoOf(context.nowMs) } } : {}),
  ...(fields[stateField] === 'completed'
    ? { rows: { percentComplete: 100, completedDate: endOf(item, {}, context) } }
    : {})
})

/** What a new item gets beside its rows. */
export const newTaskItem = ({ shape, flows }: Rules, record: Fields, context: DecideContext): Addition => {
  const index = shape.rows.findIndex((row) => row.name === 'dueDate')
  const remindsAt = flows[index]?.toMail === true ? reminderFor(record, context) : undefined
  if (record[stateField] !== 'completed') return remindsAt === undefined ? {} : { fields: { reminderAt: remindsAt } }
  const { status: _status, ...rows } = doneInMailbox(record, context)
  return { rows }
}

/** An open record whose end has come is completed, on both sides (32). */
const isToComplete = (record: Fields, context: DecideContext): boolean =>
  !isClosed(String(record[stateField])) && isOver(record['actualend'], context) && context.access.privileges.update

/** What completes a record with its entry; `undefined`: nothing does. */
export const completionOf = (
  { shape, flows }: Rules,
  record: Fields,
  context: DecideContext
): { readonly set: Fields; readonly rows: ReadonlyArray<string> } | undefined => {
  if (!isTaskLike(shape.behavesLike) || !isToComplete(record, context)) return undefined
  const completed: Fields = { [stateField]: 'completed', [statusField]: 'completed' }
  const percent = shape.rows.findIndex((row) => row.name === 'percentComplete')
  return flows[percent]?.toRecord === true
    ? { set: { ...completed, percentcomplete: 100 }, rows: ['status', 'percentComplete'] }
    : { set: completed, rows: ['status'] }
}

/** An end that is to come completes the record by time alone, when nothing touches the pair: the pair is woken then. */
export const wakesFor = (
  { shape }: Rules,
  record: Fields,
  context: DecideContext
): { readonly due?: Verdict['due'] } => {
  if (!isTaskLike(shape.behavesLike) || isClosed(String(record[stateField] ?? 'open'))) return {}
  if (!context.access.privileges.update || isOver(record['actualend'], context)) return {}
  const overAtMs = overFrom(record['actualend'], context)
  return overAtMs === undefined ? {} : { due: { failure: false, rests: true, again: true, wakesAtMs: overAtMs } }
}

/** The first instant at which `isOver` says yes. */
const overFrom = (actualEnd: Value | undefined, { zones, timeZone }: DecideContext): number | undefined => {
  const atMs = instantIn(actualEnd)
  if (atMs !== undefined) return atMs + 1
  const midnight = typeof actualEnd === 'string' ? localOfDate(actualEnd) : undefined
  return midnight === undefined ? undefined : instantOf(zones, timeZone, midnight + dayMs)
}
