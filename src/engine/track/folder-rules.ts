/**
 * Tracked folders (3.4 of `tracking.md`): what a mailbox may name (F2), and which rule a message's folder falls under.
 * What follows for the message is not decided here.
 */
import type { FolderRule } from '../ports.js'
import type { SettingsFault } from '../settings.js'

/** The inbox itself cannot be tracked: it is no folder below the inbox. */
const below = 'inbox/'

/**
 * Faults of a mailbox's folder rules; none where they may be used. `path` is where they stand, `max` the setting
 * `maxFolderRules`. Of a list that is too long only the first rule too many is told.
 */
export const folderRuleFaults = (path: string, rules: unknown, max: number): ReadonlyArray<SettingsFault> => {
  if (!Array.isArray(rules)) return [{ path, expected: `a list of no more than ${max} folder rules` }]
  if (rules.length > max) return [{ path: `${path}[${max}]`, expected: `no more than ${max} folder rules` }]
  // Not `flatMap`, which passes over the holes of a list.
  return Array.from(rules, (rule: unknown, index) => ruleFaults(`${path}[${index}]`, rule)).flat()
}

const ruleFaults = (path: string, rule: unknown): ReadonlyArray<SettingsFault> => {
  if (typeof rule !== 'object' || rule === null || Array.isArray(rule))
    return [{ path, expected: 'an object of `folder` and, where wanted, `regarding`' }]
  const given = new Map<string, unknown>(Object.entries(rule))
  const faults = [...given.keys()]
    .filter((key) => key !== 'folder' && key !== 'regarding')
    .map((key): SettingsFault => ({ path: `${path}.${key}`, expected: 'no such key' }))
  if (!isBelowInbox(given.get('folder')))
    faults.push({ path: `${path}.folder`, expected: `a folder below the inbox: "${below}" and its name` })
  const regarding = given.get('regarding')
  if (regarding !== undefined && (typeof regarding !== 'string' || regarding === ''))
    faults.push({ path: `${path}.regarding`, expected: 'the ref of a record' })
  return faults
}

const isBelowInbox = (folder: unknown): boolean =>
  typeof folder === 'string' && folder.startsWith(below) && folder.length > below.length

/** The rule of a folder, the first where there are several; subfolders inherit none (F2). */
export const ruleOf = (folder: string | undefined, rules: ReadonlyArray<FolderRule>): FolderRule | undefined =>
  rules.find((rule) => rule.folder === folder)
