import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

export const usage = `usage: npm run simulate:schedule -- [options]
  --arrivals FILE       mailbox,epoch_seconds a line, or mailbox,start,epoch_seconds; else a fleet is made up:
  --mailboxes 100       how many mailboxes of it
  --weeks 8             for how long
  --seed 1              which fleet
  --budget 288          visits a day, mean of all mailboxes, more than 120 and less than 720
  --curve 130,150,...   the budgets of the first plot
  --learn 0.5           the share of the time that policies learn in and that is not measured
  --out out/simulate    where plots and results.json go
  --save-arrivals FILE  the arrivals, as a file of the format above
  --docs                writes docs/plots and the figures of docs/simulate.md as well`

const least = 120
const most = 720

export const optionsFrom = (args) => {
  const { values } = parseArgs({
    args,
    options: {
      arrivals: { type: 'string' },
      mailboxes: { type: 'string', default: '100' },
      weeks: { type: 'string', default: '8' },
      seed: { type: 'string', default: '1' },
      budget: { type: 'string', default: '288' },
      curve: { type: 'string', default: '130,150,180,220,288,360,450,600' },
      learn: { type: 'string', default: '0.5' },
      out: { type: 'string', default: 'out/simulate' },
      'save-arrivals': { type: 'string' },
      docs: { type: 'boolean', default: false }
    }
  })
  const whole = (name) => number(name, values[name], (value) => Number.isInteger(value) && value > 0, 'a whole number')
  const budget = (text) =>
    number('budget', text, (value) => value > least && value < most, `between ${least} and ${most} visits a day`)
  if (values.docs && values.arrivals !== undefined)
    throw new RangeError('--docs: the page shows a fleet that is made up, never somebody’s arrivals')
  return {
    command: ['npm run simulate:schedule', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
    arrivals: values.arrivals,
    mailboxes: whole('mailboxes'),
    weeks: whole('weeks'),
    seed: whole('seed'),
    budget: budget(values.budget),
    curve: values.curve.split(',').map(budget),
    learnShare: number('learn', values.learn, (value) => value >= 0 && value < 1, 'at least 0 and less than 1'),
    out: resolve(values.out),
    saveArrivals: values['save-arrivals'],
    docs: values.docs
  }
}

const number = (name, text, accepts, expected) => {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (!accepts(value)) throw new RangeError(`--${name} ${text}: expected ${expected}`)
  return value
}
