/**
 * The example `simulate`: what it makes up, what it reads, how it counts, and what it draws. In this process, on the
 * sources (vitest.config.ts); that it runs as a program on the built package is shown in examples.test.ts.
 */
import { beforeAll, describe, expect, test } from 'vitest'

const load = (name: string) => import(new URL(`../../examples/simulate/${name}.mjs`, import.meta.url).href)
const { csvFromFleet, fleetFromCsv } = await load('arrivals')
const { compare } = await load('compare')
const { contestants, observations, shipped } = await load('contestants')
const { default: measured } = await load('measured-policy')
const { officeFleet } = await load('generator')
const { optionsFrom } = await load('options')
const { pageWith } = await load('page')
const { pngFromSvg } = await load('png')
const { replay, visitAll } = await load('replay')
const { solver } = await load('budget')
const { adaptive } = await import('../../src/schedule/index.js')

interface Mailbox {
  readonly id: string
  readonly startS: number
  readonly endS: number
  readonly zoneHours: number
  readonly arrivals: Float64Array
}
interface Row {
  readonly key: string
  readonly visitsADay: number
  readonly messages: number
  readonly meanS: number
  readonly p50S: number
  readonly p95S: number
  readonly p99S: number
  readonly emptyShare: number
  readonly mailboxMeanS: number
  readonly peakHour: number
  readonly efficiency: number
}

const hourS = 3600
const dayS = 24 * hourS

describe('arrivals as a file', () => {
  test('two columns or three, with or without names of the columns, in any order', () => {
    const two = fleetFromCsv('ann,86500\nbob,90000\r\nann,86401\n')
    const named = fleetFromCsv('mailbox,epoch_seconds\nann,86500\nbob,90000\n\nann,86401\n')
    expect(named).toEqual(two)
    expect(two).toEqual([
      { id: 'ann', startS: dayS, endS: 2 * dayS, zoneHours: 0, arrivals: Float64Array.of(86401, 86500) },
      { id: 'bob', startS: dayS, endS: 2 * dayS, zoneHours: 0, arrivals: Float64Array.of(90000) }
    ])
    const three = fleetFromCsv(`mailbox,start,epoch_seconds\nann,0,86500\nbob,${10 * dayS},${10 * dayS + 5}\n`)
    expect(three.map(({ startS, endS }: Mailbox) => [startS, endS])).toEqual([
      [0, 2 * dayS],
      [10 * dayS, 12 * dayS]
    ])
  })

  test('what is no arrival is named by its line', () => {
    for (const [text, line] of [
      ['ann,5\nann\n', 'line 2'],
      ['ann,5\nann,soon\n', 'line 2'],
      ['ann,5\nann,\n', 'line 2'],
      ['ann,1,2,3\n', 'line 1'],
      ['ann,1767571200000\n', 'milliseconds'],
      ['mailbox,epoch_seconds\n', 'no arrivals']
    ])
      expect(() => fleetFromCsv(text)).toThrow(line)
  })

  test('a fleet that is written and read again is the same', () => {
    const fleet = officeFleet({ seed: 3, mailboxes: 4, weeks: 2 })
    const again = fleetFromCsv(csvFromFleet(fleet))
    expect(again.map(({ id, startS, arrivals }: Mailbox) => ({ id, startS, arrivals }))).toEqual(
      fleet.map(({ id, startS, arrivals }: Mailbox) => ({ id, startS, arrivals }))
    )
  })
})

