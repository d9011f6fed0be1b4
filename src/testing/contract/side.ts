/** What both sides' stores promise alike. */
import { answerChecks } from './answers.js'
import type { Check } from './check.js'
import type { SideFace } from './face.js'
import { feedChecks } from './feed.js'
import { hostileChecks } from './hostile.js'
import { readChecks } from './read.js'
import { writeChecks } from './write.js'

export const sideChecks: ReadonlyArray<Check<SideFace>> = [
  ...feedChecks,
  ...readChecks,
  ...writeChecks,
  ...answerChecks,
  ...hostileChecks
]
