/**
 * Seeded worlds under people, faults, deaths and two engines. Every seed is run twice; the laws are judged in all of
 * them. `npm run simulate -- --seed N` shows one again.
 */
import { beforeAll, describe, expect, test } from 'vitest'
import { simulate, type SimulationReport } from '../../src/testing/simulator/index.js'
import { broken, firstSeed, runs, seeds, timeoutMs } from './runs.js'

const reports: Array<SimulationReport> = []
const differing: Array<number> = []

beforeAll(async () => {
  for (const seed of seeds()) {
    const report = await simulate(seed)
    const again = await simulate(seed)
    if (again.digest !== report.digest || again.stored !== report.stored) differing.push(seed)
    reports.push({ ...report, trace: [], stored: '' })
  }
}, timeoutMs)

const laws: ReadonlyArray<readonly [name: string, numbers: ReadonlyArray<number>]> = [
  ['nothing throws, nothing hangs', [0]],
  ['1: it comes to rest', [1]],
  ['2: what flows both ways is the same on both sides', [2]],
  ['3, 35: at rest nothing is written, no row changes', [3]],
  ['8: no edit of a person is lost', [8]],
  ['9: no value comes out of thin air', [9]],
  ['10: nothing flows against its direction', [10]],
  ['12: what comes and goes was asked for', [12]],
  ['13: nothing is made twice', [13]],
  ['14: no thing is in two links of a mailbox', [14]],
  ['16: deletes rest on evidence', [16]],
  ['19: what a person has deleted stays deleted', [19]],
  ['22, 23: no change is lost behind a cursor', [2, 8]],
  ['25: what was made is named by link, intent or claim', [25]],
  ['26: a base holds what its own side has held', [26]],
  ['27: no commit under an old lease', [27]],
  ['38: no value in reports, logs, errors, intents, nor under base digest in the link store', [38]],
  ['41: a second decision creates and deletes nothing new', [41]]
]

describe(`${runs} seeds from ${firstSeed}`, () => {
  test.each(laws)('%s', (_, numbers) => {
    expect(broken(reports, ...numbers)).toEqual([])
  })

  test('6: a seed gives the same trace and the same stored bytes', () => {
    expect(reports.length).toBe(runs)
    expect(differing).toEqual([])
  })

  test('the runs have met every kind of fault, people and two engines', () => {
    const met = new Set(reports.flatMap(({ faults }) => Object.keys(faults)))
    expect([...met].sort()).toEqual(
      [
        'cursor-expired',
        'crash',
        'duplicate-rows',
        'empty-listing',
        'gone',
        'late',
        'lost',
        'mismatch',
        'throttled',
        'transient'
      ].sort()
    )
    expect(reports.some(({ acts }) => acts > 5)).toBe(true)
  })
})
