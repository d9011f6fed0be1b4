/**
 * The same engine for friends of fp-ts: each call a `TaskEither`. The entry `liaison/fp`.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { tryCatch } from 'fp-ts/lib/TaskEither.js'
import type { Engine, SyncOptions } from './engine/run/index.js'
import type { CycleReport } from './engine/report.js'

/** What an engine throws: misuse, or a defect. A failed cycle is a report, on the right. @public */
const errorOf = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error('not an Error was thrown'))

/** @public */
export const syncTask =
  (engine: Engine) =>
  (mailbox: string, options?: SyncOptions): TaskEither<Error, CycleReport> =>
    tryCatch(() => engine.sync(mailbox, options), errorOf)

/** @public */
export const planTask =
  (engine: Engine) =>
  (mailbox: string, options?: SyncOptions): TaskEither<Error, CycleReport> =>
    tryCatch(() => engine.plan(mailbox, options), errorOf)
