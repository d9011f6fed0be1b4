/**
 * A quiet cycle on SQLite: as many link rows are read with a million links as with a thousand, namely none; and of a
 * million stored messages no record, and none of the messages in the mailbox.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { line, median, note } from './measure.mjs'
import { nowMs, openStored } from './stored.mjs'

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
const mailboxIn =
  ({ filters, clock }) =>
  async (liaison, count) => {
    const store = liaison.sqlite({ path: ':memory:' })
    const counts = { links: 0, members: 0, things: 0 }
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
    return { engine, counts, tick, close: store.close }
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

/** Messages that lie in the mailbox, each judged: the newest of those that are stored. */
const lyingThere = 1000

/** A mailbox whose stored messages are so many, each with its link. */
const messagesOf = (folder) => async (liaison, count) => {
  const stored = await openStored(liaison, folder, `quiet-${count}`, ['email', 'contact'])
  const { records, links } = stored.store
  const counts = { links: 0, members: 0, things: 0 }
  const counting = (port, call, name) => ({
    [call]: async (...args) => {
      const answer = await port[call](...args)
      if (answer._tag === 'Right') counts[name] += answer.right.length ?? 1
      return answer
    }
  })
  const clock = { at: nowMs }
  const mail = liaison.memoryMail({ clock: () => clock.at })
  const things = (port, ...calls) => Object.assign({}, ...calls.map((call) => counting(port, call, 'things')))
  const engine = liaison.createEngine({
    mailboxes: {
      ann: { address: 'ann@contoso.test', mail: { ...mail.port, ...things(mail.port, 'read', 'heads', 'find') } }
    },
    records: { ...records, ...things(records, 'read', 'lookup'), ...counting(records, 'members', 'members') },
    links: {
      ...links,
      ...Object.assign({}, ...['linksOf', 'walk', 'formerOf'].map((call) => counting(links, call, 'links')))
    },
    settings: { firstCycle: 'apply' },
    clock: () => clock.at
  })
  await engine.sync('ann')
  const shape = liaison.shapeOf(engine.settings.mappings.email, engine.settings, liaison.converters)
  stored.fillEmails(count)
  stored.fillLinks(count, shape.digest)
  const at = new Date(nowMs).toISOString()
  for (let n = 0; n < lyingThere; n += 1) {
    const fields = { messageId: `<${n}@x.test>`, from: 'bo@x.test', to: ['ann@contoso.test'], subject: `Hello ${n}` }
    mail.host.put({ ref: `m${n}`, kind: 'email', fields: { ...fields, sentAt: at, receivedAt: at } })
  }
  const name = liaison.documents.mailbox('ann')
  const { right: leased } = await links.lease('default', name, 'seed', 600_000)
  const { right: state } = await links.state('default', name)
  const document = { ...state, committed: true, links: { email: count } }
  await links.transact({ lease: leased.lease, mailbox: 'ann', state: [{ name, document }] })
  await links.release(leased.lease)
  // The cycle that sees the messages of the mailbox, each of which is linked.
  const report = await engine.sync('ann')
  if (report.outcome !== 'completed' || report.changes > 0) throw new Error(JSON.stringify(report))
  const tick = () => {
    clock.at += 1000
  }
  return { engine, counts, tick, close: stored.close }
}

const compareMessages = async (liaison) => {
  const folder = mkdtempSync(join(tmpdir(), 'liaison-quiet-'))
  try {
    await compare(liaison, 'quiet cycle of a mailbox of e-mail, each message stored', messagesOf(folder))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export const run = async (liaison) => {
  await compare(liaison, 'quiet cycle', mailboxIn(steady))
  await compareRelative(liaison)
  await compareMessages(liaison)
  note('the same on PostgreSQL: NOT MEASURED, there is no adapter yet')
}

const compareRelative = async (liaison) => {
  const title = 'quiet cycle, a filter of the last 720 hours, 15 s later each time'
  const [fault] = liaison.filterFaults(relative.filters.contact[0])
  if (fault === undefined) await compare(liaison, title, mailboxIn(relative))
  else note(`${title}: NOT MEASURED, the filters of this build do not know last-x-hours yet`)
}

const compare = async (liaison, name, mailboxOf) => {
  const small = await mailboxOf(liaison, 1000)
  const large = await mailboxOf(liaison, 1_000_000)
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
  const things = large.counts.things - before.large.things + small.counts.things - before.small.things
  line(
    `${name}: items and records read or looked up`,
    `${things}`,
    `${2 * cycles} cycles`,
    things / (2 * cycles),
    'exactly 0',
    things === 0
  )
  line(`${name}: queries for members`, `${queries * cycles}`, `${cycles} cycles`, queries, 'at most 2', queries <= 2)
  small.close()
  large.close()
}
