/**
 * A fleet of mailboxes in a world where everything goes wrong: servers that throttle for hours, outages, clocks that
 * jump, restarts, cycles that hang, pushes, mailboxes that are disabled and enabled, tenants that come and go.
 * At every event what must hold is held against a book of its own, which knows nothing of how the planner works.
 *
 * There are two clocks: that of the world, by which messages come and cycles end, and the host's, which jumps. The book
 * counts on a third one, the host's without its way back: so does the planner.
 */
import { adaptive, createFleet, nextSync, paceFor, restoreFleet, stepped } from 'liaison/schedule'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
const month = 30 * day
const startMs = Date.UTC(2026, 0, 5)
const leaseMs = 10 * minute
const shareMs = 20 * second
/** What is due waits no longer than this where no clock has jumped, no server throttles and nobody has restarted. */
const queueMsMax = 40 * minute
const violationsMax = 20

/** What is under test; a test hands in parts with a fault, to see it found. */
export const shipped = { createFleet, restoreFleet, nextSync }

/** `onMonth` is told of every thirtieth day: a fleet of thousands takes an hour for its year. */
export const soak = ({ seed, mailboxes, days, onMonth = () => undefined }, parts = shipped) =>
  new World(seed, mailboxes, days, parts).run(onMonth)

class World {
  constructor(seed, mailboxes, days, parts) {
    this.parts = parts
    this.lot = lots(seed)
    this.endMs = days * day
    this.t = 0 // of the world, since the beginning
    this.c = 0 // of the book
    this.offMs = 0 // of the host's clock, beside the world's
    this.hostMs = startMs
    this.ends = heap()
    this.events = heap()
    this.leases = [] // visits in the order in which their leases end
    this.leasesFrom = 0
    this.slots = []
    this.slotOf = new Map() // by handle
    this.report = { visits: 0, shared: 0, refused: 0, forcedUnlocks: 0, storms: 0, outages: 0, jumps: 0, restarts: 0 }
    this.report = { ...this.report, pushes: 0, disabled: 0, departures: 0, longestWaitMs: 0, digest: 0 }
    this.violations = []
    this.violated = 0
    this.disturbedC = 0
    this.inFlight = 0
    this.isDying = false
    this.hangs = mailboxes < 1000 ? 2000 : 50_000
    this.build(mailboxes)
  }

  get now() {
    return startMs + this.t + this.offMs
  }

  build(mailboxes) {
    const { lot } = this
    const perSecond = (count) => Math.max(1, (3 * count) / 300)
    const tenants = Math.max(2, Math.min(40, Math.round(mailboxes / 100)))
    const servers = Math.max(2, Math.min(12, Math.round(mailboxes / 400)))
    this.options = { ...limitsOf(4 * perSecond(mailboxes)), leaseMs, shareMs }
    this.fleet = this.parts.createFleet(this.options, this.now)
    this.whole = bucket(this.options)
    this.tenants = Array.from({ length: tenants }, (_, at) => {
      const budget = lot.below(4) === 0 ? {} : { visitsPerDay: 130 + lot.below(51) }
      const limits = { ...limitsOf(2 * perSecond(mailboxes / tenants)), ...budget, share: 1 + lot.below(3) }
      return { name: `tenant ${at}`, limits, bucket: bucket(limits), inFlight: 0, isGone: false, slots: [] }
    })
    this.servers = Array.from({ length: servers }, (_, at) => {
      const limits = limitsOf(2 * perSecond(mailboxes / servers))
      const quiet = { stormUntil: -1, outageUntil: -1, throttledC: -queueMsMax }
      return { name: `server ${at}`, limits, bucket: bucket(limits), inFlight: 0, ...quiet }
    })
    for (const { name, limits } of this.tenants) this.fleet.tenant(name, limits, this.now)
    for (const { name, limits } of this.servers) this.fleet.server(name, limits, this.now)
    for (let id = 0; id < mailboxes; id += 1) this.newMailbox(id)
    for (const tenant of this.tenants) this.join(tenant)
    this.plan(mailboxes)
  }

