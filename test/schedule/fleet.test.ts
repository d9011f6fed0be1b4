/** The fleet planner beside a naive one, under any sequence of calls, and the laws that anybody can see. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createFleet, restoreFleet, type RateLimits } from '../../src/schedule/index.js'
import { runs } from '../runs.js'
import {
  type Call,
  calls,
  fleetOf,
  limits,
  minute,
  names,
  options,
  run,
  type Seen,
  startMs,
  threeTenants,
  throttledCalls
} from './fleet.calls.js'
import { FleetModel } from './fleet.model.js'

describe('beside a naive fleet', () => {
  test('FLEET-7: every answer, status, due instant and count is the naive one, and the counts add up', () => {
    fc.assert(
      fc.property(options, threeTenants, calls, (given, tenants, made) => {
        const named = Object.fromEntries(tenants.map((each, at) => [names[at], each]))
        const model = new FleetModel(given, named, startMs)
        const look = ({ now, fleet, handles }: Seen): void => {
          const { waiting, due, inFlight, parked, forcedUnlocks } = fleet.counts(now)
          expect({ waiting, due, 'in-flight': inFlight, parked }).toEqual(model.counts(now))
          expect(waiting + due + inFlight + parked).toBe(handles.length)
          expect(forcedUnlocks).toBe(model.forcedUnlocks)
          for (const row of model.rows.values()) {
            expect(fleet.status(row.handle)).toBe(row.status)
            if (row.status !== 'parked') expect(fleet.dueAtMs(row.handle)).toBe(row.dueAt)
          }
        }
        run(fleetOf(given, tenants), given, made, look, model)
      }),
      runs(0.3)
    )
  })
})

describe('laws under any sequence of calls', () => {
  test('FLEET-1: never two visits of one mailbox, and never more in flight than the limits say', () => {
    fc.assert(
      fc.property(options, threeTenants, limits, throttledCalls, (given, tenants, server, made) => {
        const leases = new Map<number, number>()
        run(
          fleetOf(given, tenants, server),
          given,
          made,
          ({ fleet, handles, mailboxOf, tenantOf, isLimited, visit }) => {
            if (visit !== undefined)
              for (const handle of [visit.handle, ...visit.companions]) leases.set(handle, visit.lease)
            const visits = new Map<number, Set<number>>()
            const atServer = new Set<number>()
            const perTenant = [new Set<number>(), new Set<number>(), new Set<number>()]
            for (const handle of handles) {
              if (fleet.status(handle) !== 'in-flight') continue
              const mailbox = mailboxOf.get(handle) ?? 0
              visits.set(mailbox, (visits.get(mailbox) ?? new Set()).add(leases.get(handle) ?? 0))
              if (isLimited.get(handle) === true) atServer.add(mailbox)
              perTenant[tenantOf.get(handle) ?? 0]?.add(mailbox)
            }
            for (const held of visits.values()) expect(held.size).toBe(1)
            perTenant.forEach((mailboxes, at) => {
              expect(mailboxes.size).toBeLessThanOrEqual(tenants[at]?.inFlightMax ?? Number.POSITIVE_INFINITY)
            })
            expect(visits.size).toBeLessThanOrEqual(given.inFlightMax ?? Number.POSITIVE_INFINITY)
            expect(atServer.size).toBeLessThanOrEqual(server.inFlightMax ?? Number.POSITIVE_INFINITY)
          }
        )
      }),
      runs(0.4)
    )
  })

  test('FLEET-2: within any time no more visits begin than the burst and the rate allow', () => {
    fc.assert(
      fc.property(options, threeTenants, limits, throttledCalls, (given, tenants, server, made) => {
        const begun: ReadonlyArray<Array<number>> = [[], [], [], [], []]
        let passedMs = 0
        run(fleetOf(given, tenants, server), given, made, ({ call, visit, tenantOf, isLimited }) => {
          if (call.call === 'pass') passedMs += Math.max(0, call.byMs)
          if (visit === undefined) return
          begun[tenantOf.get(visit.handle) ?? 0]?.push(passedMs)
          begun[3]?.push(passedMs)
          if (isLimited.get(visit.handle) === true) begun[4]?.push(passedMs)
        })
        tenants.forEach((each, at) => {
          expectWithin(begun[at] ?? [], each)
        })
        expectWithin(begun[3] ?? [], given)
        expectWithin(begun[4] ?? [], server)
      }),
      runs(0.4)
    )
  })

  test('FLEET-5: a fleet that is stored and restored at any point has the same future', () => {
    fc.assert(
      fc.property(
        options,
        threeTenants,
        limits,
        throttledCalls,
        fc.nat({ max: 60 }),
        (given, tenants, server, made, at) => {
          const budgets = tenants.map((each) => ({ ...each, visitsPerDay: 200 }))
          const withoutRestart = made.filter(({ call }) => call !== 'restart')
          const restart: Call = { call: 'restart' }
          const withOne = [...withoutRestart.slice(0, at), restart, ...withoutRestart.slice(at)]
          const story = (calls: ReadonlyArray<Call>): ReadonlyArray<unknown> => {
            const seen: Array<unknown> = []
            const end = run(fleetOf(given, budgets, server), given, calls, ({ call, visit, now, fleet }) => {
              if (call.call !== 'restart') seen.push([visit, fleet.counts(now)])
            })
            return [...seen, end.snapshot(), end.notices()]
          }
          expect(story(withOne)).toEqual(story(withoutRestart))
        }
      ),
      runs(0.3)
    )
  })

  test('FLEET-6: a hint never postpones, and goes before no silence', () => {
    fc.assert(
      fc.property(
        options,
        threeTenants,
        calls,
        fc.integer({ min: 0, max: 20 * minute }),
        (given, tenants, made, silenceMs) => {
          const ahead = new Map<number, number>()
          run(fleetOf(given, tenants), given, made, ({ call, handle, now, fleet, handles }) => {
            const aheadMs = handle === undefined || !handles.includes(handle) ? undefined : fleet.dueAtMs(handle)
            if (call.call === 'hint' && handle !== undefined && aheadMs !== undefined)
              expect(aheadMs).toBeLessThanOrEqual(ahead.get(handle) ?? Number.POSITIVE_INFINITY)
            ahead.clear()
            for (const each of handles) ahead.set(each, fleet.dueAtMs(each) ?? Number.POSITIVE_INFINITY)
            if (call.call !== 'add' || handle === undefined) return
            fleet.reschedule(handle, { dueAtMs: now, notBeforeMs: now + silenceMs }, now)
            fleet.hint(handle, now, now)
            expect(fleet.dueAtMs(handle)).toBe(now + silenceMs)
            ahead.set(handle, now + silenceMs)
          })
        }
      ),
      runs(0.2)
    )
  })

  test('a snapshot is plain JSON, and a restored fleet stores the same again', () => {
    fc.assert(
      fc.property(options, threeTenants, limits, throttledCalls, (given, tenants, server, made) => {
        const stored = run(fleetOf(given, tenants, server), given, made).snapshot()
        const read = JSON.parse(JSON.stringify(stored))
        expect(read).toEqual(stored)
        expect(restoreFleet(read, given).snapshot()).toEqual(stored)
      }),
      runs(0.1)
    )
  })
})

const expectWithin = (begun: ReadonlyArray<number>, { perSecondMax, burstMax }: RateLimits): void => {
  if (perSecondMax === undefined) return
  const burst = Math.max(1, burstMax ?? perSecondMax)
  begun.forEach((fromMs, first) => {
    for (let last = first; last < begun.length; last += 1) {
      const seconds = ((begun[last] ?? 0) - fromMs) / 1000
      expect(last - first + 1).toBeLessThanOrEqual(burst + seconds * perSecondMax + 1e-6)
    }
  })
}

describe('under overload', () => {
  const shares = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 5 })

  test('FLEET-4: tenants with work waiting get turns by their shares, however much one of them has', () => {
    fc.assert(
      fc.property(shares, fc.integer({ min: 20, max: 100 }), (given, backlog) => {
        const fleet = createFleet({}, startMs)
        given.forEach((share, at) => {
          fleet.tenant(`${at}`, { share }, startMs)
          for (let one = 0; one < backlog * (at + 1); one += 1)
            fleet.add({ tenant: `${at}`, server: 'server', dueAtMs: startMs - at * minute }, startMs)
        })
        const served = given.map(() => 0)
        const tenantOf = given.flatMap((_share, at) => Array.from({ length: backlog * (at + 1) }, () => at))
        for (let turn = 0; turn < backlog; turn += 1) {
          const tenant = tenantOf[fleet.take(startMs)?.handle ?? -1] ?? 0
          served[tenant] = (served[tenant] ?? 0) + 1
          const turns = served.map((count, at) => count / (given[at] ?? 1))
          expect(Math.max(...turns) - Math.min(...turns)).toBeLessThanOrEqual(1)
        }
      }),
      runs(0.1)
    )
  })

  test('FLEET-3: what is due waits at most backlog ÷ rate, and nothing can be taken before nextAtMs', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(0.5, 1, 4, 10),
        fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 40 }),
        (backlog, perSecondMax, later) => {
          const fleet = createFleet({}, startMs)
          fleet.tenant('tenant', { perSecondMax, burstMax: 1 }, startMs)
          const schedule = { tenant: 'tenant', server: 'server' }
          for (let one = 0; one < backlog; one += 1) fleet.add({ ...schedule, dueAtMs: startMs }, startMs)
          for (const inMs of later) fleet.add({ ...schedule, dueAtMs: startMs + 1 + inMs, priority: 0 }, startMs)
          let now = startMs
          let taken = 0
          while (taken < backlog) {
            const visit = fleet.take(now)
            if (visit === undefined) {
              const nextMs = fleet.nextAtMs(now) ?? now
              expect(nextMs).toBeGreaterThan(now)
              expect(fleet.take(nextMs - 1)).toBeUndefined()
              now = nextMs
              continue
            }
            taken += 1
            expect(visit.handle).toBeLessThan(backlog)
            expect(fleet.done(visit.handle, visit.lease, { dueAtMs: now + 1 }, now)).toBe(true)
          }
          // Each wake may come a millisecond late where the interval is no whole number of them.
          expect(now - startMs).toBeLessThanOrEqual((backlog * 1000) / perSecondMax + backlog)
        }
      ),
      runs(0.2)
    )
  })

  test('FLEET-3: with several servers and tenants at their limits nobody is passed over for ever', () => {
    const plan = fc.record({
      tenants: fc.array(
        fc.record({ inFlightMax: fc.integer({ min: 1, max: 3 }), perSecondMax: fc.constantFrom(1, 5, 50) }),
        {
          minLength: 1,
          maxLength: 4
        }
      ),
      servers: fc.array(
        fc.record({ inFlightMax: fc.integer({ min: 1, max: 3 }), perSecondMax: fc.constantFrom(1, 5, 50) }),
        {
          minLength: 1,
          maxLength: 3
        }
      ),
      visitMs: fc.integer({ min: 0, max: 2000 })
    })
    fc.assert(
      fc.property(plan, ({ tenants, servers, visitMs }) => {
        const fleet = createFleet({}, startMs)
        const each = 2
        tenants.forEach((limits, at) => {
          fleet.tenant(`tenant ${at}`, limits, startMs)
        })
        servers.forEach((limits, at) => {
          fleet.server(`server ${at}`, limits, startMs)
        })
        const lastAt = tenants.flatMap((_limits, tenant) =>
          servers.flatMap((_limits, server) =>
            Array.from({ length: each }, () => {
              fleet.add({ tenant: `tenant ${tenant}`, server: `server ${server}` }, startMs)
              return startMs
            })
          )
        )
        // All are due again at once, so that somebody always waits.
        const roundMs = lastAt.length * (1000 + visitMs) * 2 + 5000
        const flying: Array<readonly [handle: number, lease: number, endMs: number]> = []
        let now = startMs
        while (now < startMs + 3 * roundMs) {
          while (flying[0] !== undefined && flying[0][2] <= now) {
            const [handle, lease] = flying.shift() ?? [0, 0]
            expect(fleet.done(handle, lease, { dueAtMs: now }, now)).toBe(true)
          }
          for (let visit = fleet.take(now); visit !== undefined; visit = fleet.take(now)) {
            expect(now - (lastAt[visit.handle] ?? 0)).toBeLessThanOrEqual(roundMs)
            lastAt[visit.handle] = now
            flying.push([visit.handle, visit.lease, now + Math.max(1, visitMs)])
          }
          now = Math.min(
            flying[0]?.[2] ?? Number.POSITIVE_INFINITY,
            Math.max(now + 1, fleet.nextAtMs(now) ?? now + 1000)
          )
        }
        for (const at of lastAt) expect(now - at).toBeLessThanOrEqual(roundMs)
      }),
      runs(0.03)
    )
  })
})
