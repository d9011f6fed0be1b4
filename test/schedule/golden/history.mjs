/**
 * What happens to one mailbox over weeks or months, from one number. Only what the language defines to the last bit is
 * used: additions, multiplications, whole numbers. The same history on every engine, or nothing could be compared.
 */
const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** Monday, 5 January 2026. */
export const beginsAtMs = 1_767_571_200_000

/** A linear congruential generator (Numerical Recipes): from 0 to 1, of which its low bits are left out. */
export const drawing = (seed) => {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state >>> 8) / 16_777_216
  }
}

const whole = (draw, limit) => Math.floor(draw() * limit)

/** Messages an hour: an office east of Greenwich, whose clocks are put forward at the end of March and back in October. */
const ratePerHour = (atMs) => {
  const dayOfYear = Math.floor(atMs / dayMs) % 365
  const offsetMs = (dayOfYear > 100 && dayOfYear < 315 ? 3 : 2) * hourMs
  const day = Math.floor((atMs + offsetMs) / dayMs)
  const hour = Math.floor((atMs + offsetMs) / hourMs) % 24
  const isWeekend = (day + 3) % 7 >= 5
  if (hour < 8 || hour >= 18) return isWeekend ? 0.05 : 0.15
  return isWeekend ? 0.4 : 3
}

/** Instants after `fromMs`, at most one in each of 12 parts, some of them with a second one that may be yet to come. */
const arrivals = (draw, fromMs, toMs) => {
  const partMs = Math.max(0, toMs - fromMs) / 12
  const found = []
  for (let part = 0; part < 12; part += 1) {
    const atMs = Math.floor(fromMs + part * partMs + draw() * partMs)
    if (draw() * hourMs >= ratePerHour(atMs) * partMs) continue
    found.push(atMs)
    if (draw() < 0.2) found.push(atMs + whole(draw, 4 * minuteMs))
  }
  return found
}

/** How much a cycle says of what came: each instant, some of them, their number, or that there was something. */
const succeeded = (draw, arrivalsAtMs) => {
  const changes = arrivalsAtMs.length
  const level = draw()
  if (level < 0.006) return { changes: 60 + whole(draw, 400), truncated: true, arrivalsAtMs }
  if (level < 0.01) return { changes: 50 + whole(draw, 1000) }
  if (level < 0.015) return { changes: Number.NaN }
  if (level < 0.15) return { changes }
  if (level < 0.3) return { changes: changes > 0 ? 1 : 0, uncounted: true }
  if (level < 0.4)
    return { changes: changes > 0 ? changes + whole(draw, 3) : 0, arrivalsAtMs: arrivalsAtMs.slice(0, changes >> 1) }
  if (level < 0.45) return { changes, arrivalsAtMs: arrivalsAtMs.slice().reverse() }
  return { changes, arrivalsAtMs }
}

const waits = [1000, 30_000, 600_000, 1_800_000, 7_200_000, 200_000_000, -1, Number.NaN, Number.POSITIVE_INFINITY]
const wait = (draw) => ({ retryAfterMs: waits[whole(draw, waits.length)] })

/** What a cycle, or somebody before it is due, has to say. After a failure the next one is likely. */
export const observed = (draw, { fromMs, toMs, dueAtMs = 0, failures }) => {
  const kind = draw()
  if (kind < (toMs < dueAtMs ? 0.8 : 0.01)) return { request: draw() < 0.7 ? 'push' : 'gesture' }
  if (kind > 0.98) return { changes: whole(draw, 3), error: 'throttled', ...(draw() < 0.8 ? wait(draw) : {}) }
  if (draw() < (failures > 0 ? 0.7 : 0.02))
    return { changes: whole(draw, 2), error: 'transient', ...(draw() < 0.2 ? wait(draw) : {}) }
  return succeeded(draw, arrivals(draw, fromMs, toMs))
}

/** How far the clock moves on until the next observation. The host may have been off, or its clock put wrong and right. */
export const elapsed = (draw, { delayMs = hourMs, hostRests }) => {
  const event = draw()
  if (event < 0.004) return -whole(draw, 3 * hourMs)
  if (event < 0.005) return -whole(draw, 10 * dayMs)
  if (event < 0.006) return whole(draw, 40 * dayMs)
  if (event < 0.0063) return 400 * dayMs
  if (event < 0.01) return 0
  if (event < 0.06) return whole(draw, delayMs)
  if (hostRests && event > 0.86) return whole(draw, 12 * hourMs)
  return delayMs + whole(draw, 20_000)
}
