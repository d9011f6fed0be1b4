/** Settings: what is refused names its path and never the value; laying over; keys that objects have by themselves. */
import fc from 'fast-check'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { settingsOf } from '../../src/engine/run/index.js'
import { layOver, presets, type Settings, type SettingsInput } from '../../src/engine/settings.js'
import { fieldAccessFaults, settingsFaults } from '../../src/engine/settings.codec.js'
import { type Direction, Misuse } from '../../src/model/index.js'
import { arbitraries } from '../../src/testing/arbitraries.js'
import { runs } from '../runs.js'

const canary = 'canary-91d4'

/** What objects have by themselves, as it was. */
let untouched: ReadonlyArray<string> = []
const own = (): ReadonlyArray<string> => [
  ...Object.getOwnPropertyNames(Object.prototype),
  ...Object.getOwnPropertyNames(Array.prototype),
  ...Object.getOwnPropertyNames(Function.prototype)
]
beforeAll(() => {
  untouched = own()
})
afterEach(() => {
  expect(own()).toEqual(untouched)
  expect(Object.getPrototypeOf({})).toBe(Object.prototype)
})

const refusalOf = (
  input: unknown,
  preset: 'dynamics' | 'careful' = 'careful'
): ReadonlyArray<{ readonly path: string; readonly expected: string }> =>
  settingsFaults(layOver(presets[preset], input))

const note = {
  kind: 'note',
  type: 'project',
  rows: [{ name: 'title', mail: 'title', record: 'name', direction: 'both', settable: 'fixed' }]
} as const

const ruleWith = (
  condition: { readonly [key: string]: unknown },
  base = 'contact'
): { readonly [key: string]: unknown } => ({
  base,
  match: 'contact',
  conditions: [{ field: 'a', op: 'exact', ...condition }]
})
const repeated = <A>(count: number, value: A): ReadonlyArray<A> => Array.from({ length: count }, () => value)

