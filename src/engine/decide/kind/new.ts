/** What a new item or record gets: its rows, and what its kind adds to them. */
import { type Creation, itemForRecord, recordForItem, type RelatedNames, type Rules } from '../../../mapping/index.js'
import type { DecisionFacts, Fields, RecordSnapshot, Side, Snapshot } from '../../../model/index.js'
import { canonicalJson, isEmpty } from '../../../model/index.js'
import { convertContextOf, type DecideContext } from '../context.js'
import { noNames } from '../sight.js'
import { isMeeting } from './meeting.js'
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
  if (isTaskLike(behavesLike))
    return withFields('mail', rules, creation, newTaskItem(behavesLike, record.fields, creation.fields, context))
  return isMeeting(behavesLike)
    ? {
        ...creation,
        fields: {
          ...creation.fields,
          ...carried(record.fields, 'globalobjectid', 'globalId'),
          ...carried(record.fields, 'originalstartdate', 'originalStart')
        }
      }
    : creation
}

/** The record made from an item. */
export const newRecord = (rules: Rules, item: Fields, context: DecideContext): Creation => {
  const creation = recordForItem(rules, item, convertContextOf(context, noNames))
  const { behavesLike } = rules.shape
  if (isTaskLike(behavesLike))
    return withFields('record', rules, creation, newTaskRecord(behavesLike, item, creation.fields, context))
  if (!isMeeting(behavesLike)) return creation
  const ids = { ...carried(item, 'globalId', 'globalobjectid'), ...carried(item, 'originalStart', 'originalstartdate') }
  return { ...creation, fields: { ...creation.fields, ...ids } }
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

/** Rows that the kind has filled count as written: the journal must know them. */
const withFields = (side: Side, rules: Rules, creation: Creation, fields: Fields): Creation => {
  const filled = rules.shape.rows.filter((row) => {
    const lifted = (of: Fields): string => canonicalJson(row[side].lift(of, noNames))
    return row.nameOf === undefined && lifted(fields) !== lifted(creation.fields)
  })
  return { ...creation, fields, rows: [...new Set([...creation.rows, ...filled.map(({ name }) => name)])] }
}

const carried = (from: Fields, field: string, to: string): Fields =>
  isEmpty(from[field]) ? {} : { [to]: from[field] ?? null }
