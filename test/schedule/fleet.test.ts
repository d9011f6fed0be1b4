/** The fleet planner beside a naive one, under any sequence of calls, and what nobody may see it do. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { calls, fleetOf, names, options, run, startMs, threeTenants } from './fleet.calls.js'
import { FleetModel } from './fleet.model.js'
import { runs } from '../runs.js'

describe('beside a naive fleet', () => {
  test('every answer, status and due instant is the naive one', () => {
    fc.assert(
      fc.property(options, threeTenants, calls, (given, tenants, made) => {
        const named = Object.fromEntries(tenants.map((limits, at) => [names[at], limits]))
        const model = new FleetModel(given, named, startMs)
        run(
          fleetOf(given, tenants),
          given,
          made,
          ({ now, fleet }) => {
            const { waiting, due, inFlight, parked, forcedUnlocks } = fleet.counts(now)
            expect({ waiting, due, 'in-flight': inFlight, parked }).toEqual(model.counts(now))
            expect(forcedUnlocks).toBe(model.forcedUnlocks)
            for (const row of model.rows.values()) {
              expect(fleet.status(row.handle)).toBe(row.status)
              if (row.status !== 'parked') expect(fleet.dueAtMs(row.handle)).toBe(row.dueAt)
            }
          },
          model
        )
      }),
      runs(0.3)
    )
  })
})
