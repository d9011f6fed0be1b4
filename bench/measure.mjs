/** How things are measured: medians of seven, both sides in turn so that a busy machine hurts both. */

export const median = (numbers) => [...numbers].sort((x, y) => x - y)[Math.floor(numbers.length / 2)]

const timed = async (run) => {
  globalThis.gc?.()
  const from = performance.now()
  await run()
  return performance.now() - from
}

/** Runs each of the parts in turn, `times` times, after one warm-up of each; answers the median of each in ms. */
export const inTurn = async (parts, times = 7) => {
  for (const part of Object.values(parts)) await part()
  const samples = Object.fromEntries(Object.keys(parts).map((name) => [name, []]))
  for (let round = 0; round < times; round += 1) {
    for (const [name, part] of Object.entries(parts)) samples[name].push(await timed(part))
  }
  return Object.fromEntries(Object.entries(samples).map(([name, numbers]) => [name, median(numbers)]))
}

export const shown = (ms) => `${ms.toFixed(ms < 10 ? 2 : 0)} ms`

/** One line of the table: what, both sides, the ratio, the target, and whether it is met. */
export const line = (what, left, right, ratio, target, met) => {
  process.stdout.write(
    `${met ? 'met   ' : 'MISSED'} ${what}: ${left} against ${right}, ratio ${ratio.toFixed(2)}, target ${target}\n`
  )
}

export const ratioLine = (what, ms, againstMs, most) => {
  const ratio = ms / againstMs
  line(what, shown(ms), shown(againstMs), ratio, `at most ${most}`, ratio <= most)
}

export const note = (text) => process.stdout.write(`       ${text}\n`)
