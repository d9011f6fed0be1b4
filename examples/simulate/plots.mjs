/** The two kinds of plots: what visits buy, and how long the intervals of two mailboxes are over a day or a week. */
import { scaleLinear, scaleLog } from 'd3-scale'
import { curveStepAfter, line } from 'd3-shape'
import { axes, label, legend, mark, picture, round, stroke, styles } from './chart.mjs'

const width = 960
const hourS = 3600

/** `curves`: `[{ key, name, points }]`; `shipped`: `[{ key, name, visitsADay, meanS }]`. */
export const stalenessPlot = ({ budgets, curves, shipped, subtitle }) => {
  const height = 560
  const points = curves.flatMap((curve) => curve.points)
  const visits = points.map(({ visitsADay }) => visitsADay)
  const x = scaleLog([Math.min(...visits) * 0.97, Math.max(...visits) * 1.03], [84, 664])
  const shown = shipped.filter(({ visitsADay }) => within(x.domain())(visitsADay))
  const means = [...points, ...shown].map(({ meanS }) => meanS)
  const y = scaleLog([Math.min(...means) * 0.92, Math.max(...means) * 1.08], [height - 70, 84])
  const path = line(
    ({ visitsADay }) => round(x(visitsADay)),
    ({ meanS }) => round(y(meanS))
  )
  return picture({
    width,
    height,
    title: 'How long mail waits, by how often mailboxes are visited',
    subtitle,
    parts: [
      ...axes({
        x,
        y,
        xTicks: budgets.map((value) => [value, String(value)]),
        yTicks: secondTicks.filter(within(y.domain())).map((value) => [value, String(value)]),
        xTitle: 'visits a day, mean of all mailboxes (logarithmic)',
        yTitle: 'mean staleness, seconds (logarithmic)'
      }),
      ...curves.map(({ key, points: own }) => stroke(key, path(own), styles[key])),
      ...curves.flatMap(({ key, points: own }) =>
        own.map(({ visitsADay, meanS }) => mark(x(visitsADay), y(meanS), styles[key]))
      ),
      ...shown.map(({ key, visitsADay, meanS }) =>
        mark(x(visitsADay), y(meanS), styles[key], { hollow: true, size: 150 })
      ),
      ...legend(690, 110, [
        ...curves.map(({ key, name }) => ({ words: name, style: styles[key] })),
        ...shown.map(({ key, name }) => ({ words: `${name}, as shipped`, style: styles[key], hollow: true }))
      ])
    ]
  })
}

/**
 * `panels`: `[{ title, arrivals, lines }]`, a line is `{ key, steps: [[atS, delayS]] }`; all times are local, seconds since
 * the start of the span.
 */
export const intervalsPlot = ({ title, subtitle, spanS, panels, names }) => {
  const tall = 236
  const height = 118 + panels.length * (tall + 62)
  const x = scaleLinear([0, spanS], [84, width - 30])
  const isWeek = spanS > 24 * hourS
  const tickS = isWeek ? 24 * hourS : 3 * hourS
  const ticks = Array.from({ length: spanS / tickS + (isWeek ? 0 : 1) }, (_, index) => index * tickS)
  const words = (atS) => (isWeek ? days[atS / tickS] : `${String(atS / hourS).padStart(2, '0')}:00`)
  const parts = panels.flatMap((panel, index) => {
    const top = 132 + index * (tall + 62)
    // The mail has a strip of its own under the lines.
    const y = scaleLinear([0, 13], [top + tall - 62, top])
    const strip = top + tall - 40
    const path = line(
      ([atS]) => round(x(atS)),
      ([, delayS]) => round(y(delayS / 60))
    ).curve(curveStepAfter)
    return [
      label(84, top - 10, panel.title, { weight: 700 }),
      ...ticks.map((atS) => vertical(x(atS), top, strip + 22, '#d8d8d8')),
      ...yGrid(x, y),
      ...ticks.map((atS) =>
        label(round(x(isWeek ? atS + tickS / 2 : atS)), strip + 40, words(atS), { anchor: 'middle' })
      ),
      ...panel.lines.map(({ key, steps }) =>
        stroke(key, path(steps), { ...styles[key], dash: 'none', width: key === 'adaptive' ? 2.2 : 1.4 })
      ),
      label(75, strip + 14, 'mail', { anchor: 'end' }),
      `<g data-series="mail">${panel.arrivals.map((atS) => vertical(x(atS), strip, strip + 18, '#222222')).join('')}</g>`,
      label(34, top + (tall - 62) / 2, 'interval, minutes', {
        anchor: 'middle',
        turn: -90
      })
    ]
  })
  const entries = panels[0].lines.map(({ key }) => ({
    words: names[key],
    style: { ...styles[key], dash: 'none' },
    marked: false
  }))
  return picture({ width, height, title, subtitle, parts: [...legend(84, 86, entries, { across: 220 }), ...parts] })
}

const within =
  ([least, most]) =>
  (value) =>
    value >= least && value <= most

const secondTicks = [60, 80, 100, 125, 150, 200, 250, 300, 400, 500]
const days = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
const vertical = (x, y1, y2, colour) =>
  `<line x1="${round(x)}" y1="${y1}" x2="${round(x)}" y2="${y2}" stroke="${colour}"/>`
const yGrid = (x, y) =>
  [0, 2, 4, 6, 8, 10, 12].flatMap((value) => [
    `<line x1="${x.range()[0]}" y1="${round(y(value))}" x2="${x.range()[1]}" y2="${round(y(value))}" stroke="${value === 0 ? '#222222' : '#d8d8d8'}"/>`,
    label(x.range()[0] - 9, round(y(value)) + 5, String(value), { anchor: 'end' })
  ])
