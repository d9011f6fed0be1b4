/**
 * The whole settings as plain JSON, the two presets, and how a host's settings are laid over them. What is refused,
 * and with which message, is in `settings-check.ts`.
 */
import type { ConflictPolicy, Mapping } from '../mapping/index.js'
import { presetMappings } from '../mapping/index.js'
import type { Direction, Kind, RecordType } from '../model/index.js'

/** `dynamics`: one ratio and one floor per side, the whole cycle is held. @public */
export interface CycleGuard {
  readonly maxDeleteRatio: number
  readonly minDeletes: number
}

/** `careful`: limits by class, only the class and what depends on it is held. @public */
export interface ClassGuard {
  readonly deletes: { readonly free: number; readonly ratio: number; readonly most: number; readonly perDay: number }
  readonly overwrites: { readonly sameValueRatio: number; readonly min: number }
  readonly creates: { readonly factor: number; readonly most: number }
  /** Pairs linked from which on a side that lists nothing deletes nothing. */
  readonly emptySide: number
  readonly firstCycleDeletes: boolean
}

/** A fault of settings: where, and what is expected there; never a value. @public */
export interface SettingsFault {
  readonly path: string
  readonly expected: string
}

/** A duplicate rule (6 of `tracking.md`). @public */
export interface DuplicateRule {
  readonly base: string
  readonly match: string
  readonly conditions: ReadonlyArray<{
    readonly field: string
    readonly matchField?: string
    readonly op: 'exact' | 'first' | 'last' | 'same-date'
    readonly n?: number
  }>
  readonly ignoreBlank?: boolean
  readonly excludeInactive?: boolean
  readonly caseSensitive?: boolean
  readonly published?: boolean
}

/** Every setting. Durations are ISO 8601. @public */
export interface Settings {
  readonly directions: { readonly [row: string]: Direction }
  readonly conflict: ConflictPolicy
  readonly securityWrite: 'reset' | 'keep'
  readonly addressMode: 'mailing-only' | 'all-three'
  readonly companyFromParent: boolean
  readonly leaveFilter: 'delete' | 'unlink'
  readonly contactDeleteFromMail: 'never' | 'owner'
  readonly taskDeleteFromMail: 'always' | 'unless-closed'
  readonly propagateCancellation: boolean
  readonly updatePastMeetings: boolean
  readonly appointmentAttachments: boolean
  readonly ignoreCopies: boolean
  readonly untrackDeletesForNonOwner: boolean
  readonly privateItems: 'skip' | 'full'
  readonly correlation: {
    readonly headers: boolean
    readonly token: boolean
    readonly tokenPrefixes: ReadonlyArray<string>
    readonly smartMatching: boolean
    readonly references: boolean
    /** The first user's number in a token is one more (K2); 0 where left out. */
    readonly tokenBase?: number
    /** Digits of a user's number, 3 where left out; a longer number is written in full. */
    readonly tokenUserDigits?: number
    /** Digits of the counter, 3 where left out: after 999 comes 000 (K3). */
    readonly tokenCounterDigits?: number
  }
  readonly internalAsTwo: boolean
  readonly autoTrackSent: boolean
  readonly createUnknownSender: 'none' | 'contact' | 'lead'
  readonly category: string | null
  readonly duplicates: { readonly enabled: boolean; readonly rules: ReadonlyArray<DuplicateRule> }
  readonly ambiguous: { readonly sender: 'first' | 'unresolved'; readonly recipients: 'all' | 'unresolved' }
  readonly maxContactsPerGesture: number
  readonly maxFolderRules: number
  readonly firstCycle: 'apply' | 'plan'
  readonly matchOnEntry: boolean
  readonly base: 'value' | 'digest'
  /** How long values of conflicts and writes are kept; 0: not at all. */
  readonly history: string | 0
  readonly freeze: { readonly writes: number; readonly within: string } | null
  readonly clockSkew: string
  readonly deleteAgainstEdit: 'delete' | 'keep-edit'
  readonly invitations: 'send' | 'hold' | 'none'
  readonly guard: CycleGuard | ClassGuard
  readonly retry: { readonly transientLimit: number; readonly transientDelay: string; readonly itemLimit: number }
  /** By record type: fields that hold e-mail addresses beside `emailaddress1` to `3` and those that mappings name `email…` (R5). */
  readonly addressFields?: { readonly [type: string]: ReadonlyArray<string> }
  /** By record type: which rows go between which kind of item and this type. */
  readonly mappings: { readonly [type: string]: Mapping }
}

