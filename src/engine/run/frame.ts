/** What every run of the steps has in common, a cycle's as an undo's: it is opened, recovered, brought to the shapes of today, closed. */
import type { Steps } from '../cycle.js'
import { openOrReport } from './open.js'
import type { Opened } from './opened.js'
import { rebaseLinks } from './rebase.js'
import { recoverIntents } from './recover.js'
import type { Session } from './session.js'

type Frame = Pick<Steps<Opened, unknown, unknown, unknown, unknown>, 'open' | 'recover' | 'rebase' | 'close'>

/** `current`: from the first step on the session of the mailbox as it may be used. */
export const frameOf = (
  given: Session,
  dryRun: boolean
): { readonly frame: Frame; readonly current: () => Session } => {
  let session = given
  const frame: Frame = {
    open: async () => {
      const start = await openOrReport(given, dryRun)
      if (start._tag === 'Open') session = start.session
      return start
    },
    recover: async (opened) => {
      if (opened.lease !== undefined) await recoverIntents(session, opened.lease, opened)
    },
    rebase: async (opened) => {
      if (opened.lease !== undefined) await rebaseLinks(session, opened.lease, opened)
    },
    close: async (opened) => {
      if (opened.lease === undefined) return
      session.atWork.mailboxes.delete(session.mailbox)
      await session.links.release(opened.lease)
    }
  }
  return { frame, current: () => session }
}
