/** A quiet cycle on SQLite: as many link rows are read with a million links as with a thousand, namely none. */
import { line, median, note } from './measure.mjs'

const chunk = 5000
const cycles = 200

const tickMs = 15_000

/** A filter whose border moves with the clock, which is a little on with each cycle: no rolling audit falls due. */
const relative = {
  filters: { contact: [{ field: 'createdon', op: 'last-x-hours', value: 720 }] },
  clock: () => {
    let nowMs = Date.UTC(2026, 0, 1)
    const tick = () => {
      nowMs += tickMs
    }
    return { now: () => nowMs, tick }
  }
}

/** The default filters, which no time moves. */
const steady = { filters: undefined, clock: () => ({ now: Date.now, tick: () => undefined }) }

/** A mailbox that has had its first cycle, and then so many links as if they had always been there. */
const mailboxOf = async (liaison, count, { filters, clock }) => {
  const store = liaison.sqlite({ path: ':memory:' })
  const counts = { links: 0, members: 0 }
  const counting =
    (call) =>
    async (...args) => {
      const answer = await store.links[call](...args)
      if (answer._tag === 'Right') counts.links += answer.right.length
      return answer
    }
  const records = liaison.memoryRecords().port
  const { now, tick } = clock()
  const engine = liaison.createEngine({
    mailboxes: { ann: { address: 'ann@example.com', mail: liaison.memoryMail().port, ...(filters && { filters }) } },
    records: {
      ...records,
      members: (...args) => {
        counts.members += 1
        return records.members(...args)
      }
    },
    links: { ...store.links, linksOf: counting('linksOf'), walk: counting('walk'), formerOf: counting('formerOf') },
    clock: now
  })
  await engine.sync('ann')
  await seed(liaison, store, engine.settings, count)
  return { engine, counts, tick }
}

const seed = async (liaison, store, settings, count) => {
  const name = liaison.documents.mailbox('ann')
  const shape = liaison.shapeOf(settings.mappings.contact, settings, liaison.converters)
  const values = shape.rows.map((_, index) => `value ${index}`)
  const { right: leased } = await store.links.lease('default', name, 'seed', 600_000)
  for (let from = 0; from < count; from += chunk) {
    const links = Array.from({ length: Math.min(chunk, count - from) }, (_, at) => ({
      id: `l${from + at}`,
      mailbox: 'ann',
      item: `m${from + at}`,
      kind: 'contact',
      record: `r${from + at}`,
      type: 'contact',
      origin: 'both',
      versions: { mail: 'v1', record: 'v1' },
      shape: shape.digest,
      base: { mail: values, record: values },
      decided: { code: 'unchanged', facts: {}, cycle: '0', atMs: 0 }
    }))
    await store.links.transact({ lease: leased.lease, mailbox: 'ann', links })
  }
  const { right: state } = await store.links.state('default', name)
  const document = { ...state, committed: true, links: { contact: count } }
  await store.links.transact({ lease: leased.lease, mailbox: 'ann', state: [{ name, document }] })
  await store.links.release(leased.lease)
}

export const run = async (liaison) => {
  await compare(liaison, 'quiet cycle', steady)
  await compareRelative(liaison)
  note('the same on PostgreSQL: NOT MEASURED, there is no adapter yet')
}

const compareRelative = async (liaison) => {
  const title = 'quiet cycle, a filter of the last 720 hours, 15 s later each time'
  const [fault] = liaison.filterFaults(relative.filters.contact[0])
  if (fault === undefined) await compare(liaison, title, relative)
  else note(`${title}: NOT MEASURED, the filters of this build do not know last-x-hours yet`)
}

const compare = async (liaison, name, world) => {
  const small = await mailboxOf(liaison, 1000, world)
  const large = await mailboxOf(liaison, 1_000_000, world)
  const before = { small: { ...small.counts }, large: { ...large.counts } }
  const times = { small: [], large: [] }
  for (let round = 0; round < cycles; round += 1) {
    for (const [size, side] of Object.entries({ small, large })) {
      side.tick()
      const from = performance.now()
      const report = await side.engine.sync('ann')
      times[size].push(performance.now() - from)
      if (report.outcome !== 'completed') throw new Error(`a quiet cycle ended as ${report.outcome}`)
    }
  }
  const [smallMs, largeMs] = [median(times.small), median(times.large)]
  line(
    `${name}, 1,000,000 links against 1,000 (SQLite), median of ${cycles} interleaved`,
    `${largeMs.toFixed(3)} ms`,
    `${smallMs.toFixed(3)} ms`,
    largeMs / smallMs,
    'at most 1.2',
    largeMs / smallMs <= 1.2
  )
  const links = large.counts.links - before.large.links + small.counts.links - before.small.links
  line(`${name}: link rows read`, `${links}`, `${2 * cycles} cycles`, links / (2 * cycles), 'exactly 0', links === 0)
  const queries = (large.counts.members - before.large.members) / cycles
  line(`${name}: queries for members`, `${queries * cycles}`, `${cycles} cycles`, queries, 'at most 2', queries <= 2)
}
