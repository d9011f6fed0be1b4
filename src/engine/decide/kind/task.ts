/** Tasks, phone calls, letters and faxes (4.9): what completes them, and when they remind. */
import { holdsBase, type Merge, stateField, statusField } from '../../../mapping/index.js'
import type { Fields, Value } from '../../../model/index.js'
import { dateIn, instantFromIso, instantOf, isClosed, localOf, localOfDate } from '../../../model/index.js'
import { baseContextOf, type DecideContext } from '../context.js'
import type { Pair } from '../sight.js'
import { type Amendment, amended } from './amend.js'

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
  return amended(pair, completed, reminder(pair, completed, context), context)
}

const completion = (pair: Pair, merge: Merge, context: DecideContext): Amendment => {
  const record = { ...pair.record.fields, ...merge.setRecord }
  const item = { ...pair.item.fields, ...merge.setMail }
  if (
    !isClosed(String(record[stateField])) &&
    isOver(record['actualend'], context) &&
    context.access.privileges.update
  ) {
    return {
      record: { status: ['completed', 'completed'], percentComplete: 100 },
      mail: doneInMailbox(record, context)
    }
  }
  if (merge.recordRows.includes('status') && record[stateField] === 'completed') {
    return { record: { percentComplete: 100, completedDate: endOf(item, record, context) } }
  }
  if (merge.mailRows.includes('status') && record[stateField] === 'completed') {
    return { mail: doneInMailbox(record, context) }
  }
  // Opened again: a hundred per cent in the mailbox would complete it at the next edit.
  if (merge.mailRows.includes('status') && record[stateField] === 'open' && item['percentComplete'] === 100) {
    return { mail: { percentComplete: null } }
  }
  return {}
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
const dayMs = 24 * 60 * 60_000

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
  if (wanted !== undefined) return hasMoved ? { mailFields: { reminderAt: wanted } } : {}
  const keepsItsOwn =
    !hasMoved && instantIn(record['scheduledend']) === undefined && !isClosed(String(record[stateField]))
  return merge.setMail === undefined || keepsItsOwn ? {} : { mailFields: { reminderAt: null } }
}

/** Whether the record's due instant has changed: only then a person's own reminder gives way. */
const dueMoved = (pair: Pair, context: DecideContext): boolean => {
  const { shape, flows } = pair.rules
  const index = shape.rows.findIndex((row) => row.name === 'dueDate')
  const row = shape.rows[index]
  if (row === undefined || flows[index]?.toMail !== true) return false
  const value = row.record.lift(pair.record.fields, pair.names)
  const baseContext = baseContextOf(context, pair.rules, pair.link.id, pair.names)
  return !holdsBase('record', row, pair.base.record[index] ?? null, value, baseContext)
}

/** What a new record gets beside its rows. */
export const newTaskRecord = (behavesLike: string, item: Fields, fields: Fields, context: DecideContext): Fields => {
  const started = behavesLike === 'task' ? { actualstart: isoOf(context.nowMs) } : {}
  if (fields[stateField] !== 'completed') return { ...fields, ...started }
  const percent = behavesLike === 'task' ? { percentcomplete: 100 } : {}
  return { ...fields, ...started, ...percent, actualend: endOf(item, {}, context) }
}

/** What a new item gets beside its rows. */
export const newTaskItem = (behavesLike: string, record: Fields, fields: Fields, context: DecideContext): Fields => {
  const remindsAt = reminderFor(record, context)
  const reminds = remindsAt === undefined ? {} : { reminderAt: remindsAt }
  if (record[stateField] !== 'completed') return { ...fields, ...reminds }
  const { completedDate, percentComplete } = doneInMailbox(record, context)
  return {
    ...fields,
    completedDate: completedDate ?? null,
    ...(behavesLike === 'task' ? { percentComplete: percentComplete ?? null } : {})
  }
}

/** An open record whose end has come is completed with its entry, on both sides (32). */
export const isToComplete = (record: Fields, context: DecideContext): boolean =>
  !isClosed(String(record[stateField])) && isOver(record['actualend'], context) && context.access.privileges.update

export const completedFields: Fields = { [stateField]: 'completed', [statusField]: 'completed' }
