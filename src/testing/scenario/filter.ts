/**
 * Scenarios of kind `filter`: every case is judged by `evaluate`, by the compiled function, and by SQLite through the
 * rewriting; all must agree, and the rewriting alone may hold more but never fewer.
 */
import { compile, contextFaults, evaluate, filterFaults } from '../../filters/index.js'
import { platformZones } from '../../engine/run/index.js'
import type { FieldTypes, Filter, FilterContext, RecordSnapshot, Ref, Value } from '../../model/index.js'
import { byCodeUnits, fieldOf, instantFromIso } from '../../model/index.js'
import { listedBySqlite } from './sqlite.js'
import { fieldsAt, type Json, listAt, objectAt, onlyKeys, type Scenario, ScenarioError, textAt } from './shape.js'

const keys = ['id', 'rule', 'title', 'kind', 'filter', 'context', 'schema', 'records', 'matches', 'invalid']

const contextKeys = [
  'user',
  'teams',
  'businessUnit',
  'reports',
  'reportTeams',
  'timeZone',
  'now',
  'weekStart',
  'fiscalYearStart',
  'fiscalPeriod',
  'fiscalYearNamedBy',
  'language',
  'tree',
  'addresses',
  'businessUnits'
]

const fieldTypes = ['string', 'number', 'boolean', 'date', 'datetime', 'choice', 'multichoice', 'owner', 'id']

export const runFilter = async (scenario: Scenario): Promise<ReadonlyArray<string>> => {
  onlyKeys(scenario, keys, scenario.id)
  const schema = schemaAt(scenario['schema'])
  const records = Object.entries(objectAt(scenario['records'] ?? {}, 'records')).map(([id, fields]) =>
    recordFrom(id, objectAt(fields, `records.${id}`), schema)
  )
  const context = contextFrom(objectAt(scenario['context'] ?? {}, 'context'), records)
  const inContext = contextFaults(context, platformZones)
  const faults = inContext.length > 0 ? inContext : filterFaults(scenario['filter'], schema, context.fiscalPeriod)
  const told = faults.map(({ path, expected }) => `${path}: expected ${expected}`)
  if (scenario['invalid'] === true) return told.length > 0 ? [] : ['filter: expected to be refused, was taken']
  if (told.length > 0) return told.map((fault) => `filter refused: ${fault}`)
  const matches = listAt(scenario['matches'], 'matches').map((id) => textAt(id, 'matches'))
  const stranger = matches.find((id) => !records.some(({ ref }) => ref === id))
  if (stranger !== undefined) throw new ScenarioError(`matches: unknown id "${stranger}"`)
  return compared(scenario['filter'] as Filter, context, schema, records, matches)
}

const compared = async (
  filter: Filter,
  context: FilterContext,
  schema: FieldTypes,
  records: ReadonlyArray<RecordSnapshot>,
  matches: ReadonlyArray<Ref>
): Promise<ReadonlyArray<string>> => {
  const judging = { zones: platformZones, schema }
  const compiled = compile(filter, context, judging)
  const listed = await listedBySqlite(filter, context, judging, records)
  if (typeof listed === 'string') return [listed]
  const held = {
    evaluate: records.filter((record) => evaluate(filter, record, context, judging)),
    compile: records.filter(compiled),
    SQLite: listed.exact ? listed.records : listed.records.filter(compiled)
  }
  return Object.entries(held).flatMap(([way, found]) =>
    differences(
      way,
      found.map(({ ref }) => ref),
      matches
    )
  )
}

const differences = (way: string, actual: ReadonlyArray<Ref>, expected: ReadonlyArray<Ref>): ReadonlyArray<string> => {
  const [found, wanted] = [actual, expected].map((refs) => JSON.stringify([...refs].sort(byCodeUnits)))
  return found === wanted ? [] : [`matches by ${way}: expected ${wanted}, was ${found}`]
}

const schemaAt = (given: unknown): FieldTypes => {
  const schema = objectAt(given, 'schema')
  for (const [field, type] of Object.entries(schema)) {
    if (!fieldTypes.includes(textAt(type, `schema.${field}`))) throw new ScenarioError(`schema.${field}: unknown type`)
  }
  return schema as FieldTypes
}

/** A record of a filter's scenario is its fields alone; those that every record has are taken from them. */
const recordFrom = (id: Ref, given: Json, schema: FieldTypes): RecordSnapshot => {
  const fields = fieldsAt(given, `records.${id}`)
  const declared = (name: string): Value | undefined =>
    Object.hasOwn(schema, name) ? fieldOf(fields, name) : undefined
  const instant = (name: string): number | undefined => instantFromIso(String(declared(name)))
  const attributes = {
    ref: id,
    owner: declared('owner'),
    state: declared('state') ?? '',
    status: declared('status'),
    createdAtMs: instant('created'),
    changedAtMs: instant('modified')
  }
  const present = Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined))
  // A choice may be a number, which no record's own state is; the filter must hold it all the same.
  return { type: recordType, fields, ...present } as RecordSnapshot
}

const recordType = 'record'

/** Without a tree it is made of the records: the node is the record, the edge its field `parent` (3.10/36). */
const treeFrom = (records: ReadonlyArray<RecordSnapshot>): { readonly [id: string]: string } =>
  Object.fromEntries(
    records.flatMap(({ ref, fields }) => {
      const parent = fieldOf(fields, 'parent')
      return typeof parent === 'string' ? [[ref, parent]] : []
    })
  )

const contextFrom = (given: Json, records: ReadonlyArray<RecordSnapshot>): FilterContext => {
  onlyKeys(given, contextKeys, 'context')
  const { now, tree, ...rest } = given
  const nowMs = instantFromIso(textAt(now, 'context.now'))
  if (nowMs === undefined) throw new ScenarioError('context.now: expected an instant')
  return {
    user: '',
    teams: [],
    businessUnit: 'root',
    timeZone: 'UTC',
    ...rest,
    tree: tree === undefined ? treeFrom(records) : (objectAt(tree, 'context.tree') as FilterContext['tree'] & Json),
    nowMs
  } as FilterContext
}
