/** The comparison: every contestant at the same budget, the curve over budgets, the policies as shipped, the plots. */
import { solver } from './budget.mjs'
import { asShipped, contestants } from './contestants.mjs'
import { busyAndQuiet, hourly, stepsOf, usualSpan } from './pair.mjs'
import { intervalsPlot, stalenessPlot } from './plots.mjs'
import { replay, scoredFromS } from './replay.mjs'
import { efficiency } from './table.mjs'

const dayS = 24 * 60 * 60
const drawn = ['fixed', 'stepped', 'aimd', 'adaptive', 'hindsight']
const nearOnCurve = 0.005

export const compare = (fleet, options) => {
  const { budget, learnShare } = options
  const all = contestants(learnShare)
  const solvers = Object.fromEntries(
    Object.entries(all).map(([key, contestant]) => [key, solver(fleet, contestant, learnShare)])
  )
  const solved = Object.fromEntries(Object.entries(solvers).map(([key, solve]) => [key, solve(budget)]))
  if (solved.fixed.messages === 0) throw new RangeError('no mail arrives in the part that is measured')

  const rows = Object.entries(solved).map(([key, found]) => ({
    key,
    name: all[key].name,
    ...found,
    efficiency: efficiency(found.meanS, solved.fixed.meanS, solved.hindsight.meanS)
  }))
  const shipped = asShipped.map(({ key, name, policy }) => ({ key, name, ...replay(fleet, policy, learnShare) }))
  const budgets = options.curve.toSorted((x, y) => x - y)
  const curves = drawn.map((key) => ({
    key,
    name: all[key].name.replaceAll('`', ''),
    points: budgets.map((visitsADay) => (visitsADay === budget ? solved[key] : solvers[key](visitsADay, nearOnCurve)))
  }))

  const what = wordsFor(fleet, options, solved.fixed.messages)
  const policies = {
    stepped: all.stepped.at(solved.stepped.figure),
    adaptive: all.adaptive.at(solved.adaptive.figure)
  }
  return {
    what,
    options,
    rows,
    shipped,
    curves,
    plots: {
      staleness: stalenessPlot({
        budgets,
        curves,
        shipped: shipped.map((row) => ({ ...row, name: row.name.replaceAll('`', '') })),
        subtitle: what
      }),
      ...intervals('intervals-day', fleet, options, policies, dayS),
      ...intervals('intervals-week', fleet, options, policies, 7 * dayS)
    }
  }
}

const wordsFor = (fleet, { arrivals, seed, learnShare }, messages) => {
  const days = (fleet[0].endS - fleet[0].startS) / dayS
  const source =
    arrivals === undefined ? `${fleet.length} generated mailboxes, seed ${seed}` : `${fleet.length} mailboxes`
  const learned = (scoredFromS(fleet[0], learnShare) - fleet[0].startS) / dayS
  return `${source}; ${days} days, the first ${learned} to learn in; ${messages.toLocaleString('en')} messages measured`
}

/** No plot where less than the span was measured. */
const intervals = (name, fleet, { budget, learnShare }, policies, spanS) => {
  const isWeek = spanS > dayS
  const spans = busyAndQuiet(fleet).map((one) => ({ ...one, span: usualSpan(one.mailbox, learnShare, spanS) }))
  if (spans.some(({ span }) => span === undefined)) return {}
  const panels = spans.map(({ word, mailbox, span: { fromS, count } }) => {
    const own = mailbox.arrivals.filter((atS) => atS >= fromS && atS < fromS + spanS)
    const lines = Object.entries(policies).map(([key, policy]) => {
      const steps = stepsOf(mailbox, policy, fromS, spanS)
      return { key, steps: isWeek ? hourly(steps, spanS) : steps }
    })
    return {
      title: `${word}: ${count} messages ${isWeek ? 'this week' : 'this day'}`,
      arrivals: Array.from(own, (atS) => atS - fromS),
      lines
    }
  })
  const plot = intervalsPlot({
    title: `How long until the next visit, over a ${isWeek ? 'week' : 'day'}`,
    subtitle: `Both policies at ${budget} visits a day over the whole fleet; local time${isWeek ? '; means of hours' : ''}`,
    spanS,
    panels,
    names: { stepped: 'stepped, scaled', adaptive: 'adaptive' }
  })
  return { [name]: plot }
}
