/**
 * What is left after a while: e⁻ˣ, from additions and multiplications alone. Platforms round their own powers
 * differently in the last digit, and a schedule must be the same everywhere.
 */

const turnsMax = 64

/** 2⁻ⁿ for n from 0 to `turnsMax`; each is exact. */
const halves: Float64Array = (() => {
  const table = new Float64Array(turnsMax + 1)
  let half = 1
  for (let n = 0; n <= turnsMax; n += 1) {
    table[n] = half
    half /= 2
  }
  return table
})()

// biome-ignore lint/suspicious/noApproximativeNumericConstant: the standard leaves the last digit of Math.LOG2E open
const log2e = 1.4426950408889634
// biome-ignore lint/suspicious/noApproximativeNumericConstant: and of Math.LN2
const ln2 = 0.6931471805599453

/** e⁻ˣ within 1e-12 of its value, for x ≥ 0; never rises with x by more than that. 0 where less than 2⁻⁶⁴ is left. */
export const decay = (x: number): number => {
  const turns = x * log2e
  if (!(turns < turnsMax)) return 0
  const whole = Math.floor(turns)
  const r = -(turns - whole) * ln2
  const e0 = 1 + r * (1 / 9) * (1 + r * (1 / 10) * (1 + r * (1 / 11) * (1 + r * (1 / 12))))
  const e1 = 1 + r * (1 / 5) * (1 + r * (1 / 6) * (1 + r * (1 / 7) * (1 + r * (1 / 8) * e0)))
  return (halves[whole] ?? 0) * (1 + r * (1 + r * (1 / 2) * (1 + r * (1 / 3) * (1 + r * (1 / 4) * e1))))
}

/** (1 − e⁻ˣ) ÷ x: the mean of what is left over a while that ends now. */
export const meanDecay = (x: number): number => (x < 1e-6 ? 1 - x / 2 : (1 - decay(x)) / x)
