/**
 * A to-do as fields of a task, and back. Its dates are days: the day that the file's own clock shows. A moment that
 * the file has keeps its time of day when its day is set.
 */
import type { Fields, Result, Value } from '../../../model/index.js'
import { dateOfLocal, dayMs, fieldOf, localOfDate, ok } from '../../../model/index.js'
import type { Decoded } from '../kind.js'
import type { Card } from '../lines/entry.js'
import { malformed } from '../lines/entry.js'
import { momentText } from './appointment.read.js'
import type { Component } from './calendar.js'
import { linesNamed, textIn, valueIn } from './calendar.js'
import { commonFields, decodedOf } from './common.read.js'
import { editing, textValue, withCommon, withReminder } from './common.write.js'
import type { Edited } from './edit.js'
import { componentOf, withoutNamed, withProperty, withText } from './edit.js'
import { dateText, localText, utcText } from './moment.js'
import { isSeries, recurrenceOf } from './recurrence.js'
import type { Moment } from './time.js'
import { dayOf, extentOf, momentIn } from './time.js'
import type { Times } from './zone.js'
import { clockOfZone } from './zone.js'

export const taskOf = (times: Times, card: Card, todo: Component): Result<Decoded> => {
  const extent = extentOf(times, card, todo, 'due')
  if (extent._tag === 'Left') return extent
  const completed = momentIn(times, card, todo, 'completed')
  if (completed._tag === 'Left') return completed
  const original = momentIn(times, card, todo, 'recurrence-id')
  if (original._tag === 'Left') return original
  const recurrence = recurrenceOf(times, card, todo, extent.right)
  if (recurrence._tag === 'Left') return recurrence
  const { start, end } = extent.right
  return decodedOf(todo, {
    ...commonFields(times, card, todo, extent.right),
    status: statusOf(todo),
    percentComplete: percentOf(todo) ?? null,
    completedDate: completed.right === undefined ? '' : mailboxDay(times, completed.right),
    dueDate: end === undefined ? '' : mailboxDay(times, end),
    startDate: start === undefined ? '' : mailboxDay(times, start),
    ...(isSeries(todo) && { recurrence: recurrence.right }),
    ...(original.right !== undefined && { originalStart: momentText(original.right) })
  })
}

/** An instant has no day of its own: the mailbox's calendar gives it one. A time of a zone has that of its zone. */
const mailboxDay = (times: Times, moment: Moment): string =>
  moment.is === 'time' && moment.clock.name === 'UTC'
    ? dateOfLocal(clockOfZone(times, times.timeZone).localOf(moment.atMs))
    : dayOf(moment)

const own = 'x-liaison-status'

/** What iCalendar has no word for stands beside STATUS, and counts while the task is open. */
const ownStatuses: { readonly [written: string]: string } = {
  'WAITING-ON-OTHERS': 'waitingOnOthers',
  DEFERRED: 'deferred'
}

const percentOf = (todo: Component): number | undefined => {
  const [, digits] = /^\s*(\d{1,3})\s*$/.exec(textIn(todo, 'percent-complete')) ?? []
  return digits === undefined || Number(digits) > 100 ? undefined : Number(digits)
}

/** A cancelled task is closed, and is shown so. */
const statusOf = (todo: Component): string => {
  const status = textIn(todo, 'status').trim().toUpperCase()
  if (status === 'COMPLETED' || status === 'CANCELLED') return 'completed'
  if (status === '' && textIn(todo, 'completed') !== '') return 'completed'
  return ownStatuses[textIn(todo, own).trim().toUpperCase()] ?? (status === 'IN-PROCESS' ? 'inProgress' : 'notStarted')
}

