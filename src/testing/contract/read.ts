/**
 * Promises of `read`: one answer per ref, in order, and answers for what is missing or cannot be read; versions that
 * stand still while a thing does, and change with it.
 */
import { limits } from '../../model/index.js'
import type { Check } from './check.js'
import { check } from './check.js'
import { equal, fieldsFrom, hostileTexts, must, right } from './expect.js'
import type { SideFace } from './face.js'
import { known, readOne } from './face.js'

const named = (face: SideFace, text: string) => ({ [face.texts[0]]: text })

/** What a stream of bytes throws; nothing where it ends well. */
const thrownBy = async (bytes: AsyncIterable<Uint8Array>): Promise<unknown> => {
  try {
    for await (const _piece of bytes);
    return undefined
  } catch (thrown) {
    return thrown
  }
}

export const readChecks: ReadonlyArray<Check<SideFace>> = [
  check('read: one answer per ref, in the order of the refs, absent ones in their places', async (face) => {
    const first = await face.seed(named(face, 'first'))
    const second = await face.seed(named(face, 'second'))
    const asked = [second, 'nobody', first, second, 'nobody else']
    const found = await right(face.read(asked), 'read')
    const refs = found.map((one) => (one._tag === 'Known' ? one.snapshot.ref : one.ref))
    equal(refs, asked, 'refs answered')
    const tags = found.map((one) => one._tag)
    equal(tags, ['Known', 'Absent', 'Known', 'Known', 'Absent'], 'answers')
  }),
  check('read: no refs, no answers', async (face) => equal(await right(face.read([]), 'read'), [], 'answers')),
  check('read: more refs than a page has rows are all answered', async (face) => {
    const ref = await face.seed(named(face, 'the only one'))
    const asked = Array.from({ length: limits.pageRowsMax + 1 }, (_, index) => `nobody ${index}`)
    const found = await right(face.read([...asked, ref]), 'read')
    equal([found.length, found.at(-1)?._tag], [asked.length + 1, 'Known'], 'answers, and the last')
  }),
  check('read: a ref that nothing bears is absent, however it is spelled', async (face) => {
    await face.seed(named(face, 'somebody'))
    for (const ref of [...hostileTexts, '../../etc/passwd', 'constructor', 'x'.repeat(5000)]) {
      equal((await readOne(face, ref))._tag, 'Absent', `read of ${JSON.stringify(ref.slice(0, 40))}`)
    }
  }),
  check('read: says what a person made and edited', async (face) => {
    const [one, other] = face.texts
    const ref = await face.seed({ [one]: 'made', [other]: 'stays' })
    equal((await known(face, ref)).fields[one], 'made', 'the field')
    await face.edit(ref, { [one]: 'edited' })
    const { fields } = await known(face, ref)
    equal([fields[one], fields[other]], ['edited', 'stays'], 'the edited field and the other')
  }),
  check('read: every snapshot bears its own ref', async (face) => {
    const ref = await face.seed(named(face, 'somebody'))
    equal((await known(face, ref)).ref, ref, 'ref of the snapshot')
  }),
  check(
    'read: the version of a thing stands still while nobody changes it',
    async (face) => {
      const ref = await face.seed(named(face, 'somebody'))
      const { version } = await known(face, ref)
      must(version !== undefined, 'a store with versions gave a thing none')
      equal((await known(face, ref)).version, version, 'version at a second look')
    },
    (face) => face.can.versions
  ),
  check(
    'read: the version of a thing changes with its content',
    async (face) => {
      const ref = await face.seed(named(face, 'somebody'))
      const other = await face.seed(named(face, 'somebody else'))
      const before = [(await known(face, ref)).version, (await known(face, other)).version]
      await face.edit(ref, named(face, 'edited'))
      must((await known(face, ref)).version !== before[0], 'an edited thing still has its old version')
      equal((await known(face, other)).version, before[1], 'version of a thing that nobody edited')
    },
    (face) => face.can.versions
  ),
  check(
    'read: change times are there and do not go back',
    async (face) => {
      const ref = await face.seed(named(face, 'somebody'))
      const before = (await known(face, ref)).changedAtMs
      await face.edit(ref, named(face, 'edited'))
      const after = (await known(face, ref)).changedAtMs
      must(Number.isFinite(before) && Number.isFinite(after), 'a store with change times gave a thing none')
      must((after ?? 0) >= (before ?? 0), 'the change time went back at an edit')
    },
    (face) => face.can.changeTimes === 'server'
  ),
  check(
    'read: what cannot be decoded is Unreadable, says where, and stops no other',
    async (face) => {
      const spoilt = await face.seed(named(face, 'canary in the mine'))
      const whole = await face.seed(named(face, 'whole'))
      await face.corrupt?.(spoilt)
      const [first, second] = await right(face.read([spoilt, whole]), 'read')
      must(first?._tag === 'Unreadable' && first.why === 'malformed', `expected Unreadable, got ${first?._tag}`)
      must((first.paths ?? []).length > 0, 'the answer does not say where the thing is wrong')
      must(!JSON.stringify(first.paths).includes('canary'), 'the answer holds a value of a field')
      equal(second?._tag, 'Known', 'the other answer')
    },
    (face) => face.corrupt !== undefined
  ),
  check('content: one that is not there is a failure that says so, and no defect', async (face) => {
    const ref = await face.seed(named(face, 'without contents'))
    for (const asked of [ref, 'nobody']) {
      const thrown = await thrownBy(face.content(asked, 'no such part'))
      const isFailure = typeof thrown === 'object' && thrown !== null && '_tag' in thrown
      must(isFailure, `content of what is not there: expected a SyncError, got ${String(thrown)}`)
    }
  }),
  check('read: fields are their own members only', async (face) => {
    const ref = await face.seed(fieldsFrom([[face.texts[0], 'somebody']]))
    const { fields } = await known(face, ref)
    const inherited = ['__proto__', 'constructor', 'toString'].filter((name) => Object.hasOwn(fields, name))
    equal(inherited, [], 'fields that nobody set')
  })
]
