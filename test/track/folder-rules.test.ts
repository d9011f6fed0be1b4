/** Tracked folders (F2): what a mailbox may name, and which rule a folder falls under. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { folderRuleFaults, ruleOf } from '../../src/engine/track/folder-rules.js'
import { runs } from '../runs.js'

const path = 'mailboxes.ann.folderRules'
const pathsOf = (rules: unknown, max = 25): ReadonlyArray<string> =>
  folderRuleFaults(path, rules, max).map((fault) => fault.path)
const numbered = (count: number): ReadonlyArray<unknown> =>
  Array.from({ length: count }, (_, index) => ({ folder: `inbox/${index}` }))

describe('F2: folder rules that are refused', () => {
  const canary = 'canary-77'
  const table: ReadonlyArray<readonly [string, unknown, ReadonlyArray<string>]> = [
    ['no list', canary, ['']],
    ['an object', { folder: 'inbox/X' }, ['']],
    ['nothing', undefined, ['']],
    ['null', null, ['']],
    ['a text for a rule', [canary], ['[0]']],
    ['a list for a rule', [[]], ['[0]']],
    ['null for a rule', [null], ['[0]']],
    ['a hole', new Array<unknown>(2), ['[0]', '[1]']],
    ['no folder', [{}], ['[0].folder']],
    ['a number for a folder', [{ folder: 7 }], ['[0].folder']],
    ['the inbox itself', [{ folder: 'inbox' }], ['[0].folder']],
    ['nothing behind the inbox', [{ folder: 'inbox/' }], ['[0].folder']],
    ['a folder beside the inbox', [{ folder: 'sent' }], ['[0].folder']],
    ['a folder whose name begins like the inbox', [{ folder: 'inboxes/X' }], ['[0].folder']],
    ['another letter case', [{ folder: 'Inbox/X' }], ['[0].folder']],
    ['an empty regarding', [{ folder: 'inbox/X', regarding: '' }], ['[0].regarding']],
    ['null for a regarding', [{ folder: 'inbox/X', regarding: null }], ['[0].regarding']],
    ['another key', [{ folder: 'inbox/X', subfolders: canary }], ['[0].subfolders']],
    ['a key that objects have by themselves', JSON.parse('[{"folder":"inbox/X","__proto__":{}}]'), ['[0].__proto__']],
    ['a folder that is only inherited', [Object.create({ folder: 'inbox/X' })], ['[0].folder']],
    ['several at once', [{ folder: 'inbox/X' }, { folder: canary, regarding: 1 }], ['[1].folder', '[1].regarding']]
  ]
  for (const [what, rules, paths] of table) {
    test(`${what}: ${paths.join(', ')}`, () => {
      expect(pathsOf(rules)).toEqual(paths.map((each) => `${path}${each}`))
      expect(JSON.stringify(folderRuleFaults(path, rules, 25))).not.toContain('canary')
    })
  }

  test('of a list that is too long the first rule too many is told, and the others are not looked at', () => {
    expect(pathsOf(numbered(25))).toEqual([])
    expect(pathsOf(numbered(26))).toEqual([`${path}[25]`])
    expect(pathsOf([...numbered(25), 7, 7])).toEqual([`${path}[25]`])
    expect(pathsOf([{ folder: 'inbox/X' }], 0)).toEqual([`${path}[0]`])
    expect(pathsOf([], 0)).toEqual([])
  })

  test('whatever is given is judged, and no text of it is told', () => {
    fc.assert(
      fc.property(fc.anything(), (given) => {
        for (const { expected } of folderRuleFaults(path, given, 3)) expect(expected).not.toBe('')
      }),
      runs()
    )
  })
})

test('F2, F3: rules of folders below the inbox are taken, several with one regarding', () => {
  expect(
    pathsOf([
      { folder: 'inbox/Projects', regarding: 'opp1' },
      { folder: 'inbox/Projects/A', regarding: 'opp1' },
      { folder: 'inbox/Later' },
      { folder: 'inbox/Open', regarding: undefined }
    ])
  ).toEqual([])
})

describe('F2: the rule of a folder', () => {
  const rules = [{ folder: 'inbox/A', regarding: 'r1' }, { folder: 'inbox/A', regarding: 'r2' }, { folder: 'inbox/B' }]

  test('is the first that names exactly this folder', () => {
    expect(ruleOf('inbox/A', rules)).toBe(rules[0])
    expect(ruleOf('inbox/B', rules)).toBe(rules[2])
  })

  test('is not inherited by subfolders, and no folder has none', () => {
    for (const folder of ['inbox/A/C', 'inbox', 'inbox/a', '', undefined]) expect(ruleOf(folder, rules)).toBe(undefined)
  })
})
