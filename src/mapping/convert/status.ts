/**
 * Converters of states: what a record says with state and status, an item says with one word (4.3, 4.9). The record's
 * value is the list of its state and its status.
 */
import type { Value } from '../../model/index.js'
import type { Converter } from './converter.js'

const memberOf = (value: Value, at: number): Value => (Array.isArray(value) ? (value[at] ?? null) : null)

const isClosedState = (state: Value): boolean => state === 'completed' || state === 'canceled'

const openStatuses: ReadonlyArray<Value> = ['notStarted', 'inProgress', 'waitingOnOthers', 'deferred']

const isOpen = (status: Value): boolean => openStatuses.includes(status)

/** An item is completed where it says so, or stands at 100 per cent. */
const itemStatus = (mail: Value): Value =>
  memberOf(mail, 1) === 100 || memberOf(mail, 1) === '100' ? 'completed' : (memberOf(mail, 0) ?? 'notStarted')

const isTaskStatus = (mail: Value): boolean => {
  const status = memberOf(mail, 0)
  return status === null || status === 'completed' || isOpen(status)
}

const isStateAndStatus = (record: Value): boolean =>
  record === null || (Array.isArray(record) && record.every((part) => part === null || typeof part === 'string'))

/** `finer`: the record tells the four open statuses apart. Those of phone calls, letters and faxes are one (4.9/30). */
const taskLike = (id: string, finer: boolean): Converter => {
  /** A status that is absent or unknown counts by the state. */
  const statusOf = (record: Value): Value => {
    const state = memberOf(record, 0)
    if (isClosedState(state)) return state
    if (!finer) return 'open'
    const status = memberOf(record, 1)
    return isOpen(status) ? status : 'notStarted'
  }
  return {
    id,
    version: 1,
    whole: true,
    expected: {
      mail: 'notStarted, inProgress, completed, waitingOnOthers or deferred',
      record: 'a state and a status'
    },
    accepts: { mail: isTaskStatus, record: isStateAndStatus },
    normal: { mail: itemStatus, record: statusOf },
    toRecord: (mail) => {
      const status = itemStatus(mail)
      if (status === 'completed') return ['completed', 'completed']
      return ['open', finer ? status : 'open']
    },
    toMail: (record, mail) => {
      const status = statusOf(record)
      const percent = memberOf(mail, 1)
      if (isClosedState(status)) return ['completed', percent]
      const standing = memberOf(mail, 0)
      // A hundred per cent would say that it is completed.
      return [finer ? status : isOpen(standing) ? standing : 'notStarted', percent === 100 ? null : percent]
    }
  }
}

const showing: { readonly [showAs: string]: readonly [state: string, status: string] } = {
  free: ['open', 'free'],
  workingElsewhere: ['open', 'free'],
  tentative: ['open', 'tentative'],
  busy: ['scheduled', 'busy'],
  oof: ['scheduled', 'oof']
}

const isShowAs = (mail: Value): boolean => mail === null || (typeof mail === 'string' && Object.hasOwn(showing, mail))

const shownStatus = (record: Value): Value => {
  const state = memberOf(record, 0)
  if (record === null || state === null) return null
  if (isClosedState(state)) return state
  const status = memberOf(record, 1)
  if (state === 'scheduled') return status === 'oof' ? 'oof' : 'busy'
  return status === 'tentative' ? 'tentative' : 'free'
}

/** How an appointment is shown, and the record's state and status. An item that says nothing says no other state. */
const showAs: Converter = {
  id: 'showAs',
  version: 1,
  whole: true,
  expected: { mail: 'free, tentative, busy, oof or workingElsewhere', record: 'a state and a status' },
  accepts: { mail: isShowAs, record: isStateAndStatus },
  normal: { mail: (mail) => mail, record: shownStatus },
  toRecord: (mail, record) => (typeof mail === 'string' ? (showing[mail] ?? record) : record),
  toMail: (record, mail) => {
    const status = shownStatus(record)
    if (status === null) return mail
    if (isClosedState(status)) return 'free'
    // Whoever works elsewhere is free, and goes on saying so (4.3/13).
    return typeof mail === 'string' && showing[mail]?.[1] === status ? mail : status
  }
}

export const status = {
  taskStatus: taskLike('taskStatus', true),
  openStatus: taskLike('openStatus', false),
  showAs
} as const
