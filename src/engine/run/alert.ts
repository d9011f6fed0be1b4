/** Alerts go out once the state that remembers them is stored: where the process dies between the two, one is lost, and none is told twice. */
import { type Alert, type AlertLevels, type AlertState, alertsOf } from '../alerts.js'
import type { CycleReport } from '../report.js'
import type { Session } from './session.js'

/** What a cycle has to tell, after its last commit. */
export const raise = (session: Session, before: AlertState, after: AlertState, report: CycleReport): void => {
  for (const alert of alertsOf(before, after, report)) session.onAlert(alert)
}

/** A host's listener behind its levels. What it throws is its own affair, and is logged. */
export const listenerOf =
  (levels: AlertLevels, onAlert: ((alert: Alert) => void) | undefined, log: Session['log']): Session['onAlert'] =>
  (alert) => {
    if (onAlert === undefined || !levels[alert.level]) return
    try {
      onAlert(alert)
    } catch {
      log({ level: 'error', message: 'the listener for alerts threw', facts: { mailbox: alert.mailbox } })
    }
  }
