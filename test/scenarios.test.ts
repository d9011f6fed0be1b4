/**
 * The repository's own scenarios, every one of them as a test; once more with a base of digests, where nothing of the
 * scenario speaks against it; and the runner itself: what is malformed is an error that says what and where.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runScenario, type Scenario, type ScenarioFile } from '../src/testing/index.js'

const folder = join(import.meta.dirname, '..', 'scenarios')
const files: ReadonlyArray<ScenarioFile> = readdirSync(folder)
  .filter((name) => name.endsWith('.scenario.json'))
  .sort()
  .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as ScenarioFile)

const all = files.flatMap(({ topic, scenarios }) => scenarios.map((scenario) => ({ topic, scenario })))
const titleOf = (topic: string, { id, title }: Scenario): string => `${topic} ${id}: ${title ?? ''}`

describe('the repository’s scenarios', () => {
  test('there are at least 120, each named once in its file, each with the rule it pins and a title', () => {
    expect(all.length).toBeGreaterThanOrEqual(120)
    for (const { topic, scenarios } of files) {
      const ids = scenarios.map(({ id }) => id)
      expect(new Set(ids).size, topic).toBe(ids.length)
    }
    const bare = all.filter(({ scenario }) => scenario.rule === undefined || scenario.title === undefined)
    expect(bare.map(({ scenario }) => scenario.id)).toEqual([])
  })

  for (const { topic, scenario } of all) {
    test(titleOf(topic, scenario), async () => {
      const { failures } = await runScenario(scenario)
      expect(failures).toEqual([])
    })
  }
})

/** Keys of settings that a scenario sets anywhere, at the beginning or by a step. */
const settingsIn = ({ given, steps }: Scenario): ReadonlyArray<string> => {
  const parts = [given, ...(Array.isArray(steps) ? steps : [])].map(
    (part) => (part as { readonly settings?: object })?.settings ?? {}
  )
  return parts.flatMap((settings) => Object.keys(settings))
}

const suitsDigests = (scenario: Scenario): boolean =>
  (scenario.kind ?? 'world') === 'world' && !settingsIn(scenario).some((key) => key === 'base' || key === 'history')

describe('the same with a base of digests', () => {
  const baseKey = new Uint8Array(32).fill(7)
  for (const { topic, scenario } of all.filter((one) => suitsDigests(one.scenario))) {
    test(titleOf(topic, scenario), async () => {
      const { failures } = await runScenario(scenario, { settings: { base: 'digest' }, baseKey })
      expect(failures).toEqual([])
    })
  }
})