describe('what is refused', () => {
  const table: ReadonlyArray<readonly [string, unknown, ReadonlyArray<string>]> = [
    ['not an object', canary, ['']],
    ['a list', [canary], ['']],
    ['null', null, ['']],
    ['an unknown key', { [canary.replace('-', '')]: 1 }, [canary.replace('-', '')]],
    ['an unknown key below', { retry: { often: canary } }, ['retry.often']],
    ['another direction', { directions: { 'contact.jobTitle': canary } }, ['directions.contact.jobTitle']],
    [
      'a direction of a fixed row (2.1/2)',
      { directions: { 'contact.fullName': 'toMail' } },
      ['directions.contact.fullName']
    ],
    [
      'a direction of a row that is not there',
      { directions: { 'contact.jobtitle': 'toMail' } },
      ['directions.contact.jobtitle']
    ],
    ['another conflict policy', { conflict: canary }, ['conflict']],
    ['a number for a boolean', { ignoreCopies: 1 }, ['ignoreCopies']],
    ['a duration with months', { clockSkew: 'P1M' }, ['clockSkew']],
    ['no duration', { clockSkew: canary }, ['clockSkew']],
    ['a negative number', { retry: { itemLimit: -1 } }, ['retry.itemLimit']],
    ['a fraction', { maxContactsPerGesture: 1.5 }, ['maxContactsPerGesture']],
    ['NaN', { maxFolderRules: Number.NaN }, ['maxFolderRules']],
    ['a guard of two halves', { guard: { minDeletes: 1, deletes: { free: 1 } } }, ['guard']],
    ['a ratio above 1', { guard: { maxDeleteRatio: 2, minDeletes: 1 } }, ['guard']],
    ['history beside digests', { base: 'digest', history: 'P1D' }, ['history']],
    ['freeze without a time', { freeze: { writes: 3, within: canary } }, ['freeze.within']],
    ['a mapping under another name', { mappings: { task: note } }, ['mappings.task.type']],
    [
      'a row with an unknown converter',
      { mappings: { project: { ...note, rows: [{ ...note.rows[0], convert: canary }] } } },
      ['mappings.project.rows.0.convert']
    ],
    [
      'a row without direction',
      { mappings: { project: { ...note, rows: [{ ...note.rows[0], direction: canary }] } } },
      ['mappings.project.rows.0.direction']
    ],
    [
      'a duplicate rule with an unknown test',
      { duplicates: { rules: [{ base: 'a', match: 'b', conditions: [{ field: 'a', op: canary }] }] } },
      ['duplicates.rules.0.conditions.0.op']
    ],
    [
      'a duplicate rule without conditions',
      { duplicates: { rules: [{ base: 'a', match: 'b', conditions: [] }] } },
      ['duplicates.rules.0.conditions']
    ],
    [
      'a duplicate rule of 21 conditions',
      { duplicates: { rules: [{ ...ruleWith({}), conditions: repeated(21, { field: canary, op: 'exact' }) }] } },
      ['duplicates.rules.0.conditions.20']
    ],
    [
      '201 duplicate rules',
      { duplicates: { rules: repeated(201, { ...ruleWith({}), published: false }) } },
      ['duplicates.rules.200']
    ],
    [
      'a sixth published rule of one base type (Q1), even where detection is off',
      { duplicates: { enabled: false, rules: repeated(7, ruleWith({})) } },
      ['duplicates.rules.5']
    ],
    [
      'a sixth published rule behind others',
      {
        duplicates: {
          rules: [
            ...repeated(5, ruleWith({}, canary)),
            ...repeated(2, { ...ruleWith({}), published: false }),
            ...repeated(5, ruleWith({})),
            ruleWith({}, canary),
            ruleWith({})
          ]
        }
      },
      ['duplicates.rules.12', 'duplicates.rules.13']
    ],
    ...(['exact', 'same-date'] as const).map(
      (op) =>
        [
          `a length beside ${op} (Q2)`,
          { duplicates: { rules: [ruleWith({ op, n: 3 })] } },
          ['duplicates.rules.0.conditions.0.n']
        ] as const
    ),
    ...(['first', 'last'] as const).flatMap((op) =>
      [{ op }, { op, n: 0 }, { op, n: -1 }, { op, n: 1.5 }, { op, n: canary }, { op, n: 4001 }].map(
        (condition) =>
          [
            `${op} with the length ${'n' in condition && condition.n !== canary ? condition.n : 'missing or no number'} (Q2)`,
            { duplicates: { rules: [ruleWith({ op: 'exact' }), ruleWith(condition)] } },
            ['duplicates.rules.1.conditions.0.n']
          ] as const
      )
    ),
    ['no prefix of tokens', { correlation: { tokenPrefixes: [] } }, ['correlation.tokenPrefixes']],
    ['no list of prefixes', { correlation: { tokenPrefixes: canary } }, ['correlation.tokenPrefixes']],
    ['21 prefixes', { correlation: { tokenPrefixes: repeated(21, 'A:') } }, ['correlation.tokenPrefixes.20']],
    ...['', 'A'.repeat(21), '😀'.repeat(11), 'CRM\n', '\u0085', 7, null].map(
      (prefix) =>
        [
          `the prefix ${JSON.stringify(prefix)} (K2)`,
          { correlation: { tokenPrefixes: ['CRM:', prefix] } },
          ['correlation.tokenPrefixes.1']
        ] as const
    ),
    ...(
      [
        ['tokenBase', [-1, 2_147_483_648, 0.5, canary, null]],
        ['tokenUserDigits', [0, 11, 1.5, canary]],
        ['tokenCounterDigits', [0, 10, canary]]
      ] as const
    ).flatMap(([key, wrong]) =>
      wrong.map(
        (value) =>
          [
            `${key} ${value === canary ? 'as a text' : value} (K2)`,
            { correlation: { [key]: value } },
            [`correlation.${key}`]
          ] as const
      )
    ),
    ['several at once', { conflict: canary, invitations: canary }, ['conflict', 'invitations']]
  ]
  for (const [what, input, paths] of table) {
    for (const preset of ['dynamics', 'careful'] as const) {
      test(`${what}, over ${preset}: ${paths.join(', ') || 'the root'}`, () => {
        const faults = refusalOf(input, preset)
        expect([...new Set(faults.map((fault) => fault.path))].sort()).toEqual([...paths].sort())
        expect(faults.every((fault) => fault.expected.length > 0)).toBe(true)
        expect(JSON.stringify(faults.map((fault) => fault.expected))).not.toContain('canary')
        if (!paths.some((path) => path.startsWith('canary'))) expect(JSON.stringify(faults)).not.toContain('canary')
      })
    }
  }

  test('the engine throws a Misuse with the paths, and its message holds no value', () => {
    const wrong: unknown = { conflict: canary, retry: { itemLimit: canary } }
    try {
      settingsOf({ settings: wrong as SettingsInput })
      expect.unreachable()
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(Misuse)
      if (!(thrown instanceof Misuse)) return
      expect([...thrown.paths].sort()).toEqual(['conflict', 'retry.itemLimit'])
      expect(thrown.message).not.toContain(canary)
    }
  })

  test('any change of any one place to something else is taken, or refused at that place without its value', () => {
    const paths = leavesOf(presets.careful)
    fc.assert(
      fc.property(
        fc.constantFrom('dynamics' as const, 'careful' as const),
        fc.constantFrom(...paths),
        fc.constantFrom<unknown>(canary, 7e9, -1, true, null, [], [canary], { [canary]: canary }),
        (preset, path, value) => {
          const input = path.reduceRight<unknown>((below, key) => ({ [key]: below }), value)
          const faults = refusalOf(input, preset)
          // Over a preset that has no such object (`freeze: null`, a guard of the other form) its other members are missing too.
          const isWhole = path.length === 1 || isObject(presets[preset][path[0] as keyof Settings])
          for (const fault of faults) {
            const at = path.join('.')
            const isRelated = fault.path.startsWith(at) || at.startsWith(fault.path)
            expect([fault.path, isRelated || (!isWhole && fault.path.startsWith(`${path[0]}.`))]).toEqual([
              fault.path,
              true
            ])
            expect(fault.expected).not.toContain('canary')
          }
        }
      ),
      runs()
    )
  })

  test('what may not be secured is refused by field (2.3/16)', () => {
    const faults = (key: string): ReadonlyArray<string> =>
      fieldAccessFaults(presets.dynamics, { [key]: { read: false } }).map((fault) => fault.path)
    for (const field of [
      'firstname',
      'lastname',
      'salutation',
      'yomifirstname',
      'owner',
      'state',
      'createdon',
      'fullname'
    ]) {
      expect(faults(`contact.${field}`)).toEqual([`fieldAccess.contact.${field}`])
    }
    for (const field of ['jobtitle', 'address1_line1', 'parentcustomerid', 'emailaddress1'])
      expect(faults(`contact.${field}`)).toEqual([])
    for (const key of ['__proto__.x', 'constructor.name', 'toString', 'contact.constructor', 'contact.__proto__'])
      expect(() => faults(key)).not.toThrow()
  })
})

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null

