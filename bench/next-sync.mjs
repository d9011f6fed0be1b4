/**
 * `nextSync`: answers a second, of one core, under the policy that learns beside the one that counts. Each mailbox lives
 * on: the state of one answer is asked with the next.
 */
import { line, median } from './measure.mjs'

const calls = 1_000_000
const target = 1_000_000
const none = { changes: 0, arrivalsAtMs: [] }

export const run = async ({ adaptive, nextSync, paceFor, stepped }) => {
  const perSecond = Object.fromEntries(
    [adaptive, stepped].map((policy) => {
      const live = liveOf(nextSync, policy, paceFor('bench'))
      live()
      return [policy.name, median(Array.from({ length: 7 }, live))]
    })
  )
  const shown = (value) => `${(value / 1e6).toFixed(2)} million/s`
  line(
    '`nextSync`, adaptive, one visit in twenty with a message, processor time, beside `stepped`',
    shown(perSecond.adaptive),
    shown(perSecond.stepped),
    perSecond.adaptive / perSecond.stepped,
    `at least ${shown(target)}`,
    perSecond.adaptive >= target
  )
}

const liveOf = (nextSync, policy, fresh) => {
  let pace = fresh
  let nowMs = Date.UTC(2026, 0, 5)
  let drawn = 12345
  return () => {
    const from = process.cpuUsage()
    for (let call = 0; call < calls; call += 1) {
      drawn = (Math.imul(drawn, 1_103_515_245) + 12_345) >>> 0
      const seen = (drawn >>> 16) % 20 === 0 ? { changes: 1, arrivalsAtMs: [nowMs - 30_000] } : none
      const next = nextSync(policy, pace, seen, nowMs)
      pace = next.state
      nowMs += next.delayMs
    }
    const { user, system } = process.cpuUsage(from)
    return calls / ((user + system) / 1e6)
  }
}
