/**
 * Promises of a change feed: each change at least once, no ref twice in a page, a cursor that is fixed before the
 * first listing, deletions, and cursors that have expired.
 */
import type { Check } from './check.js'
import { check } from './check.js'
import { equal, left, must, right, sorted } from './expect.js'
import type { SideFace } from './face.js'
import { follow, known, lastOf, readOne, refsOf, wholePage } from './face.js'

const named = (face: SideFace, text: string) => ({ [face.texts[0]]: text })

const seedMany = async (face: SideFace, count: number): Promise<ReadonlyArray<string>> => {
  const refs: Array<string> = []
  for (let index = 0; index < count; index += 1) refs.push(await face.seed(named(face, `thing ${index}`)))
  return refs
}

const tells = (rows: ReadonlyArray<{ readonly ref: string }>, ref: string, what: string): void =>
  must(
    rows.some((row) => row.ref === ref),
    `${what} is missing from the feed`
  )

const isLog = (face: SideFace): boolean => face.can.feed === 'log'
const isNoList = (face: SideFace): boolean => face.can.feed !== 'list'

export const feedChecks: ReadonlyArray<Check<SideFace>> = [
  check('feed: an empty store has an empty feed with an end and a cursor', async (face) => {
    const page = await right(face.changes(undefined, 10), 'changes')
    equal([page.rows.length, page.more, typeof page.cursor], [0, false, 'string'], 'rows, more, cursor')
    equal((await follow(face, page.cursor)).rows, [], 'rows after the end')
  }),
  check('feed: everything that is there is listed, in pages of at most the rows asked for', async (face) => {
    const refs = await seedMany(face, 7)
    for (const max of [1, 2, 7, 100]) {
      const { rows } = await follow(face, undefined, max)
      equal(sorted(new Set(refsOf(rows))), sorted(refs), `refs listed by pages of ${max}`)
      must(!rows.some((row) => row.gone === true), 'a thing that is there is told as gone')
    }
  }),
  check(
    'feed: the version of a row is the version that read gives',
    async (face) => {
      await seedMany(face, 3)
      for (const row of (await follow(face, undefined)).rows) {
        if (row.version !== undefined) equal(row.version, (await known(face, row.ref)).version, 'version of the row')
      }
    },
    (face) => face.can.versions
  ),
  check('feed: a snapshot that a row carries is what read gives', async (face) => {
    await seedMany(face, 3)
    for (const row of (await follow(face, undefined)).rows) {
      if (row.snapshot !== undefined) equal(row.snapshot.fields, (await known(face, row.ref)).fields, 'fields')
    }
  }),
  check('feed: an edit after the cursor is told', async (face) => {
    const [first = '', second = ''] = await seedMany(face, 3)
    const { cursor } = await follow(face, undefined)
    await face.edit(second, named(face, 'edited'))
    const { rows, cursor: later } = await follow(face, cursor)
    tells(rows, second, 'the edit')
    await face.edit(first, named(face, 'edited later'))
    tells((await follow(face, later)).rows, first, 'the later edit')
  }),
  check('feed: a thing made after the cursor is told', async (face) => {
    await seedMany(face, 2)
    const { cursor } = await follow(face, undefined)
    const ref = await face.seed(named(face, 'new'))
    tells((await follow(face, cursor)).rows, ref, 'the new thing')
  }),
  check('feed: a thing changed many times stands once in a page', async (face) => {
    const [first = '', second = ''] = await seedMany(face, 2)
    const { cursor } = await follow(face, undefined)
    for (let round = 0; round < 5; round += 1) {
      await face.edit(first, named(face, `round ${round}`))
      await face.edit(second, named(face, `round ${round}`))
    }
    const page = await right(face.changes(cursor, 100), 'changes')
    wholePage(page, 100)
    tells(page.rows, first, 'the first thing')
    tells(page.rows, second, 'the second thing')
  }),
  check(
    'feed: changes come oldest first',
    async (face) => {
      const refs = await seedMany(face, 4)
      const { cursor } = await follow(face, undefined)
      const order = [refs[2] ?? '', refs[0] ?? '', refs[3] ?? '']
      for (const ref of order) await face.edit(ref, named(face, 'edited'))
      const { rows } = await follow(face, cursor)
      equal(
        refsOf(rows).filter((ref) => order.includes(ref)),
        order,
        'order of the changes'
      )
    },
    isLog
  ),
  check('feed: the same cursor tells the same changes again', async (face) => {
    const [ref = ''] = await seedMany(face, 2)
    const { cursor } = await follow(face, undefined)
    await face.edit(ref, named(face, 'edited'))
    tells((await follow(face, cursor)).rows, ref, 'the edit')
    tells((await follow(face, cursor)).rows, ref, 'the edit, asked for once more after a crash,')
  }),
  check('feed: a change made between two pages of a first listing is told', async (face) => {
    const refs = await seedMany(face, 6)
    const first = await right(face.changes(undefined, 2), 'changes')
    const listed = first.rows[0]?.ref ?? refs[0] ?? ''
    const unlisted = refs.filter((ref) => !refsOf(first.rows).includes(ref)).at(-1) ?? ''
    await face.edit(listed, named(face, 'edited while it was listed'))
    await face.edit(unlisted, named(face, 'edited before it was listed'))
    const made = await face.seed(named(face, 'made while it was listed'))
    const rest = await follow(face, first.cursor, 2)
    const rows = [...rest.rows, ...(await follow(face, rest.cursor, 2)).rows]
    tells(rows, listed, 'an edit of a thing that the first page had listed')
    tells(rows, unlisted, 'an edit of a thing that no page had listed')
    tells(rows, made, 'a thing made during the listing')
    for (const ref of refs) tells([...first.rows, ...rows], ref, 'a thing that was there before the listing')
  }),
  check(
    'feed: a thing removed between two pages of a first listing is not listed as there for good',
    async (face) => {
      const refs = await seedMany(face, 6)
      const first = await right(face.changes(undefined, 2), 'changes')
      const listed = first.rows[0]?.ref ?? refs[0] ?? ''
      await face.remove(listed)
      const rest = await follow(face, first.cursor, 2)
      const rows = [...rest.rows, ...(await follow(face, rest.cursor, 2)).rows]
      must(lastOf(rows, listed)?.gone === true, 'the deletion is missing from the feed')
    },
    (face) => face.can.deletionsInFeed
  ),
  check(
    'feed: a deletion is told as gone',
    async (face) => {
      const [ref = '', other = ''] = await seedMany(face, 2)
      const { cursor } = await follow(face, undefined)
      await face.remove(ref)
      await face.edit(other, named(face, 'edited'))
      const { rows } = await follow(face, cursor)
      must(lastOf(rows, ref)?.gone === true, 'the deletion is missing from the feed')
      must(lastOf(rows, other)?.gone !== true, 'an edit is told as a deletion')
    },
    (face) => face.can.deletionsInFeed
  ),
  check('feed: a removed thing is absent to read, whatever the feed says', async (face) => {
    const [ref = ''] = await seedMany(face, 2)
    await face.remove(ref)
    equal((await readOne(face, ref))._tag, 'Absent', 'read of a removed thing')
  }),
  check('feed: a removed thing is not listed to who starts anew, or as gone', async (face) => {
    const [ref = ''] = await seedMany(face, 3)
    await face.remove(ref)
    const row = lastOf((await follow(face, undefined)).rows, ref)
    must(row === undefined || row.gone === true, 'a removed thing is listed as there')
  }),
  check(
    'feed: a cursor that the store never gave is CursorExpired, never an empty page',
    async (face) => {
      await seedMany(face, 1)
      for (const cursor of ['no cursor of yours', '', '-1', '999999999999', '1e3', '\u0000']) {
        await left(face.changes(cursor, 10), 'CursorExpired', `the cursor ${JSON.stringify(cursor)}`)
      }
    },
    isLog
  ),
  check(
    'feed: a cursor that is too old is CursorExpired, and a new listing begins',
    async (face) => {
      const [ref = ''] = await seedMany(face, 2)
      const { cursor } = await follow(face, undefined)
      await face.edit(ref, named(face, 'edited'))
      await face.expire?.()
      await left(face.changes(cursor, 10), 'CursorExpired', 'an old cursor')
      tells((await follow(face, undefined)).rows, ref, 'the thing')
    },
    (face) => isNoList(face) && face.expire !== undefined
  )
]
