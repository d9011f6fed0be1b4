/**
 * The form of a scenario: which keys may stand where. An unknown key, step or expectation is an error of that
 * scenario, never skipped.
 */
import type { Fields } from '../../model/index.js'

/** One scenario as its file holds it. @public */
export interface Scenario {
  readonly id: string
  readonly rule?: string
  readonly title?: string
  readonly kind?: 'world' | 'filter' | 'schedule'
  readonly [key: string]: unknown
}

/** A file of scenarios. @public */
export interface ScenarioFile {
  readonly topic: string
  readonly scenarios: ReadonlyArray<Scenario>
}

/** The scenario is not well formed: it says what, and where. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError'
}

/** The scenario needs what this library does not do yet: a counted failure with that reason. */
export class NotBuilt extends Error {
  override readonly name = 'NotBuilt'
}

export type Json = { readonly [key: string]: unknown }

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const objectAt = (value: unknown, path: string): Json => {
  if (!isJson(value)) throw new ScenarioError(`${path}: expected an object`)
  return value
}

export const textAt = (value: unknown, path: string): string => {
  if (typeof value !== 'string') throw new ScenarioError(`${path}: expected a text`)
  return value
}

export const listAt = (value: unknown, path: string): ReadonlyArray<unknown> => {
  if (!Array.isArray(value)) throw new ScenarioError(`${path}: expected a list`)
  return value
}

export const fieldsAt = (value: unknown, path: string): Fields =>
  value === undefined ? {} : (objectAt(value, path) as Fields)

/** Refuses keys that the format does not know. */
export const onlyKeys = (given: Json, keys: ReadonlyArray<string>, path: string): void => {
  const unknown = Object.keys(given).find((key) => !keys.includes(key))
  if (unknown !== undefined) throw new ScenarioError(`${path}: unknown key "${unknown}"`)
}

/** Keys of each step beside the one that names it. */
const stepKeys: { readonly [step: string]: ReadonlyArray<string> } = {
  sync: ['dryRun'],
  track: ['regarding', 'parent', 'by'],
  setRegarding: ['to', 'by'],
  setParent: ['to', 'by'],
  untrack: ['delete', 'by'],
  resolve: ['decision', 'by'],
  createMail: ['mailbox', 'kind', 'folder', 'categories', 'fields'],
  editMail: ['set', 'categories', 'folder'],
  deleteMail: [],
  copyMail: ['as'],
  createRecord: ['type', 'owner', 'state', 'status', 'created', 'fields'],
  editRecord: ['set', 'owner', 'state', 'status'],
  deleteRecord: [],
  approve: ['by'],
  advance: [],
  settings: ['refused'],
  mailbox: ['set', 'refused'],
  user: ['set', 'refused'],
  fault: [],
  expect: []
}

/** The step's name, after its keys have been checked. */
export const stepName = (step: Json, path: string): string => {
  const name = Object.keys(stepKeys).find((candidate) => Object.hasOwn(step, candidate) && isStepOf(step, candidate))
  if (name === undefined) throw new ScenarioError(`${path}: unknown step ${Object.keys(step).join(', ')}`)
  onlyKeys(step, [name, ...(stepKeys[name] ?? [])], path)
  return name
}

/** `createMail` has a key `mailbox` too: a step is named by the key whose other keys fit. */
const isStepOf = (step: Json, name: string): boolean =>
  Object.keys(step).every((key) => key === name || stepKeys[name]?.includes(key) === true)