  newMailbox(id) {
    const { lot } = this
    const tenant = this.tenants[id % this.tenants.length]
    const server = this.servers[lot.below(this.servers.length)]
    const mailbox = { id, visit: undefined, late: [], slots: [] }
    const perDay = Math.min(400, 25 * Math.exp(1.1 * lot.normal()))
    // One in ten has its appointments, contacts and tasks apart.
    for (let work = 0; work < (id % 10 === 3 ? 2 : 1); work += 1) {
      const slot = {
        ...{ id: `mailbox ${id}/${work}`, mailbox, tenant, server, handle: -1, perMs: perDay / day / (work + 1) },
        ...{ zone: lot.below(24), policy: lot.below(6) === 0 ? stepped : adaptive, told: lot.below(3) },
        ...{
          state: undefined,
          isParked: false,
          dueC: 0,
          notBeforeC: 0,
          doneC: -1,
          leastMs: 0,
          hintC: Infinity,
          seenT: 0
        }
      }
      this.slots.push(slot)
      mailbox.slots.push(slot)
      tenant.slots.push(slot)
    }
  }

  /** All that will happen, whatever the fleet does. */
  plan(mailboxes) {
    const { lot } = this
    const often = (everyMs, what) => {
      const next = () =>
        this.events.push(this.t + 1 + Math.floor(lot.wait(everyMs)), () => {
          what()
          next()
        })
      next()
    }
    const any = (list) => list[lot.below(list.length)]
    const storms = (10 * day) / this.servers.length
    often(storms, () => this.storm(any(this.servers)))
    often(storms, () => this.outage(any(this.servers)))
    // In a small fleet little happens by itself.
    const rare = mailboxes < 1000 ? day : 5 * day
    often(rare, () => this.jump())
    often(rare, () => {
      this.isDying = true
    })
    often(day / 2 / mailboxes, () => this.ask(any(this.slots)))
    often((60 * day) / mailboxes, () => this.park(any(this.slots)))
    often((90 * day) / this.tenants.length, () => this.leave(any(this.tenants)))
    often(hour, () => this.count())
  }

  run(onMonth) {
    let idle = 0
    let toldAt = month
    while (this.t < this.endMs && this.violated < violationsMax) {
      const t = Math.min(this.endMs, this.slots.length < 3000 ? this.nextT() : this.t + 1 + this.lot.below(second))
      idle = t === this.t ? idle + 1 : 0
      if (idle > 100_000) this.break('the fleet says that somebody may go, and nobody does')
      this.t = t
      this.tick()
      if (t >= toldAt) {
        onMonth({ day: Math.floor(t / day), visits: this.report.visits, violated: this.violated })
        toldAt += month
      }
      while (this.events.at() <= t) this.events.pop()()
      while (this.ends.at() <= t) this.ends.pop()()
      for (let visit = this.fleet.take(this.now); visit !== undefined; visit = this.fleet.take(this.now))
        this.begin(visit)
    }
    this.count()
    return { ...this.report, violated: this.violated, violations: this.violations }
  }

  /** When something happens next. A large fleet is asked every now and then instead: there always is somebody. */
  nextT() {
    const wakeMs = this.fleet.nextAtMs(this.now) ?? Infinity
    return Math.min(this.ends.at(), this.events.at(), Math.max(this.t, wakeMs - startMs - this.offMs))
  }

  /** The book's clock goes on, and leases end. */
  tick() {
    this.c += Math.max(0, this.now - this.hostMs)
    this.hostMs = this.now
    for (; this.leasesFrom < this.leases.length; this.leasesFrom += 1) {
      const { visit, untilC } = this.leases[this.leasesFrom]
      if (untilC > this.c) break
      if (visit.isOver || visit.untilC !== untilC) continue
      this.report.forcedUnlocks += visit.slots.length
      this.end(visit)
    }
    if (this.leasesFrom < 4096) return
    this.leases.splice(0, this.leasesFrom)
    this.leasesFrom = 0
  }

