/** Faults of what a directory or a host says of a mailbox, where a word of ours is expected. */
import { methodPowers } from './methods.js'
import { type ScheduleInput, scheduleFaults } from './policies.js'
import type { AutoTrack, MailboxFacts, Method } from './ports.js'
import type { SettingsFault } from './settings.js'

const methods = Object.keys(methodPowers) as ReadonlyArray<Method>

const autoTracks: ReadonlyArray<AutoTrack> = ['all', 'replies', 'known-senders', 'email-enabled', 'none']

type Told = {
  readonly [key in 'method' | 'autoTrack' | 'queue' | 'forward' | 'deleteProcessed' | 'schedule']?:
    | MailboxFacts[key]
    | undefined
}

/** `path` is where the mailbox stands, `under` the schedule of the engine. What is left out is right. */
export const mailboxFaults = (
  path: string,
  { method, autoTrack, queue, forward, deleteProcessed, schedule }: Told,
  under?: ScheduleInput
): ReadonlyArray<SettingsFault> => [
  ...oneOf(`${path}.method`, method, methods),
  ...oneOf(`${path}.autoTrack`, autoTrack, autoTracks),
  ...scheduleFaults(`${path}.schedule`, schedule, [under]),
  ...(deleteProcessed === true && queue !== true && forward !== true
    ? [{ path: `${path}.deleteProcessed`, expected: 'a queue or a forward mailbox' }]
    : [])
]

const oneOf = <A extends string>(
  path: string,
  value: A | undefined,
  words: ReadonlyArray<A>
): ReadonlyArray<SettingsFault> =>
  value === undefined || words.includes(value) ? [] : [{ path, expected: words.map((word) => `"${word}"`).join(' | ') }]
