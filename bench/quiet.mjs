/** A quiet cycle on SQLite: as many link rows are read with a million links as with a thousand, namely none. */
import { line, median, note } from './measure.mjs'

const chunk = 5000

/** A mailbox that has had its first cycle, and then so many links as if they had always been there. */
const mailboxOf = async (liaison, count) => {
  const store = liaison.sqlite({ path: ':memory:' })
  let read = 0
  const counting =
    (call) =>
    async (...args) => {
      const answer = await store.links[call](...args)
      if (answer._tag === 'Right') read += answer.right.length
      return answer
    }
  const engine = liaison.createEngine({
    mailboxes: { ann: { address: 'ann@example.com', mail: liaison.memoryMail().port } },
    records: liaison.memoryRecords().port,
    links: { ...store.links, linksOf: counting('linksOf'), walk: counting('walk'), formerOf: counting('formerOf') }
  })
  await engine.sync('ann')
  await seed(liaison, store, engine.settings, count)
  return { engine, reads: () => read }
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
  const small = await mailboxOf(liaison, 1000)
  const large = await mailboxOf(liaison, 1_000_000)
  const before = [small.reads(), large.reads()]
  const times = { small: [], large: [] }
  for (let round = 0; round < 200; round += 1) {
    for (const [name, side] of [
      ['small', small],
      ['large', large]
    ]) {
      const from = performance.now()
      const report = await side.engine.sync('ann')
      times[name].push(performance.now() - from)
      if (report.outcome !== 'completed') throw new Error(`a quiet cycle ended as ${report.outcome}`)
    }
  }
  const [smallMs, largeMs] = [median(times.small), median(times.large)]
  const title = 'quiet cycle, 1,000,000 links against 1,000 (SQLite), median of 200 interleaved'
  line(
    title,
    `${largeMs.toFixed(3)} ms`,
    `${smallMs.toFixed(3)} ms`,
    largeMs / smallMs,
    'at most 1.2',
    largeMs / smallMs <= 1.2
  )
  note(
    `link rows read in 200 quiet cycles each: ${small.reads() - before[0]} and ${large.reads() - before[1]}, target 0`
  )
}