describe('the generated fleet', () => {
  const fleet: ReadonlyArray<Mailbox> = officeFleet({ seed: 1, mailboxes: 60, weeks: 6 })
  const mail = fleet.flatMap(({ arrivals, zoneHours }) => Array.from(arrivals, (atS) => atS + zoneHours * hourS))
  const share = (test: (localS: number) => boolean) => mail.filter(test).length / mail.length

  test('is its seed’s, and a smaller one is its beginning', () => {
    expect(officeFleet({ seed: 1, mailboxes: 5, weeks: 6 })).toEqual(fleet.slice(0, 5))
    expect(officeFleet({ seed: 2, mailboxes: 5, weeks: 6 })).not.toEqual(fleet.slice(0, 5))
  })

  test('keeps office hours, five days a week, and some get most of the mail', () => {
    const hourOf = (atS: number) => Math.floor(atS / hourS) % 24
    const isWeekend = (atS: number) => [2, 3].includes(Math.floor(atS / dayS) % 7)
    expect(share((atS) => !isWeekend(atS) && hourOf(atS) >= 8 && hourOf(atS) < 18)).toBeGreaterThan(0.6)
    expect(share(isWeekend)).toBeLessThan(0.15)
    const counts = fleet.map(({ arrivals }) => arrivals.length).sort((x, y) => y - x)
    expect(counts.slice(0, 6).reduce((sum, count) => sum + count, 0) / mail.length).toBeGreaterThan(0.25)
    expect(new Set(fleet.map(({ zoneHours }) => zoneHours)).size).toBeGreaterThan(5)
  })

  test('comes in bursts: more pairs within five minutes than the counts of the hours would have by chance', () => {
    const withinS = 5 * 60
    const chance = 1 - (1 - withinS / hourS) ** 2
    const quiet = fleet.filter(({ arrivals }) => arrivals.length < 42 * 25)
    let [pairs, expected] = [0, 0]
    for (const { arrivals } of quiet) {
      const hours = new Map<number, number>()
      for (const [index, atS] of arrivals.entries()) {
        const hour = Math.floor(atS / hourS)
        hours.set(hour, (hours.get(hour) ?? 0) + 1)
        for (const later of arrivals.subarray(index + 1)) {
          if (later - atS >= withinS || Math.floor(later / hourS) !== hour) break
          pairs += 1
        }
      }
      for (const count of hours.values()) expected += ((count * (count - 1)) / 2) * chance
    }
    expect(pairs / expected).toBeGreaterThan(1.2)
  })
})

describe('the replay', () => {
  const every600 = { begin: () => undefined, next: () => 600 }
  const visitsOf = (mailbox: Mailbox): ReadonlyArray<number> => {
    const visits: Array<number> = []
    visitAll(mailbox, every600, (nowS: number) => visits.push(nowS))
    return visits
  }
  const empty: Mailbox = { id: 'ann', startS: 0, endS: dayS, zoneHours: 0, arrivals: new Float64Array() }
  const visits = visitsOf(empty)
  const [first = 0, second = 0, third = 0] = visits

  test('a message waits for the first visit at or after it', () => {
    expect([first < 300, second - first, third - second]).toEqual([true, 600, 600])
    const arrivals = Float64Array.of(first + 1, second - 100, second, second + 1)
    const found: Row = replay([{ ...empty, arrivals }], every600, 0)
    expect(found).toMatchObject({ messages: 4, p50S: 100, p95S: 599, p99S: 599 })
    expect(found.meanS).toBeCloseTo((599 + 100 + 0 + 599) / 4, 9)
    expect(found.visitsADay).toBe(visits.length)
    expect(found.emptyShare).toBeCloseTo(1 - 2 / visits.length, 9)
  })

  test('what is learned from is not measured, and the unweighted mean is that of mailboxes', () => {
    const twoDays = (mailbox: Mailbox): Mailbox => ({ ...mailbox, endS: 2 * dayS })
    const visits = visitsOf(twoDays(empty))
    const late = visits.find((atS) => atS >= dayS) ?? 0
    const ann = { ...empty, arrivals: Float64Array.of(first + 1, late + 1, late + 2, late + 3) }
    const bobVisits = visitsOf(twoDays({ ...empty, id: 'bob' }))
    const bobLate = bobVisits.find((atS) => atS >= dayS) ?? 0
    const bob = { ...empty, id: 'bob', arrivals: Float64Array.of(bobLate + 600) }
    const found: Row = replay([ann, bob].map(twoDays), every600, 0.5)
    expect(found.messages).toBe(4)
    expect(found.meanS).toBeCloseTo((599 + 598 + 597 + 0) / 4, 9)
    expect(found.mailboxMeanS).toBeCloseTo((598 + 0) / 2, 9)
    expect(found.visitsADay).toBe(visits.filter((atS) => atS >= dayS).length)
    // One day of a week is measured, and no hour of it had more visits than another.
    expect(found.peakHour).toBeCloseTo(1, 1)
  })

  test('the levels of observation tell what their names say', () => {
    const arrivals = Float64Array.of(10, 20, 30)
    expect(observations.arrivals(arrivals, 1, 3)).toEqual({ changes: 2, arrivalsAtMs: [20_000, 30_000] })
    expect(observations.arrivals(arrivals, 3, 3)).toEqual({ changes: 0, arrivalsAtMs: [] })
    expect(observations.count(arrivals, 1, 3)).toEqual({ changes: 2 })
    expect(observations.changed(arrivals, 1, 3)).toEqual({ changes: 1, uncounted: true })
    expect(observations.changed(arrivals, 3, 3)).toEqual({ changes: 0, uncounted: true })
  })

  test('the adapter for another measuring stick asks the same policy the same', () => {
    const [mailbox]: ReadonlyArray<Mailbox> = officeFleet({ seed: 5, mailboxes: 1, weeks: 2 })
    const price = 7
    const adapted = {
      begin: measured.init,
      next: (state: unknown, arrivals: Float64Array, from: number, to: number, nowS: number) =>
        measured.next(state, arrivals, from, to, nowS, price)
    }
    expect(replay([mailbox], adapted, 0)).toEqual(replay([mailbox], shipped({ ...adaptive, visitPrice: price }), 0))
    expect(replay([mailbox], adapted, 0)).not.toEqual(replay([mailbox], shipped(adaptive), 0))
  })

  test('a budget that cannot be had is refused', () => {
    const solve = solver(officeFleet({ seed: 1, mailboxes: 2, weeks: 1 }), contestants(0.5).fixed, 0.5)
    expect(solve(288).visitsADay / 288).toBeCloseTo(1, 2)
    expect(() => solve(1000)).toThrow('1000 visits a day cannot be had')
  })
})

