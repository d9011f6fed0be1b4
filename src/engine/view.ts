/**
 * Records as mappings see them: state and status stand among the fields, under names that no store gives to a field.
 * Snapshots are turned into this view where they come in, effects are turned back where they go out.
 */
import { type Mapping, stateField, statusField } from '../mapping/index.js'
import type { Effect, Fields, RecordSnapshot, UpdateEffect } from '../model/index.js'
import { fieldOf } from '../model/index.js'

/** Whether a mapping has anything to do with the record's state: most types of people and things have not. */
export const showsState = (mapping: Mapping | undefined): boolean =>
  mapping?.rows.some(
    ({ record }) =>
      record === stateField ||
      (typeof record === 'object' && record !== null && 'fields' in record && record.fields.includes(stateField))
  ) === true

export const viewOf = (record: RecordSnapshot): RecordSnapshot => ({
  ...record,
  fields: { ...record.fields, [stateField]: record.state, [statusField]: record.status ?? null }
})

/** A viewed record with fields set, as it will be once they are written. */
export const withSet = (record: RecordSnapshot, set: Fields): RecordSnapshot => {
  const fields = { ...record.fields, ...set }
  const state = fieldOf(fields, stateField)
  const status = fieldOf(fields, statusField)
  return {
    ...record,
    ...(typeof state === 'string' ? { state } : {}),
    ...(typeof status === 'string' ? { status } : {}),
    fields
  }
}

/** An effect as a store takes it. */
export const effectFrom = (effect: Effect): Effect => {
  if (effect._tag === 'Delete') return effect
  const given = effect._tag === 'Create' ? effect.fields : effect.set
  if (!Object.hasOwn(given, stateField) && !Object.hasOwn(given, statusField)) return effect
  const { [stateField]: state, [statusField]: status, ...fields } = given
  const attributes: Pick<UpdateEffect, 'state' | 'status'> = {
    ...(typeof state === 'string' ? { state } : {}),
    ...(typeof status === 'string' ? { status } : {})
  }
  return effect._tag === 'Create' ? { ...effect, ...attributes, fields } : { ...effect, ...attributes, set: fields }
}
