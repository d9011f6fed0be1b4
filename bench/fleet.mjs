/**
 * The fleet planner: visits a second with a million mailboxes beside a heap of objects, what it holds in memory, and
 * what the price makes of a budget over eight weeks beside the constant price that spends the same.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { line, median, note } from './measure.mjs'

const minute = 60_000
const day = 24 * 60 * minute
const startMs = Date.UTC(2026, 0, 5)
const target = 1_000_000
const memoryMax = 128

export const run = async (liaison) => {
  ticks(liaison, 1_000_000)
  few(liaison, 1000)
  for (const initial of [20, 4, 80]) price(liaison, initial)
}

/** A tick: a due mailbox is taken, admitted, finished and scheduled again. */
const ticks = (liaison, mailboxes) => {
  const sides = { planner: () => plannerOf(liaison, mailboxes), heap: () => heapOf(mailboxes) }
  const perSecond = {}
  const mebibytes = {}
  // Beside what was held at first: the side that was measured before is let go at some moment while the next one runs.
  const before = held()
  for (const [name, make] of Object.entries(sides)) {
    const tick = make()
    tick(Math.max(mailboxes, 200_000))
    perSecond[name] = median(Array.from({ length: 5 }, () => tick(1_000_000)))
    mebibytes[name] = held() - before
    // Held until it was measured.
    tick(1)
  }
  const shown = (value) => `${(value / 1e6).toFixed(2)} million/s`
  const count = mailboxes.toLocaleString('en')
  line(
    `${count} mailboxes: ticks of the planner on one core, beside a heap of objects without any limits`,
    shown(perSecond.planner),
    shown(perSecond.heap),
    perSecond.planner / perSecond.heap,
    `at least ${shown(target)}`,
    perSecond.planner >= target
  )
  line(
    'the same: memory',
    `${mebibytes.planner.toFixed(1)} MiB`,
    `${mebibytes.heap.toFixed(1)} MiB`,
    mebibytes.planner / mebibytes.heap,
    `at most ${memoryMax} MiB`,
    mebibytes.planner <= memoryMax
  )
}

/** So few are due at distant instants: what a tick costs is mostly the time between. They need two ticks a second. */
const few = (liaison, mailboxes) => {
  const [planner, heap] = [plannerOf(liaison, mailboxes), heapOf(mailboxes)].map((tick) => {
    tick(200_000)
    return median(Array.from({ length: 5 }, () => tick(200_000)))
  })
  note(`${mailboxes} mailboxes: ${Math.round(planner)} ticks a second of the planner, ${Math.round(heap)} of the heap`)
}

/** There however the process was started: what is measured here is meant without garbage. */
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')

/** MiB of the whole process. */
const held = () => {
  // What lies outside the heap is let go by the next collection.
  for (let time = 0; time < 3; time += 1) collect()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 1024 / 1024
}

/** Processor time and not the clock's: others on the machine shall not count. */
const secondsOf = (work) => {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

const plannerOf = (liaison, mailboxes) => {
  const random = randomOf(1)
  const limits = { perSecondMax: 1_000_000, inFlightMax: 1_000_000 }
  const fleet = liaison.createFleet(limits, startMs)
  fleet.tenant('tenant', { ...limits, visitsPerDay: 288 }, startMs)
  fleet.server('server', limits, startMs)
  for (let at = 0; at < mailboxes; at += 1)
    fleet.add({ tenant: 'tenant', server: 'server', dueAtMs: startMs + random() * 12 * minute }, startMs)
  let now = startMs
  return (times) => {
    let done = 0
    const seconds = secondsOf(() => {
      while (done < times) {
        const visits = []
        for (let visit = fleet.take(now); visit !== undefined; visit = fleet.take(now)) visits.push(visit)
        for (const { handle, lease } of visits)
          fleet.done(handle, lease, { dueAtMs: now + 2 * minute + random() * 10 * minute }, now)
        done += visits.length
        // As `serve` would: not more often than ten times a second.
        if (visits.length === 0) now = Math.max(now + 100, fleet.nextAtMs(now) ?? now)
      }
    })
    return done / seconds
  }
}

/** What one would write first: objects in a binary heap by due time, no tenants, rates, leases, prices. */
const heapOf = (mailboxes) => {
  const random = randomOf(1)
  const heap = []
  const rise = (from) => {
    const one = heap[from]
    let place = from
    while (place > 0) {
      const above = (place - 1) >> 1
      if (heap[above].dueAtMs <= one.dueAtMs) break
      heap[place] = heap[above]
      place = above
    }
    heap[place] = one
  }
  const sink = () => {
    const one = heap[0]
    let place = 0
    for (;;) {
      let below = 2 * place + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && heap[below + 1].dueAtMs < heap[below].dueAtMs) below += 1
      if (heap[below].dueAtMs >= one.dueAtMs) break
      heap[place] = heap[below]
      place = below
    }
    heap[place] = one
  }
  for (let at = 0; at < mailboxes; at += 1) {
    heap.push({ handle: at, tenant: 'tenant', server: 'server', dueAtMs: startMs + random() * 12 * minute, lease: 0 })
    rise(at)
  }
  return (times) => {
    const seconds = secondsOf(() => {
      for (let done = 0; done < times; done += 1) {
        const first = heap[0]
        first.lease += 1
        first.dueAtMs += 2 * minute + random() * 10 * minute
        sink()
      }
    })
    return times / seconds
  }
}