  begin({ handle, companions, lease, untilMs }) {
    const { lot, c } = this
    const slots = [handle, ...companions].map((each) => this.slotOf.get(each))
    if (slots.includes(undefined)) return this.break('a visit of nobody')
    const [{ mailbox, tenant, server }] = slots
    this.report.visits += 1
    this.report.shared += companions.length
    this.report.digest = (Math.imul(this.report.digest, 31) + handle + this.t) | 0
    if (mailbox.visit !== undefined) this.break('two visits in flight', slots[0])
    if (untilMs !== this.now + leaseMs) this.break('a lease of another term', slots[0])
    for (const slot of slots) this.checkStart(slot, slot === slots[0])
    for (const [party, what] of [
      [this, 'fleet'],
      [tenant, 'tenant'],
      [server, 'server']
    ]) {
      party.inFlight += 1
      const limits = party.limits ?? this.options
      if (!(party.bucket ?? this.whole).take(c)) this.break(`the rate of its ${what} is exceeded`, slots[0])
      if (party.inFlight > limits.inFlightMax) this.break(`more in flight than its ${what} may have`, slots[0])
    }
    const visit = { slots, lease, untilC: c + leaseMs, isOver: false, isLost: false, mailbox, tenant, server }
    mailbox.visit = visit
    for (const { handle: old, lease: held } of mailbox.late.splice(0)) this.tooLate(old, held)
    this.leases.push({ visit, untilC: visit.untilC })
    const luck = lot.below(this.hangs)
    if (luck === 0) this.ends.push(this.t + leaseMs + lot.below(20 * minute), () => this.finish(visit))
    else if (luck < 4) this.keep(visit, this.t + lot.below(25 * minute))
    else this.ends.push(this.t + 300 + lot.below(1700), () => this.finish(visit))
    if (luck % (this.t < server.stormUntil ? 10 : 1000) === 7) for (const slot of mailbox.slots) this.ask(slot)
    if (this.isDying) this.restart()
  }

  /** A long cycle, which renews its lease while it runs. */
  keep(visit, untilT) {
    if (this.t + 4 * minute >= untilT) return this.ends.push(untilT, () => this.finish(visit))
    this.ends.push(this.t + 4 * minute, () => {
      if (visit.isLost) return
      const [{ handle }] = visit.slots.length > 0 ? visit.slots : [{ handle: -1 }]
      const isKept = this.fleet.renew(handle, visit.lease, this.now)
      if (isKept === visit.isOver) this.break('a lease is renewed that is over, or the other way round')
      if (!isKept) {
        this.report.refused += 1
        return
      }
      visit.untilC = this.c + leaseMs
      this.leases.push({ visit, untilC: visit.untilC })
      this.keep(visit, untilT)
    })
  }

  checkStart(slot, isFirst) {
    const { c } = this
    if (slot.handle < 0) this.break('a removed one is visited', slot)
    if (slot.isParked) this.break('a disabled one is visited', slot)
    if (c < slot.notBeforeC) this.break(`visited ${slot.notBeforeC - c} ms before the end of a silence`, slot)
    if (c < slot.dueC - (isFirst ? 0 : shareMs)) this.break(`visited ${slot.dueC - c} ms before it was due`, slot)
    if (isFirst && slot.hintC === Infinity && slot.doneC >= 0 && c - slot.doneC < slot.leastMs)
      this.break(`visited ${c - slot.doneC} ms after the last visit`, slot)
    this.checkWait(slot)
  }

  checkWait(slot) {
    const wait = this.c - Math.max(slot.dueC, this.disturbedC, slot.server.throttledC)
    this.report.longestWaitMs = Math.max(this.report.longestWaitMs, wait)
    if (wait > queueMsMax) this.break(`due for ${Math.round(wait / minute)} minutes`, slot)
  }

  finish(visit) {
    if (visit.isLost) return
    if (visit.isOver) {
      // It has hung, or its tenant has gone: whatever it has to say comes too late, and again while another is at work.
      for (const { handle } of visit.all) {
        this.tooLate(handle, visit.lease)
        visit.mailbox.late.push({ handle, lease: visit.lease })
      }
      return
    }
    for (const slot of [...visit.slots]) this.finishOne(slot, visit)
    this.end(visit)
  }

  tooLate(handle, lease) {
    this.report.refused += 1
    if (this.fleet.done(handle, lease, {}, this.now)) this.break('an old lease is accepted')
  }

  finishOne(slot, visit) {
    const { now, c } = this
    const seen = this.observe(slot)
    const policy = slot.policy === adaptive ? this.priced(slot.handle) : slot.policy
    const next = this.parts.nextSync(policy, slot.state, seen, now)
    this.checkNext(slot, policy, seen, next)
    slot.state = next.state
    if (!this.fleet.done(slot.handle, visit.lease, next.state, now)) this.break('a lease is refused that is held', slot)
    if (seen.error === 'throttled') {
      this.fleet.throttled(slot.server.name, now)
      slot.server.throttledC = c
    }
    if (next.disabled) this.disable(slot)
    const toldMs = Math.min(seen.retryAfterMs ?? 0, policy.retryAfterMsMax)
    slot.notBeforeC = toldMs > 0 ? c + toldMs : slot.notBeforeC
    slot.dueC = Math.max(slot.notBeforeC, Math.min(slot.hintC, c + (next.disabled ? 0 : next.delayMs)))
    slot.leastMs = slot.hintC === Infinity ? leastOf(policy, seen) : 0
    slot.hintC = Infinity
    slot.doneC = c
  }

