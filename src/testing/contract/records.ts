/**
 * What a record store promises: what both sides do, and members, look-ups and who may see what.
 */
import type { Filter, FilterContext, Page, RecordSnapshot, Ref, Snapshot } from '../../model/index.js'
import { uuidOf } from '../../model/index.js'
import { evaluate } from '../../filters/index.js'
import type { Actor, MembersQuery } from '../../engine/ports.js'
import type { Check } from './check.js'
import { check, seenAs } from './check.js'
import { equal, hostileNames, hostileTexts, must, right, sorted } from './expect.js'
import { done, engine, faceOfRecords, known, ownersOf, refsOf, wholePage } from './face.js'
import { lookupChecks } from './lookup.js'
import { sideChecks } from './side.js'
import type { RecordStage } from './stage.js'

const contextOf = (user: string): FilterContext => ({
  user,
  teams: [],
  businessUnit: '',
  timeZone: 'UTC',
  nowMs: Date.UTC(2026, 0, 1)
})

const everything: Filter = { and: [] }

const mine: Filter = { field: 'owner', op: 'eq-userid' }

const queryOf = (stage: RecordStage, filter: Filter, not?: Filter): MembersQuery => {
  const context = contextOf(ownersOf(stage)[0])
  return { type: stage.type, filter, context, ...(not === undefined ? {} : { not: { filter: not, context } }) }
}

const pagesMax = 100

/** All members, page by page; each page is held against the port's promises. */
const membersOf = (stage: RecordStage, query: MembersQuery, max = 100, as: Actor = engine) =>
  membersFrom(stage, query, undefined, max, as)

const membersFrom = async (
  stage: RecordStage,
  query: MembersQuery,
  from: string | undefined,
  max: number,
  as: Actor
): Promise<Page<RecordSnapshot>['rows']> => {
  const rows: Array<Page<RecordSnapshot>['rows'][number]> = []
  let after = from
  for (let pages = 0; pages < pagesMax; pages += 1) {
    const part = { max, ...(after === undefined ? {} : { after }) }
    const page = await right(stage.store.members(query, as, part), 'members')
    wholePage(page, max)
    rows.push(...page.rows)
    if (!page.more) return rows
    after = page.cursor
  }
  throw new Error(`members says that there is more after ${pagesMax} pages of at most ${max} rows`)
}

const holdsAll = (rows: Page['rows'], refs: ReadonlyArray<Ref>, what: string): void => {
  const listed = refsOf(rows)
  for (const ref of refs) must(listed.includes(ref), `${what}: a member is missing`)
}

/** Versions have checks of their own, and some stores have none. */
const withoutVersion = <S extends Snapshot>({ version: _version, ...snapshot }: S) => snapshot

const textConditions = (field: string): ReadonlyArray<Filter> => [
  { field, op: 'eq', value: 'ÉVA' },
  { field, op: 'ne', value: 'sam' },
  { field, op: 'in', value: ['Ann', 'STRASSE'] },
  { field, op: 'like', value: '50[%]' },
  { field, op: 'begins-with', value: 'S' },
  { field, op: 'not-end-with', value: 'ß_' },
  { field, op: 'like', value: '_' },
  { field, op: 'gt', value: 'F' },
  { field, op: 'null' },
  { field, op: 'not-null' }
]

