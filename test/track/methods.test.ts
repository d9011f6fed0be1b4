/** The matrix 4.2 read aloud beside the specification, cell by cell; the set-up of a mailbox (4.4). */
import { describe, expect, test } from 'vitest'
import {
  addressChanged,
  approvalDecided,
  can,
  type MailboxDirection,
  directionTested,
  type MethodPowers,
  mayDelegate,
  methodPowers,
  productNumbers,
  routerFigures,
  type SetUp,
  takesEffect,
  type UsableFacts,
  usable
} from '../../src/engine/methods.js'
import type { Method } from '../../src/engine/ports.js'

/** As it stands in 4.2. */
const matrix = `
| | server-side | client | app | router | pop |
| incoming, outgoing e-mail | yes | yes | yes | yes | yes |
| appointments, contacts, tasks; filters; directions | yes | yes | yes | – | – |
| gesture on e-mail | next cycle | at once | at once | next cycle | – |
| gesture on an appointment | next cycle | at once | at once | – | – |
| gesture on a contact or task | next cycle | at once | next cycle | – | – |
| automatic filter (A1) | yes | yes | yes | yes | yes |
| correlation by headers | yes | yes | yes | where headers survive | yes |
| token, smart matching | yes | yes | yes | yes | yes |
| folder rules | yes | – | yes | – | – |
| category | yes | – | yes | – | – |
| sent items (A10) | yes | – | yes | – | – |
| queue mailbox (e-mail only) | yes | – | – | yes | yes |
| delegates | – | yes | yes, not contacts | – | – |
| offline (6/8) | – | yes | – | – | – |
`

const rowsOf: { readonly [row: string]: ReadonlyArray<keyof MethodPowers> } = {
  'incoming, outgoing e-mail': ['incoming', 'outgoing'],
  'appointments, contacts, tasks; filters; directions': ['sync'],
  'gesture on e-mail': ['gestureOnEmail'],
  'gesture on an appointment': ['gestureOnAppointment'],
  'gesture on a contact or task': ['gestureOnContactOrTask'],
  'automatic filter (A1)': ['automaticFilter'],
  'correlation by headers': ['headers'],
  'token, smart matching': ['token'],
  'folder rules': ['folderRules'],
  category: ['category'],
  'sent items (A10)': ['sentItems'],
  'queue mailbox (e-mail only)': ['queue'],
  delegates: ['delegates'],
  'offline (6/8)': ['offline']
}

/** How a cell is written in the table of the engine. */
const spelled: { readonly [cell: string]: ReadonlyArray<unknown> } = {
  yes: [true, 'yes'],
  '–': [false, 'no'],
  'next cycle': ['next-cycle'],
  'at once': ['at-once'],
  'where headers survive': ['where-they-survive'],
  'yes, not contacts': ['not-contacts']
}

const [head = [], ...body] = matrix
  .trim()
  .split('\n')
  .map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim())
  )
const methods = head.slice(1) as ReadonlyArray<Method>

const cells = body.flatMap(([row = '', ...columns]) =>
  columns.flatMap((cell, column) =>
    (rowsOf[row] ?? []).map((power) => [methods[column] ?? 'pop', power, cell] as const)
  )
)

describe('4.2: the matrix', () => {
  test.each(cells)('%s, %s: %s', (method, power, cell) => {
    expect(spelled[cell]).toContain(methodPowers[method][power])
    expect(can(method, power)).toBe(cell !== '–')
  })

  test('every cell of the table is one of the specification', () => {
    expect(methods).toEqual(Object.keys(methodPowers))
    for (const powers of Object.values(methodPowers))
      expect(Object.keys(powers)).toEqual(body.flatMap(([row = '']) => rowsOf[row] ?? []))
  })
})