  observe(slot) {
    const { lot, t } = this
    const { server } = slot
    const luck = lot.below(1_000_000)
    if (t < server.stormUntil) return { changes: 0, error: 'throttled', ...this.wait(server.stormUntil - t) }
    if (t < server.outageUntil) return { changes: 0, error: 'transient', ...(luck < 100_000 ? this.wait(hour) : {}) }
    if (luck < 2000) return { changes: 0, error: 'transient' }
    if (luck < 2020) return { changes: 0, error: 'permanent' }
    const gapMs = t - slot.seenT
    const hourOfWeek = Math.floor((startMs + t) / hour + 96 + slot.zone) % 168
    const count = lot.poisson(Math.min(300, slot.perMs * gapMs * week[hourOfWeek])) * (luck > 999_900 ? 50 : 1)
    slot.seenT = t
    if (count === 0) return nothing
    if (slot.told === 0) return { changes: count }
    if (slot.told === 1) return { changes: 1, uncounted: true }
    const arrivalsAtMs = Array.from({ length: Math.min(count, 60) }, () => startMs + t - lot.below(gapMs + 1))
    return { changes: count, arrivalsAtMs, ...(luck > 990_000 ? { truncated: true } : {}) }
  }

  /** Often a server says for how long, and now and then for longer than anybody would wait. */
  wait(leftMs) {
    const luck = this.lot.below(20)
    if (luck < 8) return {}
    if (luck === 19 && this.lot.below(20) === 0) return { retryAfterMs: 30 * hour }
    return { retryAfterMs: luck < 14 ? leftMs : 1 + this.lot.below(hour) }
  }

  priced(handle) {
    const price = this.fleet.visitPrice(handle)
    // Its floor is the square of a root, and may be off by the last digit.
    if (!(price > 0.0099999999 && price <= 100_000)) this.break(`a price of ${price}`)
    own.visitPrice = price
    return own
  }

  checkNext(slot, policy, { changes, error, retryAfterMs = 0 }, next) {
    const { state } = next
    if (!Number.isFinite(numbersOf(state))) this.break('a state that is not finite', slot)
    if (this.lot.below(4096) === 0) this.checkSize(slot, state)
    if (error === undefined && state.failures !== 0) this.break('failures after a success', slot)
    if (
      next.disabled !==
      (error === 'permanent' || (error === 'transient' && slot.state.failures + 1 >= policy.failureLimit))
    )
      this.break('disabled without reason, or not disabled', slot)
    if (next.disabled) return
    const told = Math.min(retryAfterMs, policy.retryAfterMsMax)
    const most = error === 'transient' ? (policy.failureDelayMsMax ?? policy.failureDelayMs) : mostOf(policy, changes)
    if (!(next.delayMs >= Math.max(told, leastOf(policy, { error })) && next.delayMs <= Math.max(told, most)))
      this.break(`a delay of ${next.delayMs} ms`, slot)
  }

  checkSize(slot, state) {
    const text = JSON.stringify(state)
    const count = text.match(/:-?\d/g)?.length ?? 0
    if (text.length > 600 || count > 16) this.break(`a state of ${count} numbers in ${text.length} characters`, slot)
  }

  /** The visit holds nothing any more. */
  end(visit) {
    visit.isOver = true
    visit.all = visit.slots
    visit.slots = []
    visit.mailbox.visit = undefined
    for (const party of [this, visit.tenant, visit.server]) party.inFlight -= 1
  }

  disable(slot) {
    slot.isParked = true
    this.report.disabled += 1
    this.events.push(this.t + hour + this.lot.below(2 * day), () => this.enable(slot))
  }

  enable(slot) {
    if (slot.handle < 0 || !slot.isParked) return
    if (slot.mailbox.visit?.slots.includes(slot)) return this.events.push(this.t + leaseMs, () => this.enable(slot))
    const { disabled: _was, ...state } = slot.state
    slot.state = { ...state, emptyCycles: 0, failures: 0 }
    slot.isParked = false
    slot.dueC = Math.max(this.c, slot.notBeforeC)
    slot.doneC = -1
    this.fleet.enable(slot.handle, {}, this.now)
  }

  /** A person disables it, whatever it does just now. */
  park(slot) {
    if (slot.handle < 0 || slot.isParked) return
    this.fleet.park(slot.handle, this.now)
    this.disable(slot)
  }