/** Paths of everything that is not an object, mappings aside. */
const leavesOf = (value: unknown, path: ReadonlyArray<string> = []): ReadonlyArray<ReadonlyArray<string>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([key, below]) =>
        path.length === 0 && key === 'mappings' ? [] : leavesOf(below, [...path, key])
      )
    : [path]

describe('keys that objects have by themselves (F39)', () => {
  const keys = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__']
  const json = (text: string): unknown => JSON.parse(text)

  for (const key of keys) {
    test(`${key} as a key of any object: refused or harmless, and nobody else’s objects change`, () => {
      const poison = `{"${key}": {"polluted": "${canary}", "ignoreCopies": true}}`
      for (const text of [
        poison,
        `{"directions": ${poison}}`,
        `{"retry": ${poison}}`,
        `{"guard": ${poison}}`,
        `{"correlation": ${poison}}`,
        `{"mappings": ${poison}}`,
        `{"mappings": {"project": ${poison}}}`,
        `{"duplicates": ${poison}}`
      ]) {
        for (const preset of ['dynamics', 'careful'] as const) {
          const laid = layOver(presets[preset], json(text))
          const faults = settingsFaults(laid)
          expect(faults.length).toBeGreaterThan(0)
          expect(JSON.stringify(faults)).not.toContain(canary)
          expect(Object.getOwnPropertyDescriptor(Object.prototype, 'polluted')).toBeUndefined()
          expect(({} as { readonly polluted?: unknown }).polluted).toBeUndefined()
        }
      }
    })

    test(`${key} as the name of a type in directions is somebody else’s row: it does nothing`, () => {
      const laid = layOver(presets.dynamics, json(`{"directions": {"${key}": "none", "${key}.x": "toMail"}}`))
      const faults = settingsFaults(laid)
      expect(faults.every((fault) => fault.path.startsWith('directions.'))).toBe(true)
    })

    test(`${key} as a field of a mapping is refused`, () => {
      const row = { name: 'title', mail: 'title', record: 'name', direction: 'both', settable: 'all' }
      const wrong: ReadonlyArray<ReadonlyArray<{ readonly [of: string]: unknown }>> = [
        [{ ...row, mail: key }],
        [{ ...row, record: key }],
        [{ ...row, name: key }],
        [{ ...row, convert: key }],
        [{ ...row, mail: { object: key, members: ['a'] }, record: { fields: ['a'] } }],
        [{ ...row, mail: { object: 'o', members: [key] }, record: { fields: ['a'] } }],
        [{ ...row, mail: { fields: [key] } }]
      ]
      for (const rows of wrong) {
        const faults = refusalOf({ mappings: { project: { ...note, rows } } })
        // `prototype` is a name like any other; a converter of that name is not there.
        if (key === 'prototype' && rows[0]?.['convert'] !== key) expect(faults).toEqual([])
        else expect(faults.length).toBeGreaterThan(0)
      }
    })
  }
})

