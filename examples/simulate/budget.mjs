/** Equal budgets: the figure of a contestant at which a fleet is visited so and so many times a day. */
import { replay } from './replay.mjs'

const stride = 4
const stridesMax = 12
const replaysMax = 40

/** Answers `(visitsADay, near) => { figure, ...measures }`; what was replayed for one budget helps with the next. */
export const solver = (fleet, contestant, learnShare) => {
  const known = []
  const measure = (figure) => {
    const found = { figure, ...replay(fleet, contestant.at(figure), learnShare) }
    known.push(found)
    known.sort((x, y) => x.figure - y.figure)
  }
  return (visitsADay, near = 0.001) => {
    if (known.length === 0) measure(contestant.guess)
    for (let replays = 0; replays < replaysMax; replays += 1) {
      const best = known.reduce((x, y) => (distance(y, visitsADay) < distance(x, visitsADay) ? y : x))
      if (distance(best, visitsADay) <= Math.log1p(near)) return best
      // Visits fall as the figure rises.
      const cheaper = known.find((point) => point.visitsADay < visitsADay)
      const dearer = known.findLast((point) => point.visitsADay >= visitsADay)
      if (cheaper !== undefined && dearer !== undefined)
        measure(between(dearer, cheaper, replays % 3 === 2 ? 0.5 : placeOf(dearer, cheaper, visitsADay)))
      else {
        const figure = cheaper === undefined ? known.at(-1).figure * stride : known[0].figure / stride
        if (Math.abs(Math.log(figure / contestant.guess)) > stridesMax * Math.log(stride)) break
        measure(figure)
      }
    }
    throw new RangeError(`${contestant.name}: ${visitsADay} visits a day cannot be had`)
  }
}

/** Figures and visits both span decades, hence logarithms. */
const distance = (point, visitsADay) => Math.abs(Math.log(point.visitsADay / visitsADay))
const placeOf = (dearer, cheaper, visitsADay) =>
  Math.log(dearer.visitsADay / visitsADay) / Math.log(dearer.visitsADay / cheaper.visitsADay)
const between = (dearer, cheaper, place) =>
  Math.exp(Math.log(dearer.figure) + place * Math.log(cheaper.figure / dearer.figure))