describe('the comparison', () => {
  const budgets = [150, 288, 450]
  const options = optionsFrom(['--mailboxes', '12', '--weeks', '4', '--curve', budgets.join()])
  const fleet: ReadonlyArray<Mailbox> = officeFleet(options)
  // biome-ignore lint/suspicious/noExplicitAny: an example has no types
  let result: any
  let rows: Readonly<Record<string, Row>> = {}
  const row = (key: string): Row => {
    const found = rows[key]
    if (found === undefined) throw new Error(`no row ${key}`)
    return found
  }
  beforeAll(() => {
    result = compare(fleet, options)
    rows = Object.fromEntries(result.rows.map((found: Row) => [found.key, found]))
  }, 60_000)

  test('every policy spends the same, and its figures fit together', () => {
    const adaptives = ['adaptive', 'adaptiveCount', 'adaptiveChanged', 'adaptiveLong']
    expect(Object.keys(rows)).toEqual(['fixed', 'client', 'stepped', 'aimd', ...adaptives, 'hindsight'])
    for (const found of Object.values(rows)) {
      expect(Math.abs(found.visitsADay / 288 - 1)).toBeLessThan(0.0011)
      expect([found.p50S <= found.p95S, found.p95S <= found.p99S, found.p99S <= 720]).toEqual([true, true, true])
      expect(found.meanS).toBeGreaterThan(60)
      expect(found.peakHour).toBeGreaterThanOrEqual(1)
      expect([found.emptyShare > 0.5, found.emptyShare < 1]).toEqual([true, true])
      expect(Math.abs(found.messages - row('fixed').messages)).toBeLessThan(20)
    }
  })

  test('a fixed interval waits half of it, whoever keeps it, and hindsight beats it', () => {
    const { fixed, client, hindsight } = { fixed: row('fixed'), client: row('client'), hindsight: row('hindsight') }
    expect(Math.abs(fixed.meanS - 150)).toBeLessThan(4)
    expect(client.meanS).toBeCloseTo(fixed.meanS, 6)
    expect([fixed.efficiency, hindsight.efficiency]).toEqual([0, 1])
    expect(hindsight.meanS).toBeLessThan(0.7 * fixed.meanS)
  })

  test('every policy that looks at the mail beats the one that does not', () => {
    for (const key of ['stepped', 'aimd', 'adaptive', 'adaptiveCount', 'adaptiveChanged', 'adaptiveLong']) {
      expect(row(key).efficiency).toBeGreaterThan(0.4)
      expect(row(key).meanS).toBeLessThan(0.85 * row('fixed').meanS)
    }
  })

  test('adaptive leaves less waiting than stepped and AIMD', () => {
    expect(row('adaptive').meanS).toBeLessThan(row('stepped').meanS)
    expect(row('adaptive').meanS).toBeLessThan(row('aimd').meanS)
  })

  test('where long waits count more, the longest are shorter, and the mean hardly longer', () => {
    const { adaptive, adaptiveLong } = { adaptive: row('adaptive'), adaptiveLong: row('adaptiveLong') }
    expect(adaptiveLong.p99S).toBeLessThan(0.95 * adaptive.p99S)
    expect(adaptiveLong.meanS).toBeLessThan(1.05 * adaptive.meanS)
  })

  test('more visits, less waiting', () => {
    for (const { points } of result.curves) {
      const found: ReadonlyArray<Row> = points
      expect(found.map(({ visitsADay }, at) => Math.abs(visitsADay / (budgets[at] ?? 0) - 1) < 0.006)).toEqual([
        true,
        true,
        true
      ])
      expect(found.map(({ meanS }) => meanS)).toEqual(found.map(({ meanS }) => meanS).sort((x, y) => y - x))
    }
  })

  test('the plots have a line for each policy, as long as its points, inside the picture', () => {
    const lines = (svg: string) =>
      Object.fromEntries(
        [...svg.matchAll(/<path data-series="(\w+)" d="([^"]+)"/g)].map(([, series = '', d = '']) => [
          series,
          [...d.matchAll(/[ML](-?[\d.]+),(-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)] as const)
        ])
      )
    const staleness = lines(result.plots.staleness)
    expect(Object.keys(staleness)).toEqual(['fixed', 'stepped', 'aimd', 'adaptive', 'hindsight'])
    for (const points of Object.values(staleness)) {
      expect(points).toHaveLength(budgets.length)
      // To the right and down.
      expect([...points].sort(([x], [y]) => x - y)).toEqual(points)
      expect([...points].sort(([, x], [, y]) => x - y)).toEqual(points)
      for (const [x, y] of points) expect([x >= 84, x <= 664, y >= 84, y <= 490]).toEqual([true, true, true, true])
    }
    for (const words of ['mean staleness, seconds', 'visits a day', 'hour of the week, in hindsight'])
      expect(result.plots.staleness).toContain(words)
    for (const name of ['intervals-day', 'intervals-week']) {
      const drawn = [...result.plots[name].matchAll(/data-series="(\w+)"/g)].map(([, series]) => series)
      expect([name, drawn]).toEqual([name, ['stepped', 'adaptive', 'mail', 'stepped', 'adaptive', 'mail']])
      expect(result.plots[name]).toContain('interval, minutes')
      expect(result.plots[name]).not.toMatch(/NaN|undefined|Infinity/)
    }
  })

  test('a plot as PNG is twice as large, and its words are drawn', () => {
    for (const [svg, width, height] of [
      [result.plots.staleness, 1920, 1120],
      [result.plots['intervals-day'], 1920, 1428]
    ]) {
      const png = Buffer.from(pngFromSvg(svg))
      expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n')
      expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([width, height])
      const wordless = Buffer.from(pngFromSvg(svg.replaceAll(/<text .*?<\/text>/g, '')))
      expect(png.length).toBeGreaterThan(wordless.length + 10_000)
    }
    expect(() => pngFromSvg(result.plots.staleness.replace('</svg>', ''))).toThrow()
  })

  test('the page gets the table between its marks, and nothing else of it changes', () => {
    const mark = '<!-- figures: written by npm run simulate:schedule -- --docs -->'
    const page = `above\n${mark}\nold figures\n<!-- /figures -->\nbelow\n`
    const written: string = pageWith(page, result)
    expect(written.startsWith(`above\n${mark}\n`)).toBe(true)
    expect(written.endsWith('<!-- /figures -->\nbelow\n')).toBe(true)
    expect(written).toContain('| AIMD ')
    expect(written).not.toContain('old figures')
    expect(pageWith(written, result)).toBe(written)
    expect(() => pageWith('no marks', result)).toThrow('no marks')
  })
})
