/**
 * The parts of a plot, as SVG text: axes, lines, points, a legend. Each series has a colour that colour-blind readers can
 * tell apart (Okabe and Ito), a dash and a mark, so that no plot hangs on one of them.
 */
import { symbol, symbolCircle, symbolCross, symbolDiamond, symbolSquare, symbolTriangle } from 'd3-shape'

const ink = '#222222'
const faint = '#d8d8d8'
const font = "Lato, 'Helvetica Neue', Arial, sans-serif"

export const styles = {
  fixed: { colour: '#666666', dash: '2 5', mark: symbolCircle, width: 2 },
  stepped: { colour: '#d55e00', dash: '9 5', mark: symbolSquare, width: 2 },
  aimd: { colour: '#0072b2', dash: '9 4 2 4', mark: symbolTriangle, width: 2 },
  adaptive: { colour: '#009e73', dash: 'none', mark: symbolDiamond, width: 3 },
  hindsight: { colour: '#000000', dash: '4 3', mark: symbolCross, width: 1.5 }
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

export const label = (x, y, words, { size = 14, anchor = 'start', weight = 400, colour = ink, turn = 0 } = {}) => {
  const turned = turn === 0 ? '' : ` transform="rotate(${turn} ${x} ${y})"`
  const face = `font-size="${size}" font-weight="${weight}" fill="${colour}" text-anchor="${anchor}"`
  return `<text x="${x}" y="${y}" ${face}${turned}>${escaped(words)}</text>`
}

export const picture = ({ width, height, title, subtitle, parts }) =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="${font}">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    label(24, 34, title, { size: 20, weight: 700 }),
    label(24, 57, subtitle, { colour: '#555555' }),
    ...parts,
    '</svg>\n'
  ].join('\n')

/** Axes of an area between the ranges of two scales; `[value, words]` for each tick. */
export const axes = ({ x, y, xTicks, yTicks, xTitle, yTitle }) => {
  const [left, right] = x.range()
  const [bottom, top] = y.range()
  const rule = (x1, y1, x2, y2, colour) =>
    `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${colour}"/>`
  return [
    ...yTicks.flatMap(([value, words]) => [
      rule(left, y(value), right, y(value), faint),
      label(left - 9, round(y(value)) + 5, words, { anchor: 'end' })
    ]),
    ...xTicks.flatMap(([value, words]) => [
      rule(x(value), bottom, x(value), top, faint),
      label(round(x(value)), bottom + 20, words, { anchor: 'middle' })
    ]),
    rule(left, bottom, right, bottom, ink),
    rule(left, bottom, left, top, ink),
    label((left + right) / 2, bottom + 44, xTitle, { anchor: 'middle' }),
    label(left - 50, (top + bottom) / 2, yTitle, { anchor: 'middle', turn: -90 })
  ]
}

export const stroke = (series, d, { colour, dash, width }) =>
  `<path data-series="${series}" d="${d}" fill="none" stroke="${colour}" stroke-width="${width}" stroke-dasharray="${dash}" stroke-linejoin="round"/>`

export const mark = (x, y, { colour, mark: shape }, { hollow = false, size = 44 } = {}) =>
  `<path d="${symbol(shape, size)()}" transform="translate(${round(x)} ${round(y)})" fill="${hollow ? '#ffffff' : colour}" stroke="${colour}" stroke-width="1.5"/>`

/** Beside the area or above it, never over the lines. */
export const legend = (x, y, entries, { across = 0 } = {}) =>
  entries.flatMap(({ words, style, marked = true, hollow = false }, index) => {
    const [left, at] = across > 0 ? [x + index * across, y] : [x, y + index * 26]
    const line = `<line x1="${left}" y1="${at}" x2="${left + 42}" y2="${at}" stroke="${style.colour}" stroke-width="${style.width}" stroke-dasharray="${style.dash}"/>`
    const point = mark(left + 21, at, style, { hollow })
    return [...(hollow ? [] : [line]), ...(marked ? [point] : []), label(left + 52, at + 5, words)]
  })

export const round = (number) => Math.round(number * 100) / 100
