import { test } from 'vitest'
import { simulate, type SimulateOptions } from '../../src/testing/simulator/index.js'
test('dev', async () => {
  const from = Number(process.env['FROM'] ?? 0)
  const n = Number(process.env['N'] ?? 200)
  const options: SimulateOptions = JSON.parse(process.env['OPT'] ?? '{}')
  const by = new Map<string, number[]>()
  const started = performance.now()
  let calls = 0; let cycles = 0; let rounds = 0
  for (let seed = from; seed < from + n; seed += 1) {
    const report = await simulate(seed, options)
    calls += report.calls; cycles += report.cycles; rounds = Math.max(rounds, report.rounds)
    for (const { law, what } of report.violations) { const k = `${law} ${what.replace(/[a-z0-9-]*\d[\w-]*/gi, '#')}`; const l = by.get(k) ?? []; if (!l.includes(seed)) l.push(seed); by.set(k, l) }
    if (process.env['TRACE']) console.log([...report.trace, JSON.stringify(report.violations, undefined, 1)].join('\n'))
  }
  console.log(`${n} runs ${((performance.now() - started) / n).toFixed(2)} ms each, ${calls} calls ${cycles} cycles, max rounds ${rounds}`)
  for (const [k, l] of [...by].sort((a, b) => b[1].length - a[1].length)) console.log(`${l.length} ${k}: ${l.slice(0, 8).join(' ')}`)
}, 600000)