describe('T17: when a gesture takes effect', () => {
  test.each<[Method, string, string]>([
    ['server-side', 'email', 'next-cycle'],
    ['client', 'task', 'at-once'],
    ['app', 'email', 'at-once'],
    ['app', 'appointment', 'at-once'],
    ['app', 'contact', 'next-cycle'],
    ['app', 'task', 'next-cycle'],
    ['router', 'email', 'next-cycle'],
    ['router', 'appointment', 'no'],
    ['pop', 'email', 'no']
  ])('%s, %s: %s', (method, kind, timing) => expect(takesEffect(method, kind)).toBe(timing))

  test('a kind of the host’s own is treated as contacts are', () => {
    for (const method of methods) expect(takesEffect(method, 'note')).toBe(takesEffect(method, 'contact'))
  })

  test('a delegate acts under `client`, and under `app` on everything but contacts', () => {
    const allowed = methods.flatMap((method) =>
      ['email', 'contact'].flatMap((kind) => (mayDelegate(method, kind) ? `${method} ${kind}` : []))
    )
    expect(allowed).toEqual(['client email', 'client contact', 'app email'])
  })
})

test('4.3: the router’s figures', () => {
  expect(routerFigures).toEqual({ sendAttemptsMax: 10, retryAfterMs: 300_000, stuckAfterMs: 1_800_000 })
})

describe('4.4/2: a direction is usable', () => {
  const facts: UsableFacts = {
    active: true,
    approved: true,
    enabled: true,
    test: 'success',
    method: 'server-side',
    userActive: true,
    sync: true
  }
  const directions: ReadonlyArray<MailboxDirection> = ['incoming', 'outgoing', 'act']

  test.each(directions)('%s: where everything holds', (direction) => expect(usable(direction, facts)).toBe(true))

  test.each<Partial<UsableFacts>>([
    { active: false },
    { approved: false },
    { enabled: false },
    { test: 'not-run' },
    { test: 'failure' },
    { userActive: false },
    { sync: false }
  ])('in no direction with %o', (over) => {
    for (const direction of directions) expect(usable(direction, { ...facts, ...over })).toBe(false)
  })

  test.each<Method>(['router', 'pop'])('%s carries e-mail alone', (method) => {
    expect(directions.filter((direction) => usable(direction, { ...facts, method }))).toEqual(['incoming', 'outgoing'])
  })

  test('a queue’s mailbox carries e-mail alone, under the methods that know queues', () => {
    const usedUnder = (method: Method) =>
      directions.filter((direction) => usable(direction, { ...facts, method, queue: true }))
    expect(methods.map(usedUnder)).toEqual([
      ['incoming', 'outgoing'],
      [],
      [],
      ['incoming', 'outgoing'],
      ['incoming', 'outgoing']
    ])
  })
})

describe('4.4/1: approval and tests', () => {
  const direction = { enabled: true, test: 'success', method: 'app' } as const
  const setUp: SetUp = {
    approval: 'approved',
    directions: { incoming: direction, outgoing: { ...direction, enabled: false }, act: direction }
  }

  test.each<SetUp['approval']>(['empty', 'approved', 'pending', 'rejected'])(
    'another address, %s before: it waits for approval, nothing is tested, the rest stays',
    (approval) => {
      expect(addressChanged({ ...setUp, approval })).toEqual({
        approval: 'pending',
        directions: {
          incoming: { enabled: true, test: 'not-run', method: 'app' },
          outgoing: { enabled: false, test: 'not-run', method: 'app' },
          act: { enabled: true, test: 'not-run', method: 'app' }
        }
      })
    }
  )

  test('approval is decided, and decided otherwise; where there is no address there is nothing to decide', () => {
    const pending = addressChanged(setUp)
    expect(approvalDecided(pending, 'approved').approval).toBe('approved')
    expect(approvalDecided(approvalDecided(pending, 'approved'), 'rejected').approval).toBe('rejected')
    expect(approvalDecided({ ...setUp, approval: 'empty' }, 'approved').approval).toBe('empty')
  })

  test('a test says something of its own direction', () => {
    const tested = directionTested(addressChanged(setUp), 'act', 'failure')
    expect(Object.values(tested.directions).map((one) => one.test)).toEqual(['not-run', 'not-run', 'failure'])
  })
})

test('4.4/6: the product’s numbers are not the same in both directions', () => {
  expect(productNumbers.incoming).toEqual({ 0: 'none', 1: 'client', 2: 'server-side-or-router', 3: 'forward' })
  expect(productNumbers.act).toEqual({ 0: 'client', 1: 'server-side', 2: 'none' })
})
