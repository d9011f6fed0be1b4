/** The figures as a Markdown table, padded so that a terminal shows them as well. */

/** How far from a fixed interval towards what hindsight could have had; 100 % is hindsight. */
export const efficiency = (meanS, fixedS, hindsightS) => (fixedS - meanS) / (fixedS - hindsightS)

const percent = (share, digits = 1) => `${(100 * share).toFixed(digits)} %`
const columns = [
  ['policy', ({ name }) => name],
  ['visits a day', ({ visitsADay }) => visitsADay.toFixed(1)],
  ['mean s', ({ meanS }) => meanS.toFixed(1)],
  ['p50 s', ({ p50S }) => p50S.toFixed(0)],
  ['p95 s', ({ p95S }) => p95S.toFixed(0)],
  ['p99 s', ({ p99S }) => p99S.toFixed(0)],
  ['empty visits', ({ emptyShare }) => percent(emptyShare)],
  ['mean of mailboxes s', ({ mailboxMeanS }) => mailboxMeanS.toFixed(1)],
  ['peak hour', ({ peakHour }) => `${peakHour.toFixed(2)} ×`]
]
const efficiencyColumn = ['efficiency', (row) => percent(row.efficiency)]

export const table = (rows) => {
  const shown = 'efficiency' in rows[0] ? [...columns, efficiencyColumn] : columns
  const cells = [shown.map(([head]) => head), ...rows.map((row) => shown.map(([, text]) => text(row)))]
  const widths = shown.map((_, at) => Math.max(...cells.map((line) => line[at].length)))
  const padded = cells.map((line) =>
    line.map((text, at) => (at === 0 ? text.padEnd(widths[at]) : text.padStart(widths[at])))
  )
  const rule = widths.map((width, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [padded[0], rule, ...padded.slice(1)].map((line) => `| ${line.join(' | ')} |`).join('\n')
}
