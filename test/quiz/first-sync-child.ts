/**
 * The first cycle of a mailbox in a folder, records and links in one SQLite file, in a process that kills itself after
 * so many cards: SIGKILL runs no handler and flushes nothing.
 */
import { writeSync } from 'node:fs'
import ical from 'ical.js'
import { files } from '../../src/adapters/files/index.js'
import { sqlite } from '../../src/adapters/sqlite/index.js'
import { createEngine } from '../../src/engine/run/index.js'

const [root = '', path = '', cards = '0'] = process.argv.slice(2)
let written = 0
const store = sqlite({ path })
const mail = files({ root, ical })
const engine = createEngine({
  mailboxes: {
    ann: {
      address: 'ann@contoso.test',
      mail: {
        ...mail,
        can: { ...mail.can, writeBatchMax: 1 },
        write: async (effects) => {
          const answer = await mail.write(effects)
          written += 1
          if (written === Number(cards)) process.kill(process.pid, 'SIGKILL')
          return answer
        }
      }
    }
  },
  records: store.records,
  links: store.links,
  settings: { firstCycle: 'apply' },
  // The same name as the one that died: its lease is this one's to go on with.
  seed: 'quiz'
})
const { outcome } = await engine.sync('ann')
writeSync(1, outcome)
store.close()