const weeks = 8
const visitsPerDay = 288
const endMs = startMs + weeks * 7 * day

const price = (liaison, initial) => {
  const mailboxes = fleetOfMailboxes(200)
  const online = spend(liaison, mailboxes, initial)
  const [low, high] = [0.01, 10_000]
  const constant = constantAs(liaison, mailboxes, online.visits, low, high)
  const budget = visitsPerDay * mailboxes.length * weeks * 7
  line(
    `${mailboxes.length} mailboxes, ${weeks} weeks, price from ${initial}: visits beside the budget`,
    `${online.visits}`,
    `${budget}`,
    online.visits / budget,
    'within 1 %',
    Math.abs(online.visits / budget - 1) <= 0.01
  )
  line(
    'the same: staleness beside that at the constant price that spends as much',
    `${online.staleness.toFixed(1)} s`,
    `${constant.staleness.toFixed(1)} s`,
    online.staleness / constant.staleness,
    'at most 1.01',
    online.staleness / constant.staleness <= 1.01
  )
  note(`price ${online.price.toFixed(2)} at the end, ${constant.price.toFixed(2)} where it is constant`)
}

/** Every mailbox by the planner, at its price. */
const spend = (liaison, mailboxes, initial) => {
  const fleet = liaison.createFleet({ price: { initial } }, startMs)
  fleet.tenant('tenant', { visitsPerDay }, startMs)
  const readers = mailboxes.map((mailbox) => {
    fleet.add({ tenant: 'tenant', server: 'server', dueAtMs: startMs }, startMs)
    return reader(liaison, mailbox)
  })
  for (let now = startMs; now < endMs; now = fleet.nextAtMs(now))
    for (let visit = fleet.take(now); visit !== undefined; visit = fleet.take(now))
      fleet.done(visit.handle, visit.lease, readers[visit.handle].visit(now, fleet.visitPrice(visit.handle)), now)
  return { ...sumOf(readers), price: fleet.visitPrice(0) }
}

/** The constant price at which as many visits are made. */
const constantAs = (liaison, mailboxes, visits, low, high) => {
  let [from, to] = [low, high]
  let found
  for (let step = 0; step < 18; step += 1) {
    const price = Math.sqrt(from * to)
    const readers = mailboxes.map((mailbox) => {
      const one = reader(liaison, mailbox)
      for (let now = startMs; now < endMs; now = Math.ceil(one.visit(now, price).dueAtMs));
      return one
    })
    found = { ...sumOf(readers), price }
    if (found.visits > visits) from = price
    else to = price
  }
  return found
}

const sumOf = (readers) => {
  const sums = { visits: 0, messages: 0, waitedMs: 0 }
  for (const one of readers) for (const key of Object.keys(sums)) sums[key] += one[key]
  return { visits: sums.visits, staleness: sums.waitedMs / sums.messages / 1000 }
}

/** Visits one mailbox and notes how long its messages have waited. */
const reader = (liaison, { id, arrivals }) => ({
  visits: 0,
  messages: 0,
  waitedMs: 0,
  pace: liaison.paceFor(id),
  visit(now, visitPrice) {
    const arrivalsAtMs = []
    for (; this.messages < arrivals.length && arrivals[this.messages] <= now; this.messages += 1) {
      arrivalsAtMs.push(arrivals[this.messages])
      this.waitedMs += now - arrivals[this.messages]
    }
    this.visits += 1
    const policy = { ...liaison.adaptive, visitPrice }
    this.pace = liaison.nextSync(policy, this.pace, { changes: arrivalsAtMs.length, arrivalsAtMs }, now).state
    return this.pace
  }
})

/** Mailboxes of an office: rates that differ a hundredfold, a day and a week, days that differ, bursts. */
const fleetOfMailboxes = (count) => {
  const random = randomOf(7)
  const exponential = () => -Math.log(1 - random())
  return Array.from({ length: count }, (_, at) => {
    const perDay = Math.min(400, 25 * Math.exp(1.1 * normal(random)))
    const zone = Math.round(normal(random) * 2)
    const arrivals = []
    let ofDay = 1
    for (let hour = 0; hour < weeks * 7 * 24; hour += 1) {
      if (hour % 24 === 0) ofDay = 0.5 + random()
      const perHour = (perDay / 24) * 0.65 * weekly(hour + zone) * ofDay
      for (let part = exponential() / perHour; part < 1; part += exponential() / perHour)
        arrivals.push(startMs + (hour + part) * 60 * minute)
    }
    // A message brings another one soon, or later the same day.
    for (let origin = 0; origin < arrivals.length; origin += 1)
      for (const [part, within] of [
        [0.18, 10 * minute],
        [0.17, 180 * minute]
      ])
        if (random() < part) arrivals.push(arrivals[origin] + within * exponential())
    return { id: `mailbox ${at}`, arrivals: Float64Array.from(arrivals).sort() }
  })
}

/** Relative rate of an hour of the week, which begins on a Monday. */
const weekly = (hour) => {
  const ofDay = ((hour % 24) + 24) % 24
  const isWork = ofDay >= 7 && ofDay < 17
  if (Math.floor(hour / 24) % 7 >= 5) return isWork ? 0.2 : 0.06
  return isWork ? 2.9 : ofDay >= 17 && ofDay < 22 ? 0.6 : 0.15
}

const normal = (random) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

const randomOf = (seed) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
