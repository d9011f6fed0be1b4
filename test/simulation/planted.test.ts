/**
 * A check that cannot fail is a defect: for each law a bug is planted between the engine and its ports, or in a store,
 * and the law must find it within a few seeds.
 */
import { describe, expect, test } from 'vitest'
import { memoryLinks } from '../../src/adapters/memory/index.js'
import type { LinkStore, MailStore, Transaction } from '../../src/engine/ports.js'
import { type Effect, type ItemSnapshot, type Link, ok } from '../../src/model/index.js'
import { simulate, type SimulateOptions } from '../../src/testing/simulator/index.js'

const seedsMax = 120

const quiet = {
  faults: [],
  engines: 1,
  mailboxes: 1,
  preset: 'dynamics',
  plain: true,
  pairs: 2
} as const satisfies SimulateOptions

const writes = (change: (effect: Effect) => ReadonlyArray<Effect>): SimulateOptions => ({
  ...quiet,
  sabotage: {
    mail: (store) => ({
      ...store,
      write: async (effects) => {
        const answer = await store.write(effects.flatMap(change))
        const keys = new Set<string>()
        // One outcome for each effect, as if nothing were wrong.
        return answer._tag === 'Left' ? answer : ok(answer.right.filter(({ key }) => !keys.has(key) && keys.add(key)))
      }
    })
  }
})

const commits = (change: (transaction: Transaction) => Transaction): SimulateOptions => ({
  ...quiet,
  sabotage: { links: (store) => ({ ...store, transact: (transaction) => store.transact(change(transaction)) }) }
})

const mail = (change: (store: MailStore) => Partial<MailStore>): SimulateOptions => ({
  ...quiet,
  sabotage: { mail: (store) => ({ ...store, ...change(store) }) }
})

const links = (change: (store: LinkStore) => Partial<LinkStore>): SimulateOptions => ({
  ...quiet,
  sabotage: { links: (store) => ({ ...store, ...change(store) }) }
})

const doneWithout = (store: MailStore): Partial<MailStore> => ({
  write: async (effects) => {
    const made = effects.filter(({ _tag }) => _tag !== 'Update')
    const answer = made.length === 0 ? ok([]) : await store.write(made)
    if (answer._tag === 'Left') return answer
    return ok(
      effects.map((effect) => {
        const outcome = answer.right.find(({ key }) => key === effect.key)
        return outcome ?? { _tag: 'Done', key: effect.key, ref: effect._tag === 'Create' ? effect.id : effect.ref }
      })
    )
  }
})

/** A field that says something else at every look. */
const restless = (store: MailStore): Partial<MailStore> => {
  let looks = 0
  const moved = (item: ItemSnapshot): ItemSnapshot => {
    looks += 1
    return {
      ...item,
      version: `${item.version ?? ''} ${looks}`,
      fields: { ...item.fields, jobTitle: `other ${looks}` }
    }
  }
  return {
    changes: async (scope, _cursor, max) => {
      const page = await store.changes(scope, undefined, max)
      if (page._tag === 'Left') return page
      return ok({ ...page.right, rows: page.right.rows.map((row) => ({ ref: row.ref, version: `other ${looks++}` })) })
    },
    read: async (refs) => {
      const found = await store.read(refs)
      if (found._tag === 'Left') return found
      return ok(found.right.map((one) => (one._tag === 'Known' ? { ...one, snapshot: moved(one.snapshot) } : one)))
    },
    write: (effects) =>
      store.write(effects.map((effect) => (effect._tag === 'Create' ? effect : withoutExpected(effect))))
  }
}

const withoutExpected = (effect: Exclude<Effect, { readonly _tag: 'Create' }>): Effect => {
  const { expected: _expected, ...rest } = effect
  return rest
}

/** A store that takes commits of whoever had the lease before. */
const credulous = (): ReturnType<typeof memoryLinks> => {
  const store = memoryLinks({ clock: () => Number.MAX_SAFE_INTEGER / 2 })
  return {
    ...store,
    lease: async (tenant, name, holder, ttlMs) => {
      const answer = await store.lease(tenant, name, holder, ttlMs)
      if (answer._tag === 'Left' || answer.right._tag !== 'Busy') return answer
      const standing = store.dump().leases.find((lease) => lease.tenant === tenant && lease.name === name)
      if (standing?.holder !== undefined) await store.release({ ...standing, holder: standing.holder })
      return store.lease(tenant, name, holder, ttlMs)
    },
    transact: (transaction) => {
      const newest = store
        .dump()
        .leases.find(({ tenant, name }) => tenant === transaction.lease.tenant && name === transaction.lease.name)
      return store.transact(
        newest?.holder === undefined ? transaction : { ...transaction, lease: { ...newest, holder: newest.holder } }
      )
    }
  }
}

