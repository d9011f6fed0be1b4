/** First sync of 100,000 records into an empty mailbox: how much the memory of the engine grows beside the stores. */
import { line, note } from './measure.mjs'

const count = 100_000
const targetMiB = 64
/** As many as an appointment may carry of the largest that is carried: 30 MiB in all. */
const attachments = 6
const attachmentBytes = 5 * 1024 * 1024
const chunkBytes = 64 * 1024

/** A mailbox and a record store that make their answers up, so that their own memory is not measured. */
const stores = (liaison, afterContent) => {
  const mail = liaison.memoryMail()
  const records = liaison.memoryRecords()
  const row = (n) => ({ ref: `r${String(n).padStart(6, '0')}`, version: 'v1' })
  let streamedBytes = 0
  /** An appointment with 30 MiB beside it, which are never in a snapshot. */
  const large = {
    ref: 'large',
    version: 'v1',
    type: 'appointment',
    owner: 'ann',
    state: 'scheduled',
    fields: {
      subject: 'Large',
      organizer: 'ann@example.com',
      scheduledstart: '2026-03-01T09:00:00Z',
      scheduledend: '2026-03-01T10:00:00Z'
    },
    contents: Array.from({ length: attachments }, (_, n) => ({
      part: `part${n}`,
      name: `plan${n}.pdf`,
      type: 'application/pdf',
      bytes: attachmentBytes
    }))
  }
  const snapshot = (ref) => ({
    ref,
    version: 'v1',
    type: 'contact',
    owner: 'ann',
    state: 'active',
    fields: { lastname: `Name ${ref}`, emailaddress1: `${ref}@example.com`, jobtitle: 'Title' }
  })
  const page = (from, max) => ({
    rows: Array.from({ length: Math.min(max, count - from) }, (_, at) => row(from + at)),
    cursor: String(Math.min(count, from + max)),
    more: from + max < count
  })
  const nothing = { rows: [], cursor: '0', more: false }
  const onlyLarge = { ...nothing, rows: [{ ref: large.ref, version: large.version }] }
  return {
    streamed: () => streamedBytes,
    mail: {
      ...mail.port,
      read: async (refs) => ({ _tag: 'Right', right: refs.map((ref) => ({ _tag: 'Absent', ref })) }),
      find: async (keys) => ({ _tag: 'Right', right: keys.map(() => ({ refs: [] })) }),
      write: async (effects) => {
        for (const { contents = [] } of effects) for (const put of contents) await drained(put, afterContent)
        return {
          _tag: 'Right',
          right: effects.map((effect) => ({ _tag: 'Done', key: effect.key, ref: effect.id, version: 'v1' }))
        }
      },
      can: { ...mail.port.can, readYourWrites: false, representationOnWrite: false, takesContents: true }
    },
    records: {
      ...records.port,
      changes: async (type, cursor, max) => ({
        _tag: 'Right',
        right: type === 'contact' ? page(Number(cursor ?? 0), max) : nothing
      }),
      members: async ({ type }, _as, { after, max }) => ({
        _tag: 'Right',
        right: type === 'contact' ? page(Number(after ?? 0), max) : type === 'appointment' ? onlyLarge : nothing
      }),
      content: async function* () {
        for (let sent = 0; sent < attachmentBytes; sent += chunkBytes) {
          streamedBytes += chunkBytes
          yield new Uint8Array(chunkBytes)
        }
      },
      read: async (_type, refs) => ({
        _tag: 'Right',
        right: refs.map((ref) => ({ _tag: 'Known', snapshot: ref === large.ref ? large : snapshot(ref) }))
      })
    }
  }
}

/** A store that takes contents reads them as it writes; this one forgets them. */
const drained = async (put, afterContent) => {
  if (put._tag !== 'Add') return
  for await (const chunk of put.read()) if (chunk.length === 0) throw new Error('an empty chunk')
  afterContent()
}

/** The heap, and what streams hold beside it. */
const used = () => {
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

export const run = async (liaison) => {
  let before = 0
  let peak = 0
  const watch = () => {
    // What is alive is measured, not what waits to be collected.
    globalThis.gc?.()
    peak = Math.max(peak, used() - before)
  }
  const { mail, records, streamed } = stores(liaison, watch)
  const store = liaison.sqlite({ path: ':memory:' })
  const filters = { appointment: [{ field: 'owner', op: 'eq-userid' }] }
  const settings = {
    firstCycle: 'apply',
    guard: { creates: { most: count } },
    matchOnEntry: false,
    appointmentAttachments: true
  }
  const engine = liaison.createEngine({
    mailboxes: { ann: { address: 'ann@example.com', mail, filters } },
    records,
    links: store.links,
    settings
  })
  globalThis.gc?.()
  before = used()
  const from = performance.now()
  let steps = 0
  const onProgress = () => {
    steps += 1
    // Now and then, because collecting takes its time.
    if (steps % 25 === 0) watch()
  }
  const report = await engine.sync('ann', { onProgress })
  if (report.writes.mail.created !== count + 1)
    throw new Error(`expected ${count + 1} items, made ${report.writes.mail.created}`)
  const grown = peak / 1024 / 1024
  line(
    `first sync of ${count} records: growth of the heap`,
    `${grown.toFixed(0)} MiB`,
    `${targetMiB} MiB`,
    grown / targetMiB,
    'at most 1',
    grown <= targetMiB
  )
  note(
    `in ${((performance.now() - from) / 1000).toFixed(1)} s; the stores answer made-up rows, the links are in SQLite`
  )
  if (streamed() === 0) note('a thing with contents of 30 MiB: NOT MEASURED, no cycle of this build streams contents')
  else note(`among them one with contents, of which ${streamed() / 1024 / 1024} MiB were streamed from store to store`)
}