/** Faithful to the product family. @public */
export const dynamics: Settings = {
  directions: {},
  conflict: 'record-wins',
  securityWrite: 'reset',
  addressMode: 'mailing-only',
  companyFromParent: false,
  leaveFilter: 'delete',
  contactDeleteFromMail: 'never',
  taskDeleteFromMail: 'always',
  propagateCancellation: false,
  updatePastMeetings: false,
  appointmentAttachments: false,
  ignoreCopies: true,
  untrackDeletesForNonOwner: false,
  privateItems: 'skip',
  correlation: { headers: true, token: true, tokenPrefixes: ['CRM:'], smartMatching: false, references: false },
  internalAsTwo: true,
  autoTrackSent: false,
  createUnknownSender: 'none',
  category: 'Tracked',
  duplicates: { enabled: false, rules: [] },
  ambiguous: { sender: 'first', recipients: 'all' },
  maxContactsPerGesture: 20,
  maxFolderRules: 25,
  firstCycle: 'apply',
  matchOnEntry: false,
  base: 'value',
  history: 0,
  freeze: null,
  clockSkew: 'PT2M',
  deleteAgainstEdit: 'delete',
  invitations: 'send',
  guard: { maxDeleteRatio: 0.25, minDeletes: 10 },
  retry: { transientLimit: 10, transientDelay: 'PT5M', itemLimit: 5 },
  mappings: presetMappings
}

/** The default: decides for the data (`careful.md`). @public */
export const careful: Settings = {
  ...dynamics,
  leaveFilter: 'unlink',
  deleteAgainstEdit: 'keep-edit',
  conflict: 'latest-else-ask',
  taskDeleteFromMail: 'unless-closed',
  invitations: 'hold',
  guard: {
    deletes: { free: 5, ratio: 0.1, most: 100, perDay: 100 },
    overwrites: { sameValueRatio: 0.2, min: 20 },
    creates: { factor: 2, most: 1000 },
    emptySide: 3,
    firstCycleDeletes: false
  },
  freeze: { writes: 3, within: 'P1D' },
  history: 'P30D',
  firstCycle: 'plan',
  matchOnEntry: true
}

/** Which kind of items goes with a record type. */
export const kindOf = ({ mappings }: Pick<Settings, 'mappings'>, type: RecordType): Kind => mappings[type]?.kind ?? type

/** The two presets by name. @public */
export const presets: { readonly dynamics: Settings; readonly careful: Settings } = { dynamics, careful }

/** Settings as a host gives them: any part, at any depth. @public */
export type SettingsInput = { readonly [K in keyof Settings]?: PartialDeep<Settings[K]> }

/** @public */
export type PartialDeep<T> =
  T extends ReadonlyArray<unknown> ? T : T extends object ? { readonly [K in keyof T]?: PartialDeep<T[K]> } : T

const isPlain = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Lays `over` over `under`, object by object; lists and everything else are replaced. Neither is changed. */
const laid = (under: unknown, over: unknown): unknown => {
  if (over === undefined) return under
  if (!isPlain(under) || !isPlain(over)) return over
  const result: { [key: string]: unknown } = Object.create(null)
  for (const key of Object.keys(under)) result[key] = under[key]
  for (const key of Object.keys(over)) result[key] = laid(under[key], over[key])
  return { ...result }
}

/**
 * A host's settings over a preset. A guard of the other form replaces the preset's, so that no guard is made of two
 * halves. The result is unchecked: `settingsFaults` says what is wrong with it.
 * @public
 */
export const layOver = (preset: Settings, input: unknown): unknown => {
  if (!isPlain(input)) return input === undefined ? preset : input
  const guard = input['guard']
  const replaced = isPlain(guard) && isOtherGuard(preset.guard, guard) ? { ...preset, guard } : preset
  const mappings = isPlain(input['mappings']) ? { ...preset.mappings, ...input['mappings'] } : preset.mappings
  // A digest cannot be turned back into a value: a preset's history then counts as 0.
  const history = input['base'] === 'digest' && input['history'] === undefined ? 0 : input['history']
  return { ...(laid(replaced, { ...input, history, mappings: undefined }) as object), mappings }
}

const isOtherGuard = (preset: CycleGuard | ClassGuard, given: { readonly [key: string]: unknown }): boolean =>
  'deletes' in preset
    ? 'minDeletes' in given || 'maxDeleteRatio' in given
    : 'deletes' in given || 'creates' in given || 'overwrites' in given

/** Directions that may be set, by record type and row, as far as the shipped mappings go. @public */
export type SettableDirection = Settings['directions']

/** Gives a settings object its type, so that an editor completes it; nothing is checked here. @public */
export const defineSettings = <const S extends SettingsInput>(settings: S): S => settings