const memberChecks: ReadonlyArray<Check<RecordStage>> = [
  check('members: all of them, by pages of any size, none twice', async (stage) => {
    const refs: Array<Ref> = []
    for (let index = 0; index < 7; index += 1) refs.push(await stage.seed({ [stage.texts[0]]: `member ${index}` }))
    for (const max of [1, 3, 7, 100]) {
      const listed = refsOf(await membersOf(stage, queryOf(stage, everything), max))
      equal(sorted(listed), sorted(refs), `members by pages of ${max}`)
    }
  }),
  check(
    'members: by ref in code-unit order, also past the pages',
    async (stage) => {
      const face = faceOfRecords(stage)
      const names = ['b', 'a', 'Z', '\u00e4', '\uff5e', '\u{1f600}', '\ud7ff', 'a\u0000', 'a\u0001']
      const refs = stage.exact === false || stage.anyField === false ? ['1', '2', '3'].map((n) => uuidOf(n)) : names
      for (const ref of refs) await done(face, face.create(ref, ref, { [stage.texts[0]]: 'member' }))
      for (const max of [2, 100]) {
        const listed = refsOf(await membersOf(stage, queryOf(stage, everything), max))
        equal(listed, sorted(refs), `order of the members by pages of ${max}`)
      }
    },
    (stage) => stage.store.can.clientIds && stage.store.can.readYourWrites
  ),
  check('members: what is made or removed between two pages hides no other', async (stage) => {
    const refs: Array<Ref> = []
    for (let index = 0; index < 6; index += 1) refs.push(await stage.seed({ [stage.texts[0]]: `member ${index}` }))
    const query = queryOf(stage, everything)
    const first = await right(stage.store.members(query, engine, { max: 2 }), 'members')
    const removed = first.rows[0]?.ref ?? ''
    await stage.remove(removed)
    const rest = first.more ? await membersFrom(stage, query, first.cursor, 2, engine) : []
    const others = refs.filter((ref) => ref !== removed)
    holdsAll([...first.rows, ...rest], others, 'a listing during a removal')
  }),
  check('members: of a filter by owner, never too few', async (stage) => {
    const [one, two] = ownersOf(stage)
    const [name] = stage.texts
    const ours = [await stage.seed({ [name]: 'a' }, { owner: one }), await stage.seed({ [name]: 'c' }, { owner: one })]
    const theirs = await stage.seed({ [name]: 'b' }, { owner: two })
    const any: Filter = { field: 'state', op: 'not-null' }
    const cases: ReadonlyArray<readonly [Filter, ReadonlyArray<Ref>]> = [
      [mine, ours],
      [{ and: [mine, any] }, ours],
      [{ and: [{ and: [any, mine] }] }, ours],
      [{ not: { not: mine } }, ours],
      [{ not: mine }, [theirs]],
      [{ and: [{ not: mine }] }, [theirs]],
      [{ or: [mine, { field: name, op: 'eq', value: 'b' }] }, [...ours, theirs]]
    ]
    for (const [filter, refs] of cases) {
      holdsAll(await membersOf(stage, queryOf(stage, filter)), refs, JSON.stringify(filter))
    }
  }),
  check('members: of a filter and not of another, never too few', async (stage) => {
    const [one] = stage.texts
    const stays = await stage.seed({ [one]: 'left' })
    await stage.seed({ [one]: 'still in' })
    const not: Filter = { field: one, op: 'eq', value: 'still in' }
    holdsAll(await membersOf(stage, queryOf(stage, everything, not)), [stays], 'a delta')
  }),
  check('members: case, accents, patterns and emptiness as filters have them, never too few', async (stage) => {
    const [name, other] = stage.texts
    const texts = ['ann', 'ANN', 'Éva', 'éva', 'eva', 'ſam', 'Sam', 'straße', 'strasse', '50%', '500', 'a_b', '😀']
    const refs: Array<Ref> = []
    for (const text of texts) refs.push(await stage.seed({ [name]: text }))
    refs.push(await stage.seed({ [other]: 'none' }))
    const read = await right(stage.store.read(stage.type, refs, engine), 'read')
    const records = read.flatMap((found) => (found._tag === 'Known' ? [found.snapshot] : []))
    equal(records.length, refs.length, 'records that were read')
    for (const condition of textConditions(name)) {
      for (const filter of [condition, { not: condition }]) {
        const query = queryOf(stage, filter)
        const held = records.filter((record) => evaluate(filter, record, query.context)).map(({ ref }) => ref)
        holdsAll(await membersOf(stage, query), held, JSON.stringify(filter))
      }
    }
  }),
  check('members: a snapshot that a row carries is what read gives', async (stage) => {
    await stage.seed({ [stage.texts[0]]: 'member' })
    for (const row of await membersOf(stage, queryOf(stage, everything))) {
      const read = await known(faceOfRecords(stage), row.ref)
      if (row.snapshot !== undefined) equal(withoutVersion(row.snapshot), withoutVersion(read), 'snapshot')
    }
  }),
  check('members: hostile filters are answered like any other', async (stage) => {
    const [one] = stage.texts
    const ref = await stage.seed({ [one]: "O'Brien" })
    for (const value of hostileTexts) {
      await membersOf(stage, queryOf(stage, { field: one, op: 'eq', value }))
    }
    const filter: Filter = { field: one, op: 'eq', value: "O'Brien" }
    holdsAll(await membersOf(stage, queryOf(stage, filter)), [ref], 'a quote in a value')
    if (stage.anyField === false) return
    for (const field of hostileNames) {
      holdsAll(
        await membersOf(stage, queryOf(stage, { field, op: 'null' })),
        [ref],
        `the field ${JSON.stringify(field)}`
      )
    }
  })
]

