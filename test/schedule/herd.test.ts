/** I13: mailboxes that were enabled in one moment do not come back in one moment. */
import { describe, expect, test } from 'vitest'
import { type AdaptivePolicy, adaptive, nextSync, type Pace, paceFor } from '../../src/schedule/index.js'
import { delayOf, second, startMs } from './histories.js'

const mailboxes = 10_000

/** Visits begun in each second, for `rounds` visits of each mailbox after the first. */
const rounds = (policy: AdaptivePolicy, count: number, nameOf: (index: number) => string) => {
  const perSecond = Array.from({ length: count }, () => new Map<number, number>())
  for (let index = 0; index < mailboxes; index += 1) {
    let state: Pace = paceFor(nameOf(index))
    let nowMs = startMs
    for (const round of perSecond) {
      const next = nextSync(policy, state, { changes: 0 }, nowMs)
      state = next.state
      nowMs += delayOf(next)
      const at = Math.floor(nowMs / second)
      round.set(at, (round.get(at) ?? 0) + 1)
    }
  }
  return perSecond
}

/** The busiest second, beside the mean of those in which the interval lies. */
const peak = (perSecond: ReadonlyMap<number, number>, seconds: number): number =>
  Math.max(...perSecond.values()) / (mailboxes / seconds)

const names: ReadonlyArray<readonly [string, (index: number) => string]> = [
  ['numbered', (index) => `mailbox ${index}`],
  ['by address', (index) => `${index.toString(36)}@example.org`],
  ['by a long prefix', (index) => `organisations/4b1d/users/${1e9 + index}/mail`]
]

describe('I13: no herd', () => {
  test.each(names)(
    'I13: 10,000 mailboxes enabled in one moment, named %s: no second of the next intervals has thrice the mean',
    (_how, nameOf) => {
      const seconds = (adaptive.delayMsNormal - adaptive.delayMsMin) / second
      for (const round of rounds(adaptive, 12, nameOf)) {
        expect([...round.values()].reduce((sum, count) => sum + count, 0)).toBe(mailboxes)
        expect(peak(round, seconds)).toBeLessThanOrEqual(3)
      }
    }
  )

  test('I13: what spreads them lies evenly over the first interval, and is the id alone', () => {
    const [first] = rounds(adaptive, 1, (index) => `${index}`)
    const [again] = rounds(adaptive, 1, (index) => `${index}`)
    expect(again).toEqual(first)
    const quarters = [0, 0, 0, 0]
    for (const [at, count] of first ?? []) {
      const place = at - startMs / second - adaptive.delayMsMin / second
      const quarter = Math.min(3, Math.floor(place / ((adaptive.delayMsNormal - adaptive.delayMsMin) / second / 4)))
      quarters[quarter] = (quarters[quarter] ?? 0) + count
    }
    // Where the share of the id shortens, the first of them are kept at the least delay.
    for (const count of quarters) expect(Math.abs(count - mailboxes / 4)).toBeLessThan(mailboxes / 20)
  })
})
