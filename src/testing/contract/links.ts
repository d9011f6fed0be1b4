/** What a link store promises. */
import type { Check } from './check.js'
import { claimChecks } from './claims.js'
import { commitChecks } from './commits.js'
import { forgetChecks } from './forget.js'
import { writeChecks } from './history.js'
import { leaseChecks } from './leases.js'
import { pairChecks } from './pairs.js'
import { rowChecks } from './rows.js'
import type { LinkStage } from './stage.js'

/** Every promise of a link store. @public */
export const linkStoreChecks: ReadonlyArray<Check<LinkStage>> = [
  ...leaseChecks,
  ...claimChecks,
  ...pairChecks,
  ...rowChecks,
  ...commitChecks,
  ...writeChecks,
  ...forgetChecks
]
