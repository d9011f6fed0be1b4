/** What a new item or record gets: its rows, and what its kind adds to them. */
import { type Creation, itemForRecord, recordForItem, type RelatedNames, type Rules } from '../../../mapping/index.js'
import type { DecisionFacts, Fields, RecordSnapshot, Side, Snapshot } from '../../../model/index.js'
import { isEmpty } from '../../../model/index.js'
import { convertContextOf, type DecideContext } from '../context.js'
import { noNames } from '../sight.js'
import type { Addition } from './amend.js'
import { isMeeting } from './meeting.js'
import { attendeeRows } from './messages.js'
import { isTaskLike, newTaskItem, newTaskRecord } from './task.js'

/** The item made for a record. */
export const newItem = (
  rules: Rules,
  record: RecordSnapshot,
  names: RelatedNames,
  context: DecideContext
): Creation => {
  const creation = itemForRecord(rules, record.fields, convertContextOf(context, names))
  const { behavesLike } = rules.shape
  if (isTaskLike(behavesLike)) return withAddition('mail', rules, creation, newTaskItem(rules, record.fields, context))
  if (behavesLike === 'service-appointment')
    return withAddition('mail', rules, creation, serviceItem(creation.fields, context))
  if (!isMeeting(behavesLike)) return creation
  const ids = {
    ...carried(record.fields, 'globalobjectid', 'globalId'),
    ...carried(record.fields, 'originalstartdate', 'originalStart')
  }
  return withAddition('mail', rules, creation, { fields: ids })
}

/** The record made from an item. */
export const newRecord = (rules: Rules, item: Fields, context: DecideContext): Creation => {
  const creation = recordForItem(rules, item, convertContextOf(context, noNames))
  const { behavesLike } = rules.shape
  if (isTaskLike(behavesLike))
    return withAddition('record', rules, creation, newTaskRecord(behavesLike, item, creation.fields, context))
  if (!isMeeting(behavesLike)) return creation
  const ids = { ...carried(item, 'globalId', 'globalobjectid'), ...carried(item, 'originalStart', 'originalstartdate') }
  return withAddition('record', rules, creation, { fields: ids })
}

/** What a new thing does without: files that its store cannot take. */
export const heldBack = (
  { shape }: Rules,
  { contents = [] }: Snapshot,
  can: { readonly takesContents?: boolean }
): DecisionFacts =>
  contents.length > 0 && can.takesContents !== true && shape.rows.some(({ name }) => name === 'attachments')
    ? { withheld: ['attachments'] }
    : {}

/**
 * In each participant's calendar a service activity is his own, and nobody is told of it (4.8/29d): a server that
 * sends by itself is not told of the others.
 */
const serviceItem = (fields: Fields, { address, mailCan }: DecideContext): Addition => ({
  rows: {
    organizer: address,
    ...(mailCan.invitations === 'implicit'
      ? Object.fromEntries([...attendeeRows].filter((row) => !isEmpty(fields[row])).map((row) => [row, null]))
      : {})
  }
})

/** Rows that the kind fills count as written: the journal must know them. They flow as rows do (2.2/11a). */
const withAddition = (side: Side, rules: Rules, creation: Creation, { rows = {}, fields = {} }: Addition): Creation => {
  let all: Fields = { ...creation.fields, ...fields }
  const written = new Set(creation.rows)
  for (const [index, row] of rules.shape.rows.entries()) {
    const flow = rules.flows[index]
    const value = rows[row.name]
    if (flow === undefined || value === undefined || !(side === 'mail' ? flow.toMail : flow.creates)) continue
    all = { ...all, ...row[side].set(value, all) }
    written.add(row.name)
  }
  return { ...creation, fields: all, rows: [...written] }
}

const carried = (from: Fields, field: string, to: string): Fields =>
  isEmpty(from[field]) ? {} : { [to]: from[field] ?? null }