const twin = (link: Link): Link => ({ ...link, id: `${link.id} twin` })
const invented = (link: Link): Link => ({ ...link, base: { ...link.base, mail: link.base.mail.map(() => 'invented') } })

let noise = 0

const planted: ReadonlyArray<readonly [law: number, bug: string, options: () => SimulateOptions]> = [
  [0, 'a store rejects', () => mail(() => ({ changes: () => Promise.reject(new Error('no such table')) }))],
  [1, 'a field says something else at every look', () => mail(restless)],
  [2, 'an update is answered and not carried out', () => mail(doneWithout)],
  [
    3,
    'a row is written at every cycle',
    () =>
      commits((given) => ({
        ...given,
        conflicts: [
          { item: 'a', record: 'b', type: 'contact', field: 'c', kept: 'mail', cycle: `${noise++}`, atMs: 9e12 }
        ]
      }))
  ],
  [
    8,
    'conflicts are not noted',
    () => ({ ...commits(({ conflicts: _none, ...given }) => given), settings: { conflict: 'record-wins' } })
  ],
  [
    9,
    'a value is invented',
    () =>
      writes((effect) => [
        effect._tag === 'Update' ? { ...effect, set: { ...effect.set, jobTitle: 'invented' } } : effect
      ])
  ],
  [
    10,
    'a field flows against its direction',
    () => ({
      ...writes((effect) => [
        effect._tag === 'Update' ? { ...effect, set: { ...effect.set, jobTitle: null } } : effect
      ]),
      settings: { directions: { 'contact.jobTitle': 'toRecord' } }
    })
  ],
  [
    13,
    'an item is made twice',
    () => writes((effect) => (effect._tag === 'Create' ? [effect, { ...effect, id: `${effect.id}-twin` }] : [effect]))
  ],
  [
    14,
    'a link is stored twice',
    () => commits((given) => ({ ...given, links: (given.links ?? []).flatMap((link) => [link, twin(link)]) }))
  ],
  [
    16,
    'an update deletes',
    () =>
      writes((effect) => [
        effect._tag === 'Update' ? { _tag: 'Delete', key: effect.key, ref: effect.ref, type: effect.type } : effect
      ])
  ],
  [
    19,
    'former links are forgotten',
    () => ({
      ...links(() => ({ formerOf: async () => ok([]) })),
      settings: { deleteAgainstEdit: 'delete', contactDeleteFromMail: 'never' },
      habits: { edit: 4, remove: 4, move: 0, gesture: 0, create: 0 },
      cycles: 5
    })
  ],
  [2, 'rows of the inbox are dropped', () => commits(({ inbox: _none, ...given }) => given)],
  [25, 'no intent is stored', () => commits(({ intents: _none, ...given }) => given)],
  [26, 'a base is invented', () => commits((given) => ({ ...given, links: (given.links ?? []).map(invented) }))],
  [
    27,
    'the store takes commits under an old lease',
    () => ({ ...quiet, engines: 2, faults: ['late'], links: credulous(), cycles: 4 })
  ],
  [
    38,
    'an error repeats what it could not read',
    () => mail(() => ({ read: () => Promise.reject(new Error('cannot read zq1x')) }))
  ],
  [
    41,
    'a creation is decided on the second look',
    () =>
      commits((given) => ({
        ...given,
        intents: (given.intents ?? []).map((intent) => ({ ...intent, key: intent.key.replace(' 1 ', ' 2 ') }))
      }))
  ]
]

describe('planted bugs are found', () => {
  test.each(planted)('law %i: %s', async (law, _bug, options) => {
    let found: number | undefined
    for (let seed = 1; seed <= seedsMax && found === undefined; seed += 1) {
      const { violations } = await simulate(seed, options())
      if (violations.some((violation) => violation.law === law)) found = seed
    }
    expect(found).toBeDefined()
  })

  test('law 6: a run that depends on more than its seed differs', async () => {
    let calls = 0
    const options: SimulateOptions = {
      ...quiet,
      sabotage: {
        mail: (store) => ({
          ...store,
          read: async (refs) => {
            calls += 1
            return calls === 5 ? store.read(refs).then(() => store.read(refs)) : store.read(refs)
          }
        })
      }
    }
    const [one, other] = [await simulate(3, options), await simulate(3, options)]
    expect(one.digest).not.toBe(other.digest)
  })

  test('without a bug the same seeds break no law', async () => {
    for (let seed = 1; seed <= seedsMax; seed += 1) expect((await simulate(seed, quiet)).violations).toEqual([])
  })
})
