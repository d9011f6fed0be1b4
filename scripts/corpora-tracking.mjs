// Messages of a mailbox of files, tracked by the engine into records in memory: one reason code for each message.
import { memoryLinks, memoryRecords } from '../dist/adapters/memory.js'
import { files } from '../dist/adapters/files.js'
import { createEngine } from '../dist/index.js'

const known = new Set(['accept-all', 'already-tracked', 'invalid-item'])

/** Everything is taken: a message has a record, shares one, or is set aside. A second cycle has nothing to do. */
export const tracked = async (root) => {
  const records = memoryRecords()
  const engine = createEngine({
    mailboxes: { ann: { address: 'ann@contoso.test', autoTrack: 'all', mail: files({ root }) } },
    records: records.port,
    links: memoryLinks(),
    preset: 'dynamics'
  })
  const first = await engine.sync('ann')
  const second = await engine.sync('ann')
  for (const { outcome, stoppedBy } of [first, second])
    if (outcome !== 'completed') throw new Error(`tracking: ${outcome} ${JSON.stringify(stoppedBy)}`)
  const { looked, done, left, conflicted, held, failed } = first.counts
  if (looked !== done + left + conflicted + held + failed) throw new Error(`tracking: ${JSON.stringify(first.counts)}`)
  const { created, updated, deleted } = second.writes.record
  if (created + updated + deleted > 0) throw new Error('tracking: a second cycle writes records')
  const codes = first.decisions.map(({ code }) => code)
  for (const code of codes) if (!known.has(code)) throw new Error(`tracking: ${code}`)
  const stored = codes.filter((code) => code === 'accept-all').length
  if (stored !== records.host.all().length)
    throw new Error(`tracking: ${records.host.all().length} records for ${stored} messages`)
  return codes
}
