/**
 * The contract of the ports: what every adapter promises, as checks that any test runner runs, or none.
 *
 * An author of an adapter writes a stage (a fresh store, and a hand on what lies behind it) and runs the list:
 * `checkAdapter(recordStoreChecks, makeStage)`, or one test per check with `check.run(makeStage)`.
 */
export type { Check, ContractReport, Make, Stage } from './check.js'
export { checkAdapter } from './check.js'
export type { Liar, Lie, Telling } from './liars.js'
export {
  duplicateRows,
  flakyVersions,
  lostAnswers,
  lyingMail,
  lyingRecords,
  noRepresentation,
  normalisingWrites,
  noVersions,
  staleReads
} from './liars.js'
export { linkStoreChecks } from './links.js'
export { mailStoreChecks } from './mail.js'
export { recordStoreChecks } from './records.js'
export type { LinkStage, MailStage, RecordStage, SideStage } from './stage.js'