describe('what is taken', () => {
  const table: ReadonlyArray<readonly [string, unknown]> = [
    [
      'five published rules of each base type, and drafts beside them (Q1)',
      {
        duplicates: {
          rules: [
            ...repeated(5, ruleWith({})),
            ...repeated(5, ruleWith({}, 'lead')),
            ...repeated(190, { ...ruleWith({}), published: false })
          ]
        }
      }
    ],
    [
      'lengths of first and last (Q2)',
      { duplicates: { rules: [ruleWith({ op: 'first', n: 1 }), ruleWith({ op: 'last', n: 4000 })] } }
    ],
    [
      '20 conditions',
      { duplicates: { rules: [{ ...ruleWith({}), conditions: repeated(20, { field: 'a', op: 'exact' }) }] } }
    ],
    [
      'prefixes of 1 and of 20 characters; an astral one counts as two, a digit may end one (K2)',
      { correlation: { tokenPrefixes: ['C', 'A'.repeat(20), '😀'.repeat(10), '1A', 'A ', '٣', 'CRM1', '7'] } }
    ],
    ['20 prefixes', { correlation: { tokenPrefixes: repeated(20, 'A:') } }],
    ['the least of a token (K2)', { correlation: { tokenBase: 0, tokenUserDigits: 1, tokenCounterDigits: 1 } }],
    [
      'the most of a token (K2)',
      { correlation: { tokenBase: 2_147_483_647, tokenUserDigits: 10, tokenCounterDigits: 9 } }
    ]
  ]
  for (const [what, input] of table) {
    test(what, () => {
      for (const preset of ['dynamics', 'careful'] as const) expect(refusalOf(input, preset)).toEqual([])
    })
  }
})