export const withTask = (times: Times, edited: Edited, set: Fields): Result<Edited> => {
  const common = withCommon(edited, set, ['subject', 'regarding', 'regardingName'])
  const stated = [editing(set, 'status', withStatus), editing(set, 'percentComplete', withPercent)].reduce(
    (next, edit) => edit(next),
    common
  )
  const dated = (['dtstart', 'due', 'completed'] as const).reduce<Result<Edited>>(
    (next, name) => (next._tag === 'Left' ? next : withDay(times, next.right, name, set)),
    ok(stated)
  )
  if (dated._tag === 'Left') return dated
  return Object.hasOwn(set, 'reminderAt')
    ? withReminder(times, dated.right, fieldOf(set, 'reminderAt') ?? null, 'due')
    : dated
}

const writtenStatuses: { readonly [status: string]: string } = {
  notStarted: 'NEEDS-ACTION',
  inProgress: 'IN-PROCESS',
  completed: 'COMPLETED',
  waitingOnOthers: 'NEEDS-ACTION',
  deferred: 'NEEDS-ACTION'
}

const withStatus = (edited: Edited, value: Value): Edited => {
  const status = textValue(value)
  if (status === '') return withoutNamed(edited, 'status', own)
  if (statusOf(componentOf(edited)) === status) return edited
  const word = Object.keys(ownStatuses).find((written) => ownStatuses[written] === status) ?? ''
  return withText(withText(edited, 'status', writtenStatuses[status] ?? 'NEEDS-ACTION'), own, word)
}

const withPercent = (edited: Edited, value: Value): Edited => {
  if (typeof value !== 'number') return withoutNamed(edited, 'percent-complete')
  return percentOf(componentOf(edited)) === value ? edited : withProperty(edited, 'percent-complete', String(value))
}

const fieldNames = { dtstart: 'startDate', due: 'dueDate', completed: 'completedDate' } as const

const withDay = (times: Times, edited: Edited, name: keyof typeof fieldNames, set: Fields): Result<Edited> => {
  const field = fieldNames[name]
  if (!Object.hasOwn(set, field)) return ok(edited)
  const read = taskOf(times, edited.card, componentOf(edited))
  if (read._tag === 'Left') return read
  const day = textValue(fieldOf(set, field))
  if (textValue(fieldOf(read.right.fields, field)) === day) return ok(edited)
  if (day === '') return ok(withoutNamed(edited, name, ...(name === 'due' ? ['duration'] : [])))
  const localMs = localOfDate(day)
  if (localMs === undefined) return malformed(`${field}: expected a date YYYY-MM-DD`)
  if (name === 'completed') return ok(withCompleted(times, edited, localMs))
  return withDayOf(times, edited, name, localMs)
}

/** COMPLETED is an instant. Noon of the mailbox's day stays that day in nearly every other zone. */
const withCompleted = (times: Times, edited: Edited, localMs: number): Edited =>
  withProperty(edited, 'completed', utcText(clockOfZone(times, times.timeZone).instantOf(localMs + dayMs / 2)))

/** As the line is written, or else as the other end of the task: the standard wants both of one kind. */
const withDayOf = (times: Times, edited: Edited, name: 'dtstart' | 'due', localMs: number): Result<Edited> => {
  const extent = extentOf(times, edited.card, componentOf(edited), 'due')
  if (extent._tag === 'Left') return extent
  const { start, end } = extent.right
  const [now, other] = name === 'due' ? [end, start] : [start, end]
  const pattern = now ?? other
  const [line] = linesNamed(componentOf(edited), name)
  const [model] = line === undefined ? linesNamed(componentOf(edited), name === 'due' ? 'dtstart' : 'due') : [line]
  const free = name === 'due' ? withoutNamed(edited, 'duration') : edited
  if (pattern?.is !== 'time' || model === undefined)
    return ok(withProperty(free, name, dateText(localMs), [['value', ['DATE']]]))
  const isUtc = valueIn(model).trim().endsWith('Z')
  const clock = isUtc ? clockOfZone(times, times.timeZone) : pattern.clock
  const moment = localMs + (clock.localOf(pattern.atMs) % dayMs)
  const zone = (model.property?.params ?? []).filter(([param]) => param === 'tzid')
  return ok(withProperty(free, name, isUtc ? utcText(clock.instantOf(moment)) : localText(moment), isUtc ? [] : zone))
}