  /** A push, or a person. Some hosts ask the policy first, others tell the fleet at once. */
  ask(slot) {
    if (slot.handle < 0 || slot.isParked) return
    this.report.pushes += 1
    const request = this.lot.below(10) === 0 ? 'gesture' : 'push'
    const isFlying = slot.mailbox.visit?.slots.includes(slot) === true
    const next = this.parts.nextSync(slot.policy, slot.state, { request }, this.now)
    if (!(next.delayMs >= 0)) this.break(`a request that answers ${next.delayMs}`, slot)
    const isAsked = this.lot.below(2) === 0
    const inMs = isAsked ? next.delayMs : this.lot.below(10 * second)
    const atC = this.c + inMs
    this.fleet.hint(slot.handle, this.now + inMs, this.now)
    if (isFlying) {
      slot.hintC = Math.min(slot.hintC, atC)
      return
    }
    if (isAsked) slot.state = next.state
    slot.dueC = Math.min(slot.dueC, Math.max(atC, slot.notBeforeC))
    slot.leastMs = 0
  }

  storm(server) {
    this.report.storms += 1
    server.stormUntil = this.t + minute + this.lot.below(this.lot.below(3) === 0 ? 5 * hour : 30 * minute)
    // Some are asked for while they are to be silent.
    for (let one = 0; one < 40; one += 1) {
      const slot = this.slots[this.lot.below(this.slots.length)]
      this.events.push(this.t + this.lot.below(hour), () => this.ask(slot))
    }
  }

  outage(server) {
    this.report.outages += 1
    server.outageUntil = this.t + this.lot.below(this.lot.below(5) === 0 ? 6 * hour : hour)
  }

  /** Back by an hour or so, or ahead by hours. */
  jump() {
    this.report.jumps += 1
    this.offMs += this.lot.below(2) === 0 ? -this.lot.below(100 * minute) : this.lot.below(8 * hour)
    this.tick()
    this.disturbedC = this.c
  }

  /** From what was stored; of the cycles in flight some died with the process. */
  restart() {
    this.isDying = false
    this.report.restarts += 1
    this.count()
    const stored = JSON.stringify(this.fleet.snapshot())
    this.fleet = this.parts.restoreFleet(JSON.parse(stored), this.options)
    if (JSON.stringify(this.fleet.snapshot()) !== stored) this.break('a restored fleet stores something else')
    for (const slot of this.slots) {
      slot.state = slot.state === undefined ? undefined : JSON.parse(JSON.stringify(slot.state))
      if (slot.mailbox.visit !== undefined && this.lot.below(2) === 0) slot.mailbox.visit.isLost = true
    }
    this.disturbedC = this.c
  }

  join(tenant) {
    tenant.isGone = false
    const first = new Map()
    for (const slot of tenant.slots) {
      const mailbox = first.get(slot.mailbox)
      const schedule = { tenant: tenant.name, server: slot.server.name, priority: this.lot.below(3) * 50 }
      slot.handle = this.fleet.add({ ...schedule, ...(mailbox === undefined ? {} : { mailbox }) }, this.now)
      if (mailbox === undefined) first.set(slot.mailbox, slot.handle)
      if (this.slotOf.has(slot.handle)) this.break('a handle that is in use', slot)
      this.slotOf.set(slot.handle, slot)
      Object.assign(slot, { state: paceFor(slot.id), isParked: false, dueC: this.c, notBeforeC: 0, doneC: -1 })
      Object.assign(slot, { leastMs: 0, hintC: Infinity, seenT: this.t })
    }
    this.disturbedC = this.c
  }

  leave(tenant) {
    if (tenant.isGone) return
    tenant.isGone = true
    this.report.departures += 1
    for (const slot of tenant.slots) {
      const { visit } = slot.mailbox
      this.fleet.remove(slot.handle, this.now)
      this.slotOf.delete(slot.handle)
      slot.handle = -1
      if (visit === undefined) continue
      visit.slots = visit.slots.filter((each) => each !== slot)
      if (visit.slots.length === 0) this.end(visit)
    }
    this.events.push(this.t + this.lot.below(10 * day), () => this.join(tenant))
  }

