/**
 * Every rule of tracking has a scenario of its own, or a test that is named here, or a reason why there is nothing to
 * show. A rule that is in none of the lists, and one that is in two, fails.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ScenarioFile } from '../src/testing/scenario/index.js'

const root = resolve(import.meta.dirname, '..')

const upTo = (letter: string, last: number): ReadonlyArray<string> =>
  Array.from({ length: last }, (_, index) => `${letter}${index + 1}`)

/** Labels of the rules of tracking, in their order. There is no R9. */
const labels: ReadonlyArray<string> = [
  ...upTo('T', 19),
  '1.2',
  ...upTo('1.3/', 4),
  ...upTo('1.4/', 8),
  '1.5',
  ...upTo('U', 8),
  ...upTo('1.6/', 7),
  ...upTo('A', 19),
  ...upTo('2/', 12),
  '3.1',
  ...upTo('C', 8),
  ...upTo('K', 7),
  ...upTo('M', 7),
  ...upTo('F', 11),
  ...upTo('W', 5),
  ...upTo('D', 6),
  ...upTo('R', 11).filter((label) => label !== 'R9'),
  ...upTo('N', 3),
  '3.9',
  '4.1',
  '4.2',
  '4.3',
  ...upTo('4.4/', 6),
  '5.1',
  ...upTo('O', 7),
  '5.2',
  ...upTo('E', 5),
  ...upTo('Q', 10),
  ...upTo('P', 8),
  ...upTo('Traps ', 21)
]

/** Rules that a scenario cannot show, and the file whose tests do. */
const tests: { readonly [label: string]: string } = {
  ...Object.fromEntries(upTo('1.4/', 8).map((label) => [label, 'test/track/wizard.test.ts'])),
  T7: 'test/setup/set-up.test.ts',
  T13: 'test/mail/offline.test.ts',
  A15: 'test/mail/texts.test.ts',
  A18: 'test/mail/texts.test.ts',
  W4: 'test/setup/forward.test.ts',
  '3.9': 'test/setup/check.test.ts',
  '4.3': 'test/track/methods.test.ts',
  '4.4/1': 'test/track/methods.test.ts',
  '4.4/4': 'test/setup/set-up.test.ts',
  '4.4/5': 'test/setup/processed.test.ts',
  '4.4/6': 'test/track/methods.test.ts',
  E2: 'test/setup/alerts.test.ts'
}

/** Rules that ask nothing of the engine, and why. */
const reasons: { readonly [label: string]: string } = {
  A14: 'automatic replies are told apart by nobody: they are messages like others',
  R11: 'an address book is a host’s own listing of contacts',
  '4.1': 'it refers to the schedule',
  O2: 'the application keeps its people from editing what is pending',
  E3: 'no detail of a failure holds a subject; who may see it is the host’s affair',
  E4: 'how much a provider takes is said by its own answers (`throttled`, 5.2)',
  E5: 'a property of forward mailboxes as such',
  Q6: 'a job of the host, on its own records',
  P2: 'what a pane says beside the view model'
}

const labelled = (): ReadonlySet<string> => {
  const folder = join(root, 'scenarios')
  const files = readdirSync(folder).filter((name) => name.endsWith('.scenario.json'))
  return new Set(
    files.flatMap((name) => {
      const { scenarios }: ScenarioFile = JSON.parse(readFileSync(join(folder, name), 'utf8'))
      return scenarios.flatMap(({ rule }) =>
        (rule ?? '').split(/[,;]\s*/).map((label) => label.trim().replace(/^trap /, 'Traps '))
      )
    })
  )
}

describe('rules of tracking', () => {
  const shown = labelled()

  test('each has a scenario, a test that is named, or a reason why not', () => {
    const open = labels.filter((label) => !shown.has(label) && !(label in tests) && !(label in reasons))
    expect(open).toEqual([])
  })

  test('none is excused that has a scenario, and none is excused twice', () => {
    expect(Object.keys(reasons).filter((label) => shown.has(label) || label in tests)).toEqual([])
    expect(Object.keys({ ...tests, ...reasons }).filter((label) => !labels.includes(label))).toEqual([])
  })

  test.each(Object.entries(tests))('%s is shown by %s, which names it', (label, file) => {
    expect(existsSync(join(root, file))).toBe(true)
    const section = label.replace(/\/\d+$/, '')
    expect(readFileSync(join(root, file), 'utf8')).toMatch(new RegExp(`\\b${section.replace('.', '\\.')}\\b`))
  })
})
