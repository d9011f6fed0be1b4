/** The soak of scripts/soak.mjs on the sources, for a small fleet; and that it finds what is planted. */
import { describe, expect, test } from 'vitest'
import { createFleet, type Fleet, nextSync, restoreFleet } from '../../src/schedule/index.js'

const { shipped, soak } = await import(new URL('../../scripts/soak-world.mjs', import.meta.url).href)

const small = { seed: 3, mailboxes: 60, days: 12 }

describe('a fleet in a world where everything goes wrong', () => {
  test('nothing breaks, and everything has happened; the same seed is the same world', () => {
    const report = soak(small)
    expect(report.violations).toEqual([])
    for (const what of [
      'storms',
      'outages',
      'jumps',
      'restarts',
      'pushes',
      'disabled',
      'refused',
      'forcedUnlocks',
      'shared'
    ])
      expect([what, report[what] > 0]).toEqual([what, true])
    expect(soak({ ...small, days: 2 })).toEqual(soak({ ...small, days: 2 }))
  })

  test('a throttle that is ignored is found', () => {
    const deaf: typeof nextSync = (policy, state, seen, nowMs) => {
      if ('request' in seen) return nextSync(policy, state, seen, nowMs)
      const { retryAfterMs: _unheard, ...rest } = seen
      return nextSync(policy, state, rest, nowMs)
    }
    expect(soak(small, { ...shipped, nextSync: deaf }).violations.join()).toContain('a delay of')
    const hasty = wrapped((fleet) => ({
      ...fleet,
      done: (handle, lease, { notBeforeMs: _silence, ...next }, nowMs) => fleet.done(handle, lease, next, nowMs)
    }))
    expect(soak({ ...small, days: 60 }, hasty).violations.join()).toContain('before the end of a silence')
  })

  test('a restart that forgets the leases is found', () => {
    const forgetful: typeof restoreFleet = (stored, options) => {
      const { status, ...columns } = stored.schedules
      const due = status.map((each) => (each % 16 === 3 ? each - 1 : each))
      return restoreFleet({ ...stored, schedules: { ...columns, status: due } }, options)
    }
    const { violations } = soak({ ...small, days: 40 }, { ...shipped, restoreFleet: forgetful })
    expect(violations.join()).toMatch(/stores something else.*(counts|two visits in flight|a lease is refused)/)
  })

  test('a rate that is twice what it should be, and a lease that never ends, are found', () => {
    const fast = wrapped((fleet) => ({
      ...fleet,
      tenant: (name, { perSecondMax = 1, ...limits }, nowMs) =>
        fleet.tenant(name, { ...limits, perSecondMax: 2 * perSecondMax }, nowMs)
    }))
    expect(soak({ ...small, days: 40 }, fast).violations.join()).toContain('the rate of its tenant is exceeded')
    const endless = {
      ...shipped,
      createFleet: (options: object, nowMs: number) => createFleet({ ...options, leaseMs: 86_400_000 }, nowMs)
    }
    expect(soak(small, endless).violations.join()).toContain('a lease of another term')
  })
})

/** A fleet of which some functions do something else. Its methods stand on its class: each is handed on by name. */
const wrapped = (change: (fleet: Fleet) => Fleet) => {
  const plain = (fleet: Fleet): Fleet => ({
    tenant: (...given) => fleet.tenant(...given),
    server: (...given) => fleet.server(...given),
    add: (...given) => fleet.add(...given),
    remove: (...given) => fleet.remove(...given),
    take: (...given) => fleet.take(...given),
    renew: (...given) => fleet.renew(...given),
    done: (...given) => fleet.done(...given),
    hint: (...given) => fleet.hint(...given),
    reschedule: (...given) => fleet.reschedule(...given),
    park: (...given) => fleet.park(...given),
    enable: (...given) => fleet.enable(...given),
    throttled: (...given) => fleet.throttled(...given),
    visitPrice: (...given) => fleet.visitPrice(...given),
    nextAtMs: (...given) => fleet.nextAtMs(...given),
    status: (...given) => fleet.status(...given),
    dueAtMs: (...given) => fleet.dueAtMs(...given),
    counts: (...given) => fleet.counts(...given),
    notices: () => fleet.notices(),
    snapshot: () => fleet.snapshot()
  })
  return {
    ...shipped,
    createFleet: (...given: Parameters<typeof createFleet>) => change(plain(createFleet(...given))),
    restoreFleet: (...given: Parameters<typeof restoreFleet>) => change(plain(restoreFleet(...given)))
  }
}
