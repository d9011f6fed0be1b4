/**
 * Arrivals are replayed against a policy: it is asked when to come back, the clock is put there, and what has arrived in
 * between has waited until now. Nothing sleeps. The first part of each mailbox's time is for the policy to learn in and is
 * not measured.
 */
import { paceFor } from 'liaison/schedule'

const dayS = 24 * 60 * 60
const hourS = 60 * 60
const firstVisitWithinS = 5 * 60

/** Walks through one mailbox; `seen(nowS, from, to, delayS)` is told of each visit and of the delay after it. */
export const visitAll = (mailbox, policy, seen) => {
  const { id, startS, endS, arrivals } = mailbox
  const state = policy.begin(mailbox)
  // Mailboxes that were all added at once are not all visited at once.
  let nowS = startS + (paceFor(id).seed % firstVisitWithinS)
  let from = 0
  while (nowS <= endS) {
    let to = from
    while (to < arrivals.length && arrivals[to] <= nowS) to += 1
    const delayS = policy.next(state, arrivals, from, to, nowS)
    seen(nowS, from, to, delayS)
    nowS += delayS
    from = to
  }
}

/** Whole days are learned from. */
export const scoredFromS = ({ startS, endS }, learnShare) =>
  startS + Math.floor(((endS - startS) * learnShare) / dayS) * dayS

/** What a policy costs, and what it leaves waiting, over a fleet. */
export const replay = (fleet, policy, learnShare) => {
  const waits = new Float64Array(fleet.reduce((sum, { arrivals }) => sum + arrivals.length, 0))
  const visitsByHour = new Float64Array(7 * 24)
  const secondsByHour = new Float64Array(7 * 24)
  const meansS = []
  let [messages, visits, empty, days] = [0, 0, 0, 0]
  for (const mailbox of fleet) {
    const { arrivals, endS } = mailbox
    const fromS = scoredFromS(mailbox, learnShare)
    const before = messages
    visitAll(mailbox, policy, (nowS, from, to) => {
      if (nowS < fromS) return
      visits += 1
      visitsByHour[hourOf(nowS)] += 1
      if (from === to) empty += 1
      for (let at = from; at < to; at += 1) waits[messages++] = nowS - arrivals[at]
    })
    days += (endS - fromS) / dayS
    for (let atS = fromS; atS < endS; atS = hourAfter(atS))
      secondsByHour[hourOf(atS)] += Math.min(endS, hourAfter(atS)) - atS
    if (messages > before) meansS.push(mean(waits.subarray(before, messages)))
  }
  const sorted = waits.slice(0, messages).sort()
  const quantile = (share) => sorted[Math.max(0, Math.ceil(share * messages) - 1)]
  return {
    visitsADay: visits / days,
    messages,
    meanS: mean(sorted),
    p50S: quantile(0.5),
    p95S: quantile(0.95),
    p99S: quantile(0.99),
    emptyShare: empty / visits,
    mailboxMeanS: mean(meansS),
    /** The busiest hour of the week against the average one. */
    peakHour:
      Math.max(...visitsByHour.map((count, hour) => count / Math.max(1, secondsByHour[hour]))) / (visits / days / dayS)
  }
}

const hourOf = (atS) => Math.floor(atS / hourS) % (7 * 24)
const hourAfter = (atS) => (Math.floor(atS / hourS) + 1) * hourS
const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length
