/** Drawn worlds of contacts: a few pairs and loners, what people do to them before a cycle, and how both sides stand. */
import fc from 'fast-check'
import { canonicalJson } from '../../src/model/index.js'
import { type World, type WorldOptions, worldOf } from './world.js'

const pairsMax = 4
const rows = [
  ['jobTitle', 'jobtitle'],
  ['department', 'department'],
  ['nickName', 'nickname'],
  ['givenName', 'firstname']
] as const

/** What one person does. */
type Act = (world: World) => unknown

interface Named {
  readonly name: string
  readonly act: Act
}

const pair = fc.nat(pairsMax - 1)
const value = fc.constantFrom('B', 'C', '')

const editMail = fc.tuple(pair, fc.nat(rows.length - 1), value).map(
  ([n, row, to]): Named => ({
    name: `mail m${n} ${rows[row]?.[0]}=${to}`,
    act: ({ mail }) => {
      if (mail.get(`m${n}`) !== undefined) mail.edit(`m${n}`, { set: { [rows[row]?.[0] ?? '']: to } })
    }
  })
)
const editRecord = fc.tuple(pair, fc.nat(rows.length - 1), value).map(
  ([n, row, to]): Named => ({
    name: `record r${n} ${rows[row]?.[1]}=${to}`,
    act: ({ records }) => {
      if (records.get(`r${n}`) !== undefined) records.edit(`r${n}`, { set: { [rows[row]?.[1] ?? '']: to } })
    }
  })
)
const others = fc.oneof(
  pair.map((n): Named => ({ name: `delete m${n}`, act: ({ mail }) => void mail.remove(`m${n}`) })),
  pair.map((n): Named => ({ name: `delete r${n}`, act: ({ records }) => void records.remove(`r${n}`) })),
  pair.map(
    (n): Named => ({
      name: `r${n} to bob`,
      act: ({ records }) => {
        if (records.get(`r${n}`) !== undefined) records.edit(`r${n}`, { owner: 'bob' })
      }
    })
  ),
  fc.nat(2).map(
    (n): Named => ({
      name: `new record n${n}`,
      act: ({ records }) => {
        records.put({ ref: `n${n}`, type: 'contact', owner: 'ann', fields: { lastname: `New${n}`, jobtitle: 'A' } })
      }
    })
  ),
  fc.nat(2).map(
    (n): Named => ({
      name: `track t${n}`,
      act: ({ mail, engine }) => {
        mail.put({ ref: `t${n}`, kind: 'contact', fields: { surname: `Tracked${n}`, jobTitle: 'A' } })
        return engine.track('ann', `t${n}`)
      }
    })
  ),
  fc.tuple(pair, fc.boolean()).map(
    ([n, deletes]): Named => ({
      name: `untrack m${n} ${deletes}`,
      act: async ({ mail, engine }) => {
        if (mail.get(`m${n}`) !== undefined) await engine.untrack('ann', `m${n}`, { deleteRecord: deletes })
      }
    })
  )
)

const act = fc.oneof(
  { weight: 3, arbitrary: editMail },
  { weight: 3, arbitrary: editRecord },
  { weight: 3, arbitrary: others }
)

export const acts = fc.array(act, { minLength: 1, maxLength: 7 })

export const settings = fc.record({
  conflict: fc.constantFrom('record-wins', 'mail-wins', 'latest-wins', 'ask'),
  leaveFilter: fc.constantFrom('delete', 'unlink'),
  contactDeleteFromMail: fc.constantFrom('never', 'owner'),
  deleteAgainstEdit: fc.constantFrom('delete', 'keep-edit')
})

/** Pairs that a filter made, one that a gesture made, all of them in step; with the names that acts use. */
export const settled = async (options: WorldOptions): Promise<World> => {
  const world = worldOf({
    ...options,
    settings: {
      guard: {
        deletes: { free: 100, ratio: 1, most: 1000, perDay: 1000 },
        overwrites: { sameValueRatio: 1, min: 1000 },
        creates: { factor: 1000, most: 1000 },
        emptySide: 1000,
        firstCycleDeletes: true
      },
      freeze: null,
      ...options.settings
    }
  })
  for (let n = 0; n < pairsMax; n += 1) {
    // The last one is somebody else's: tracked alone.
    const owner = n === pairsMax - 1 ? 'bob' : 'ann'
    world.records.put({
      ref: `r${n}`,
      type: 'contact',
      owner,
      fields: { lastname: `N${n}`, jobtitle: 'A', emailaddress1: `n${n}@x.test` }
    })
    world.mail.put({
      ref: `m${n}`,
      kind: 'contact',
      fields: { surname: `N${n}`, jobTitle: 'A', email1: `n${n}@x.test` }
    })
  }
  await world.sync()
  await world.sync()
  return world
}

/** What both sides hold, whatever the things are called. */
export const standingOf = (world: World): ReadonlyArray<string> =>
  [
    ...world.mail.all().map(({ kind, folder, fields }) => canonicalJson(['mail', kind, folder, fields])),
    ...world.records
      .all()
      .map(({ type, owner, state, fields }) => canonicalJson(['record', type, owner, state, fields]))
  ].sort()

export const actAll = async (world: World, named: ReadonlyArray<Named>): Promise<void> => {
  world.clock.nowMs += 60_000
  for (const one of named) await one.act(world)
}