  /** The sums of the fleet beside those of the book; and nobody waits for ever. */
  count() {
    this.tick()
    const { waiting, due, inFlight, parked, visits, shared, refused, forcedUnlocks } = this.fleet.counts(this.now)
    const is = { parked: 0, inFlight: 0, all: 0 }
    for (const slot of this.slots) {
      if (slot.handle < 0) continue
      const isFlying = slot.mailbox.visit?.slots.includes(slot) === true
      is.all += 1
      is.inFlight += isFlying ? 1 : 0
      is.parked += slot.isParked && !isFlying ? 1 : 0
      if (!slot.isParked && !isFlying) this.checkWait(slot)
    }
    const told = [waiting + due + inFlight + parked, inFlight, parked, visits, shared, refused, forcedUnlocks]
    const book = [is.all, is.inFlight, is.parked, this.report.visits, this.report.shared, this.report.refused]
    book.push(this.report.forcedUnlocks)
    if (told.join() !== book.join()) this.break(`counts ${told.join()} and not ${book.join()}`)
  }

  break(what, slot) {
    this.violated += 1
    const who = slot === undefined ? '' : ` (${slot.id}, ${slot.tenant.name}, ${slot.server.name})`
    if (this.violations.length < violationsMax) this.violations.push(`day ${(this.t / day).toFixed(4)}: ${what}${who}`)
  }
}

const nothing = { changes: 0 }
/** The policy of the package, with the price of the moment in it. */
const own = { ...adaptive }

const leastOf = (policy, { error }) => {
  if (error === 'transient') return policy.failureDelayMs
  return policy.name === 'stepped' ? policy.busyDelayMs : policy.delayMsMin
}
const mostOf = (policy, changes) => {
  if (policy.name === 'stepped') return changes > 0 ? policy.activeDelayMs : policy.idleDelayMsMax
  return changes >= policy.busyChangesMin ? policy.busyDelayMsMax : policy.delayMsMax
}

const numbersOf = ({ emptyCycles, failures, dueAtMs = 0, notBeforeMs = 0, seed = 0, learned }) => {
  const sum = emptyCycles + failures + dueAtMs + notBeforeMs + seed
  if (learned === undefined) return sum
  const { atMs, age, months, days, followed, hours, burst, thread, hour: now, opening, closing } = learned
  return sum + atMs + age + months + days + followed + hours + burst + thread + now + opening + closing
}

const limitsOf = (perSecondMax) => ({
  perSecondMax,
  burstMax: Math.max(2, Math.ceil(perSecondMax)),
  inFlightMax: Math.max(6, Math.ceil(4 * perSecondMax))
})

/** Visits that may begin: a whole burst, and so many more as time has passed. */
const bucket = ({ perSecondMax, burstMax }) => {
  let left = burstMax
  let atC = 0
  return {
    take: (c) => {
      left = Math.min(burstMax, left + ((c - atC) * perSecondMax) / second) - 1
      atC = c
      return left >= -1e-6
    }
  }
}

/** How lively each hour of a week is; local time, from Monday, the mean is 1. */
const week = (() => {
  const shape = Array.from({ length: 168 }, (_, at) => {
    const work = Math.exp(-(((at % 24) - 13) ** 2) / 25)
    return 0.03 + (at < 120 ? work : 0.1 * work)
  })
  const mean = shape.reduce((sum, share) => sum + share, 0) / 168
  return shape.map((share) => share / mean)
})()

/** By instant, and in the order in which they were put in. */
const heap = () => {
  const keys = []
  const values = []
  const swap = (x, y) => {
    ;[keys[x], keys[y]] = [keys[y], keys[x]]
    ;[values[x], values[y]] = [values[y], values[x]]
  }
  return {
    at: () => (keys.length === 0 ? Infinity : keys[0]),
    push: (key, value) => {
      let at = keys.push(key) - 1
      values.push(value)
      for (; at > 0 && keys[(at - 1) >> 1] > keys[at]; at = (at - 1) >> 1) swap(at, (at - 1) >> 1)
    },
    pop: () => {
      const first = values[0]
      const key = keys.pop()
      const value = values.pop()
      if (keys.length === 0) return first
      keys[0] = key
      values[0] = value
      for (let at = 0; ; ) {
        let least = at
        for (const below of [2 * at + 1, 2 * at + 2])
          if (below < keys.length && keys[below] < keys[least]) least = below
        if (least === at) return first
        swap(at, least)
        at = least
      }
    }
  }
}

const lots = (seed) => {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    below: (limit) => Math.floor(next() * limit),
    wait: (mean) => -mean * Math.log(1 - next()),
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    poisson: (mean) => {
      let count = 0
      for (let left = Math.exp(-mean) / next(); left < 1; left /= next()) count += 1
      return count
    }
  }
}
