/** The figures of docs/simulate.md come from a run, between two marks. */
import { table } from './table.mjs'

const begin = '<!-- figures: written by npm run simulate:schedule -- --docs -->'
const end = '<!-- /figures -->'

export const pageWith = (page, { what, options, rows, shipped }) => {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from < 0 || to < from) throw new Error('docs/simulate.md has no marks for its figures')
  const on = new Date().toISOString().slice(0, 10)
  const section = [
    `Run on ${on}, Node ${process.version}, by \`${options.command}\`: ${what}.`,
    `At ${options.budget} visits a day:`,
    table(rows),
    'As they are shipped, whatever it costs:',
    table(shipped),
    '![Mean staleness against visits a day, one line for each policy](plots/staleness.svg)',
    '![The intervals of a busy and of a quiet mailbox over one day](plots/intervals-day.svg)',
    '![The same over a week](plots/intervals-week.svg)',
    'The same as PNG: [staleness](plots/staleness.png), [a day](plots/intervals-day.png), [a week](plots/intervals-week.png).'
  ].join('\n\n')
  return `${page.slice(0, from)}${begin}\n\n${section}\n\n${page.slice(to)}`
}
