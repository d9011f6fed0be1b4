/** A busy mailbox and a quiet one, and one working day and one week of theirs in the part that is measured. */
import { scoredFromS, visitAll } from './replay.mjs'

const hourS = 3600
const dayS = 24 * hourS
const mondayS = 4 * dayS // of the epoch's first full week

/** The fullest tenth begins at the first, the emptiest quarter ends at the second. */
export const busyAndQuiet = (fleet) => {
  const byMail = fleet.toSorted((x, y) => y.arrivals.length - x.arrivals.length)
  const at = (share) => byMail[Math.min(byMail.length - 1, Math.floor(share * byMail.length))]
  return [
    { word: 'A busy mailbox', mailbox: at(0.1) },
    { word: 'A quiet mailbox', mailbox: at(0.75) }
  ]
}

/** The span of the measured part whose mail is nearest to the average of such spans, where there is one. Local time. */
export const usualSpan = (mailbox, learnShare, spanS) => {
  const { arrivals, endS, zoneHours } = mailbox
  const spans = []
  const shiftS = zoneHours * hourS
  for (let localS = Math.ceil((scoredFromS(mailbox, learnShare) + shiftS) / dayS) * dayS; ; localS += dayS) {
    const fromS = localS - shiftS
    if (fromS + spanS > endS) break
    const weekday = Math.floor((localS - mondayS) / dayS) % 7
    if (spanS > dayS ? weekday !== 0 : weekday > 4) continue
    spans.push({ fromS, count: arrivals.filter((atS) => atS >= fromS && atS < fromS + spanS).length })
  }
  const mean = spans.reduce((sum, { count }) => sum + count, 0) / spans.length
  return spans
    .slice(1)
    .reduce((best, span) => (Math.abs(span.count - mean) < Math.abs(best.count - mean) ? span : best), spans[0])
}

/** The intervals of a mailbox under a policy within a span, `[[seconds since its start, interval]]`. */
export const stepsOf = (mailbox, policy, fromS, spanS) => {
  const steps = []
  visitAll(mailbox, policy, (nowS, _from, _to, delayS) => {
    if (nowS + delayS <= fromS || nowS >= fromS + spanS) return
    steps.push([Math.max(0, nowS - fromS), delayS])
  })
  return [...steps, [spanS, steps.at(-1)[1]]]
}

/** A week has two thousand visits: of each hour the mean is shown. */
export const hourly = (steps, spanS) => {
  const hours = Array.from({ length: spanS / hourS }, () => ({ sum: 0, count: 0 }))
  for (const [atS, delayS] of steps) {
    const hour = hours[Math.min(hours.length - 1, Math.floor(atS / hourS))]
    hour.sum += delayS
    hour.count += 1
  }
  const means = hours.flatMap(({ sum, count }, hour) => (count === 0 ? [] : [[hour * hourS, sum / count]]))
  return [...means, [spanS, means.at(-1)[1]]]
}