const attributeChecks: ReadonlyArray<Check<RecordStage>> = [
  check('create: the record gets the owner of the effect, and a state', async (stage) => {
    const [owner] = ownersOf(stage)
    const { ref } = await done(faceOfRecords(stage), {
      _tag: 'Create',
      key: 'k',
      id: uuidOf('owned'),
      type: stage.type,
      owner,
      fields: { [stage.texts[0]]: 'owned' }
    })
    if (!stage.store.can.readYourWrites) return
    const [found] = await right(stage.store.read(stage.type, [ref], engine), 'read')
    must(found?._tag === 'Known', 'the new record is not there')
    equal([found.snapshot.owner, found.snapshot.type], [owner, stage.type], 'owner and type')
    must(found.snapshot.state !== '', 'the new record has no state')
  }),
  check('update: owner and state stay what they were', async (stage) => {
    const [, owner] = ownersOf(stage)
    const ref = await stage.seed({ [stage.texts[0]]: 'old' }, { owner })
    const before = await right(stage.store.read(stage.type, [ref], engine), 'read')
    const face = faceOfRecords(stage)
    await done(face, face.update('k', ref, { [stage.texts[0]]: 'new' }))
    const after = await right(stage.store.read(stage.type, [ref], engine), 'read')
    const attributes = [before, after].map(([found]) =>
      found?._tag === 'Known' ? [found.snapshot.owner, found.snapshot.state] : []
    )
    equal(attributes[1], attributes[0], 'owner and state')
  })
]

const asUser = (id: string): Actor => ({ _tag: 'User', id })

const hiddenChecks: ReadonlyArray<Check<RecordStage>> = [
  check(
    'hidden: Unreadable to who may not see it, known to others, absent where it is not there',
    async (stage) => {
      const [one, two] = ownersOf(stage)
      const ref = await stage.seed({ [stage.texts[0]]: 'secret canary' })
      await stage.hide?.(one, ref)
      const [hidden, absent] = await right(stage.store.read(stage.type, [ref, 'nobody'], asUser(one)), 'read')
      must(hidden?._tag === 'Unreadable' && hidden.why === 'hidden', `expected Unreadable, got ${hidden?._tag}`)
      must(!JSON.stringify(hidden).includes('canary'), 'the answer shows what is hidden')
      equal(absent?._tag, 'Absent', 'a record that is not there')
      const [seen] = await right(stage.store.read(stage.type, [ref], asUser(two)), 'read')
      equal(seen?._tag, 'Known', 'the record to another user')
    },
    (stage) => stage.hide !== undefined
  ),
  check(
    'hidden: no member to who may not see it; the others come, past the pages too',
    async (stage) => {
      const [one] = ownersOf(stage)
      const refs: Array<Ref> = []
      for (let index = 0; index < 5; index += 1) refs.push(await stage.seed({ [stage.texts[0]]: `member ${index}` }))
      const inOrder = sorted(refs)
      for (const ref of inOrder.slice(0, 3)) await stage.hide?.(one, ref)
      const listed = refsOf(await membersOf(stage, queryOf(stage, everything), 2, asUser(one)))
      equal(listed, inOrder.slice(3), 'members that the user may read')
    },
    (stage) => stage.hide !== undefined
  ),
  check(
    'hidden: a write by who may not see it is refused',
    async (stage) => {
      const [one] = ownersOf(stage)
      const ref = await stage.seed({ [stage.texts[0]]: 'old' })
      await stage.hide?.(one, ref)
      const effect = faceOfRecords(stage).update('k', ref, { [stage.texts[0]]: 'new' })
      const [outcome] = await right(stage.store.write([effect], asUser(one)), 'write')
      equal(outcome?._tag, 'Failed', 'the outcome')
      equal((await stage.look(ref))?.[stage.texts[0]], 'old', 'the field')
    },
    (stage) => stage.hide !== undefined
  )
]

/** Every promise of a record store. @public */
export const recordStoreChecks: ReadonlyArray<Check<RecordStage>> = [
  ...sideChecks.map((one) => seenAs(one, faceOfRecords)),
  ...memberChecks,
  ...lookupChecks,
  ...attributeChecks,
  ...hiddenChecks
]