describe('a malformed scenario is an error with a clear message, never a pass', () => {
  const given = {
    users: { ida: { address: 'ida@hylle.test' } },
    mailboxes: { ida: { user: 'ida' } },
    records: { r: { type: 'contact', owner: 'ida', fields: { lastname: 'Moss' } } },
    mail: { m: { mailbox: 'ida', kind: 'contact', fields: { surname: 'Moss' } } },
    links: [{ mail: 'm', record: 'r' }]
  }
  const world = (over: object): Scenario => ({
    id: 'x',
    now: '2026-05-11T08:00:00Z',
    given,
    steps: [{ sync: 'ida' }],
    ...over
  })
  const steps = (...list: ReadonlyArray<object>): Scenario => world({ steps: list })

  const cases: ReadonlyArray<readonly [string, Scenario, RegExp]> = [
    ['an unknown key of the scenario', world({ stpes: [] }), /unknown key "stpes"/],
    ['an unknown kind', world({ kind: 'wrold' }), /kind.*wrold/],
    ['no steps', world({ steps: undefined }), /steps: expected a list/],
    ['an unknown part of given', world({ given: { ...given, record: {} } }), /given: unknown key "record"/],
    ['an unknown preset', world({ given: { ...given, preset: 'carefull' } }), /preset.*carefull/],
    [
      'an unknown key of a user',
      world({ given: { ...given, users: { ida: { adress: 'ida@hylle.test' } } } }),
      /users\.ida: unknown key "adress"/
    ],
    [
      'an unknown key of a mailbox',
      world({ given: { ...given, mailboxes: { ida: { user: 'ida', metod: 'app' } } } }),
      /mailboxes\.ida: unknown key "metod"/
    ],
    [
      'an unknown user of a mailbox',
      world({ given: { ...given, mailboxes: { ida: { user: 'ada' } } } }),
      /unknown user "ada"/
    ],
    [
      'an unknown mailbox of an item',
      world({ given: { ...given, mail: { m: { mailbox: 'ada', kind: 'contact' } } } }),
      /unknown mailbox "ada"/
    ],
    [
      'an unknown key of a record',
      world({ given: { ...given, records: { r: { type: 'contact', onwer: 'ida' } } } }),
      /records r: unknown key "onwer"/
    ],
    [
      'an unknown record of a link',
      world({ given: { ...given, links: [{ mail: 'm', record: 'q' }] } }),
      /q.*not given/
    ],
    [
      'an unknown key of a link',
      world({ given: { ...given, links: [{ mail: 'm', record: 'r', orgin: 'filter' }] } }),
      /unknown key "orgin"/
    ],
    ['an unknown setting', world({ given: { ...given, settings: { conflcit: 'ask' } } }), /conflcit/],
    [
      'a setting of a value that does not exist',
      world({ given: { ...given, settings: { conflict: 'never' } } }),
      /settings.*conflict/s
    ],
    [
      'given settings that are refused',
      world({ given: { ...given, settings: { directions: { 'contact.fullName': 'toMail' } } } }),
      /directions\.contact\.fullName/
    ],
    [
      'given access that is refused',
      world({
        given: {
          ...given,
          users: { ida: { address: 'ida@hylle.test', fieldAccess: { 'contact.lastname': { read: false } } } }
        }
      }),
      /fieldAccess\.contact\.lastname/
    ],
    [
      'a filter with an unknown operator',
      world({
        given: {
          ...given,
          mailboxes: {
            ida: { user: 'ida', filters: { contact: [{ field: 'lastname', op: 'resembles', value: 'M' }] } }
          }
        }
      }),
      /filters\.contact\[0\].*op/
    ],
    [
      'history together with digests',
      world({ given: { ...given, settings: { base: 'digest', history: 'P1D' } } }),
      /history/
    ],
    ['an unknown step', steps({ snyc: 'ida' }), /unknown step.*snyc/],
    ['an unknown key of a step', steps({ sync: 'ida', dryrun: true }), /unknown .*dryrun/],
    ['a cycle of an unknown mailbox', steps({ sync: 'ada' }), /ada/],
    ['an edit of an unknown item', steps({ editMail: 'q', set: {} }), /"q"/],
    ['an edit of an unknown record', steps({ editRecord: 'q', set: {} }), /q/],
    ['a duration that is none', steps({ advance: '5 minutes' }), /5 minutes|duration/],
    [
      'a fault of an unknown store',
      steps({ fault: { store: 'mial', op: 'changes', error: 'transient' } }),
      /store.*mial/
    ],
    [
      'a fault of an unknown call',
      steps({ fault: { store: 'mail', op: 'chnages', error: 'transient' } }),
      /op.*chnages/
    ],
    [
      'a fault with an unknown error',
      steps({ fault: { store: 'mail', op: 'changes', error: 'transeint' } }),
      /error.*transeint/
    ],
    [
      'an unknown key of a fault',
      steps({ fault: { store: 'mail', op: 'changes', error: 'transient', tiems: 2 } }),
      /unknown key "tiems"/
    ],
    [
      'a configuration that ought to be refused and is taken',
      steps({ settings: { conflict: 'ask' }, refused: true }),
      /expected to be refused/
    ],
    ['a configuration that is refused unannounced', steps({ settings: { conflict: 'never' } }), /refused.*conflict/s],
    ['an unknown part of expect', steps({ expect: { mails: {} } }), /unknown key "mails"/],
    ['an unknown id in mail', steps({ expect: { mail: { q: { fields: {} } } } }), /unknown id "q"/],
    ['an unknown id in records', steps({ expect: { records: { q: { fields: {} } } } }), /unknown id "q"/],
    ['an unknown id in reasons', steps({ sync: 'ida' }, { expect: { reasons: { q: 'unchanged' } } }), /unknown id "q"/],
    ['an unknown id in status', steps({ expect: { status: { q: 'tracked' } } }), /unknown id "q"/],
    ['an unknown id in linked', steps({ expect: { linked: [['m', 'q']] } }), /unknown id "q"/],
    ['an unknown id in unlinked', steps({ expect: { unlinked: ['q'] } }), /unknown id "q"/],
    [
      'an unknown id in conflicts',
      steps({ expect: { conflicts: [{ mail: 'm', record: 'q', field: 'pager', kept: 'mail' }] } }),
      /"q"/
    ],
    ['an unknown id in pane', steps({ expect: { pane: { q: {} } } }), /unknown id "q"/],
    ['an unknown count', steps({ expect: { writes: { mails: 0 } } }), /unknown key "mails"/],
    [
      'an unknown part of a report',
      steps({ sync: 'ida' }, { expect: { report: { outcom: 'completed' } } }),
      /unknown key "outcom"/
    ],
    ['a reason that does not exist', steps({ sync: 'ida' }, { expect: { reasons: { m: 'unchangd' } } }), /unchangd/],
    [
      'an unknown policy of a schedule',
      { id: 'x', kind: 'schedule', policy: { name: 'steped' }, observations: [], expect: [] },
      /steped/
    ],
    [
      'an unknown override of a policy',
      { id: 'x', kind: 'schedule', policy: { name: 'stepped', idelMax: 'PT1M' }, observations: [], expect: [] },
      /unknown key "idelMax"/
    ],
    [
      'an unknown key of an observation',
      {
        id: 'x',
        kind: 'schedule',
        policy: { name: 'stepped' },
        observations: [{ at: '2026-05-11T08:00:00Z', chnages: 1 }],
        expect: [{ delay: 'PT5M' }]
      },
      /unknown key "chnages"/
    ],
    [
      'fewer expectations than observations',
      {
        id: 'x',
        kind: 'schedule',
        policy: { name: 'stepped' },
        observations: [{ at: '2026-05-11T08:00:00Z', changes: 0 }],
        expect: []
      },
      /expect/
    ],
    [
      'more expectations than observations',
      { id: 'x', kind: 'schedule', policy: { name: 'stepped' }, observations: [], expect: [{ delay: 'PT5M' }] },
      /expect/
    ]
  ]

  for (const [what, scenario, message] of cases) {
    test(what, async () => {
      const { passed, failures } = await runScenario(scenario)
      expect(passed).toBe(false)
      expect(failures.join('\n')).toMatch(message)
    })
  }

  test('`null` may be expected of an id that nobody knows', async () => {
    expect(await runScenario(steps({ expect: { mail: { q: null }, records: { q: null } } }))).toMatchObject({
      passed: true
    })
  })

  test('an expectation that is not met says step, path, expected and actual', async () => {
    const { failures } = await runScenario(
      steps({ sync: 'ida' }, { expect: { mail: { m: { fields: { surname: 'Fern' } } } } })
    )
    expect(failures).toEqual(['step 2.mail.m.fields.surname: expected "Fern", was "Moss"'])
  })
})