describe('laying over', () => {
  const input: fc.Arbitrary<SettingsInput> = fc.record(
    {
      directions: fc
        .dictionary(fc.constantFrom('contact.jobTitle', 'contact.email1'), arbitraries(fc).direction, { maxKeys: 2 })
        .map((drawn): { readonly [row: string]: Direction } => ({ ...drawn })),
      conflict: arbitraries(fc).policy,
      leaveFilter: fc.constantFrom<Settings['leaveFilter']>('delete', 'unlink'),
      category: fc.constantFrom(null, 'Kept'),
      retry: fc.record(
        { itemLimit: fc.integer({ min: 1, max: 9 }), transientDelay: fc.constantFrom('PT1M', 'PT5M') },
        { requiredKeys: [] }
      ),
      correlation: fc.record(
        { tokenPrefixes: fc.constantFrom(['C'], ['A:', 'B:']), token: fc.boolean() },
        { requiredKeys: [] }
      ),
      guard: fc.constantFrom<NonNullable<SettingsInput['guard']>>(
        { minDeletes: 3, maxDeleteRatio: 0.5 },
        { minDeletes: 3, maxDeleteRatio: 1 }
      )
    },
    { requiredKeys: [] }
  )
  const preset = fc.constantFrom(presets.dynamics, presets.careful)

  test('a preset over nothing is the preset, and is without fault', () => {
    for (const each of [presets.dynamics, presets.careful]) {
      expect(layOver(each, undefined)).toEqual(each)
      expect(layOver(each, {})).toEqual(each)
      expect(settingsFaults(each)).toEqual([])
      expect(JSON.parse(JSON.stringify(each))).toEqual(each)
    }
  })

  test('what is given wins, what is not given stays, and neither object is changed', () => {
    fc.assert(
      fc.property(preset, input, (under, over) => {
        const before = JSON.stringify([under, over])
        const laid = layOver(under, over)
        expect(JSON.stringify([under, over])).toBe(before)
        expect(settingsFaults(laid)).toEqual([])
        const { guard, ...rest } = over
        expect(laid).toMatchObject(rest)
        if (guard !== undefined) expect(laid).toMatchObject({ guard })
        const untold = Object.fromEntries(Object.entries(under).filter(([key]) => !Object.hasOwn(over, key)))
        expect(laid).toMatchObject(untold)
      }),
      runs()
    )
  })

  test('laying over is idempotent, and undefined is nothing', () => {
    fc.assert(
      fc.property(preset, input, (under, over) => {
        const once = layOver(under, over)
        const twice = layOver(once as Settings, over)
        expect(twice).toEqual(once)
        const holes = Object.fromEntries(Object.keys(under).map((key) => [key, undefined]))
        expect(layOver(under, { ...holes, ...over })).toEqual(once)
      }),
      runs()
    )
  })

  test('a guard of the other form replaces the preset’s; one of its own form is completed', () => {
    const other = layOver(presets.careful, { guard: { maxDeleteRatio: 0.5, minDeletes: 2 } })
    expect(other).toMatchObject({ guard: { maxDeleteRatio: 0.5, minDeletes: 2 } })
    expect(settingsFaults(other)).toEqual([])
    const part = layOver(presets.careful, { guard: { deletes: { free: 9 } } })
    expect(part).toMatchObject({ guard: { deletes: { free: 9, ratio: 0.1 }, creates: { most: 1000 } } })
    expect(settingsFaults(part)).toEqual([])
    const emptySide = layOver(presets.careful, { guard: { emptySide: 9 } })
    expect(emptySide).toMatchObject({ guard: { emptySide: 9, creates: { most: 1000 } } })
    expect(settingsFaults(emptySide)).toEqual([])
    expect(
      settingsFaults(layOver(presets.dynamics, { guard: { deletes: { free: 9 } } })).map((fault) => fault.path)
    ).toEqual(['guard'])
  })

  test('a mapping replaces the shipped one of its type whole, and leaves the others', () => {
    const laid = layOver(presets.careful, { mappings: { project: note } })
    expect(laid).toMatchObject({ mappings: { project: note, contact: presets.careful.mappings['contact'] } })
    expect(settingsFaults(laid)).toEqual([])
  })

  test('base digest counts a preset’s history as none', () => {
    expect(layOver(presets.careful, { base: 'digest' })).toMatchObject({ base: 'digest', history: 0 })
    expect(settingsFaults(layOver(presets.careful, { base: 'digest' }))).toEqual([])
  })

  test('the presets differ where careful.md says so, and nowhere else', () => {
    const { dynamics, careful } = presets
    const keys = (Object.keys(dynamics) as ReadonlyArray<keyof Settings>).filter(
      (key) => JSON.stringify(dynamics[key]) !== JSON.stringify(careful[key])
    )
    expect([...keys].sort()).toEqual(
      [
        'conflict',
        'deleteAgainstEdit',
        'firstCycle',
        'freeze',
        'guard',
        'history',
        'invitations',
        'leaveFilter',
        'matchOnEntry',
        'taskDeleteFromMail'
      ].sort()
    )
    expect(careful).toMatchObject({
      leaveFilter: 'unlink',
      deleteAgainstEdit: 'keep-edit',
      taskDeleteFromMail: 'unless-closed',
      invitations: 'hold',
      guard: {
        deletes: { free: 5, ratio: 0.1, most: 100, perDay: 100 },
        overwrites: { sameValueRatio: 0.2, min: 20 },
        creates: { factor: 2, most: 1000 },
        emptySide: 3,
        firstCycleDeletes: false
      },
      freeze: { writes: 3, within: 'P1D' },
      history: 'P30D',
      firstCycle: 'plan',
      matchOnEntry: true,
      clockSkew: 'PT2M'
    })
    expect(dynamics).toMatchObject({
      leaveFilter: 'delete',
      conflict: 'record-wins',
      taskDeleteFromMail: 'always',
      guard: { maxDeleteRatio: 0.25, minDeletes: 10 },
      freeze: null,
      history: 0
    })
  })
})
