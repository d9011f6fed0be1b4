/**
 * What a record store promises of look-ups: each reading of a field, codes of several fields, lists, blanks, the order
 * of the hits and their number.
 */
import type { CodePart, Fields, MatchCode, RecordSnapshot, Ref } from '../../model/index.js'
import { byCreation, codeOf, termFrom, termOf, termsOf, uuidOf } from '../../model/index.js'
import type { RecordKeyQuery } from '../../engine/ports.js'
import type { Check } from './check.js'
import { check } from './check.js'
import { equal, hostileNames, must, only, right, sorted } from './expect.js'
import { done, engine, faceOfRecords } from './face.js'
import type { RecordStage } from './stage.js'

const hitsBy = async (stage: RecordStage, ...keys: ReadonlyArray<Omit<RecordKeyQuery, 'type'>>) => {
  const hits = await right(stage.store.lookup(keys.map((key) => ({ ...key, type: stage.type }))), 'lookup')
  equal(hits.length, keys.length, 'answers to the keys')
  return hits.map(({ refs }) => refs)
}

/** A key that asks for a value of one field. */
const keyOf = (field: string, value: string): Omit<RecordKeyQuery, 'type'> => {
  const code = codeOf(field)
  return { code, term: termOf(code, value) ?? '' }
}

const hitsOf = (stage: RecordStage, ...keys: ReadonlyArray<readonly [string, string]>) =>
  hitsBy(stage, ...keys.map(([field, value]) => keyOf(field, value)))

/** The key under which a record of these fields is found. */
const keyLike = (code: MatchCode, fields: Fields): Omit<RecordKeyQuery, 'type'> => ({
  code,
  term: only(termsOf(code, fields), 'terms')
})

const hitOf = async (stage: RecordStage, key: Omit<RecordKeyQuery, 'type'>): Promise<ReadonlyArray<Ref>> =>
  only(await hitsBy(stage, key), 'answers')

const valueChecks: ReadonlyArray<Check<RecordStage>> = [
  check('lookup: the records that bear the value, one answer per key, in order', async (stage) => {
    const [one, other] = stage.texts
    const ann = await stage.seed({ [one]: 'ann', [other]: 'x' })
    const bob = await stage.seed({ [one]: 'bob', [other]: 'y' })
    const hits = await hitsOf(stage, [one, 'bob'], [one, 'nobody'], [other, 'x'], [other, 'bob'], [one, 'ann'])
    equal(hits, [[bob], [], [ann], [], [ann]], 'hits')
  }),
  check('lookup: no keys, no answers', async (stage) => equal(await hitsOf(stage), [], 'answers')),
  check('lookup: follows edits and deletions, also of a field that was asked for before', async (stage) => {
    const [one, two] = stage.texts
    const ref = await stage.seed({ [one]: 'old', [two]: 'x' })
    const other = await stage.seed({ [one]: 'other' })
    const both = bothOf(stage)
    const pair = (value: string) => keyLike(both, { [one]: value, [two]: 'x' })
    equal(await hitsOf(stage, [one, 'old'], [one, 'new']), [[ref], []], 'hits before')
    equal(await hitsBy(stage, pair('old'), pair('new')), [[ref], []], 'hits of both fields before')
    await stage.edit(ref, { [one]: 'new' })
    equal(await hitsOf(stage, [one, 'old'], [one, 'new']), [[], [ref]], 'hits after an edit')
    equal(await hitsBy(stage, pair('old'), pair('new')), [[], [ref]], 'hits of both fields after an edit')
    await stage.remove(ref)
    equal(await hitsOf(stage, [one, 'new'], [one, 'other']), [[], [other]], 'hits after a deletion')
    equal(await hitsBy(stage, pair('new')), [[]], 'hits of both fields after a deletion')
  }),
  check(
    'lookup: finds at once what the engine has written',
    async (stage) => {
      const face = faceOfRecords(stage)
      const [one] = stage.texts
      equal(await hitsOf(stage, [one, 'fresh']), [[]], 'hits before')
      const { ref } = await done(face, face.create('k', uuidOf('fresh'), { [one]: 'fresh' }))
      equal(await hitsOf(stage, [one, 'fresh']), [[ref]], 'hits after a creation')
    },
    (stage) => stage.store.can.readYourWrites
  ),
  check(
    'lookup: finds none of another type',
    async (stage) => {
      const face = faceOfRecords(stage)
      const [one] = stage.texts
      await done(face, face.create('k', uuidOf('other'), { [one]: 'same' }, face.others[0]))
      const ref = await stage.seed({ [one]: 'same' })
      equal(await hitsOf(stage, [one, 'same']), [[ref]], 'hits')
    },
    (stage) => stage.store.can.types.length > 1
  ),
  check('lookup: a whole value, not a part of it or a pattern', async (stage) => {
    const [one] = stage.texts
    await stage.seed({ [one]: 'ann@contoso.test' })
    const parts = ['ann', 'contoso.test', '%', 'ann%', '_nn@contoso.test', '*', '', "' OR '1'='1"]
    for (const part of parts) equal(await hitsOf(stage, [one, part]), [[]], `hits of ${part}`)
  }),
  check(
    'lookup: what nobody can decode is found by nobody',
    async (stage) => {
      const [one] = stage.texts
      const [first, second] = [await stage.seed({ [one]: 'same' }), await stage.seed({ [one]: 'same' })]
      const ref = await stage.seed({ [one]: 'same' })
      await stage.corrupt?.(first)
      equal(sorted(only(await hitsOf(stage, [one, 'same']), 'answers')), sorted([second, ref]), 'hits')
      await stage.corrupt?.(second)
      equal(await hitsOf(stage, [one, 'same']), [[ref]], 'hits of what was asked for before')
    },
    (stage) => stage.corrupt !== undefined
  ),
  check(
    'lookup: hostile names and values are answered like any other',
    async (stage) => {
      const names = hostileNames.filter((name) => name !== '')
      for (const name of names) equal(await hitsOf(stage, [name, 'nobody']), [[]], `hits of ${JSON.stringify(name)}`)
      const ref = await stage.seed(Object.fromEntries(names.map((name, index) => [name, `value ${index}`])))
      for (const [index, name] of names.entries()) {
        equal(await hitsOf(stage, [name, `value ${index}`]), [[ref]], `hits of ${JSON.stringify(name)}`)
      }
      const [one] = stage.texts
      for (const text of ["O'Brien", 'a"b', '\ud800', 'a\u0000b', '\u{1f600}', 'long '.repeat(1000)]) {
        const hit = await stage.seed({ [one]: text })
        equal(await hitsOf(stage, [one, text]), [[hit]], `hits of ${JSON.stringify(text.slice(0, 20))}`)
      }
    },
    (stage) => stage.anyField !== false && stage.exact !== false
  )
]

/** What a field holds, a value that is read as the same, and one that is not. */
interface Reading extends Omit<CodePart, 'field'> {
  readonly held: string
  readonly alike: string
  readonly other: string
}

const head = 'AdzAbcdefghijklmnopqrstuvwxyzA'

const readings: ReadonlyArray<Reading> = [
  { op: 'exact', held: 'Ann.Lee@Contoso.test', alike: 'ANN.LEE@contoso.TEST', other: 'Ann.Lee@Contoso.tes' },
  { op: 'first', n: 3, held: 'Annabel', alike: 'ANNE', other: 'An' },
  { op: 'last', n: 3, held: '+49 30 1234567', alike: '(030) 88567', other: '67' },
  { op: 'day', held: '2026-03-02T23:30:00-02:00', alike: '2026-03-03', other: '2026-03-02' },
  { op: 'address', held: 'Ann@Contoso.test', alike: ' ann@contoso.TEST ', other: 'ann@contoso.test.' },
  { op: 'message-id', held: '<Ab1@contoso.test>', alike: ' Ab1@contoso.test', other: '<ab1@contoso.test>' },
  { op: 'conversation', held: `${head}==`, alike: `${head}ABCDEF`, other: `B${head.slice(1)}ABCDEF` },
  { op: 'subject', held: 'RE: Offer for Contoso', alike: 'AW: FW: contoso for OFFER', other: 'Offer for' }
]

const readingChecks = readings.map(
  ({ held, alike, other, ...part }): Check<RecordStage> =>
    check(`lookup: a field that is read as ${part.op}`, async (stage) => {
      const [field] = stage.texts
      const code: MatchCode = { parts: [{ field, ...part }], blanks: 'skip' }
      const ref = await stage.seed({ [field]: held })
      await stage.seed({ [field]: 'somebody else' })
      equal(await hitOf(stage, keyLike(code, { [field]: held })), [ref], 'hits of the value itself')
      equal(await hitOf(stage, keyLike(code, { [field]: alike })), [ref], 'hits of a value that is read alike')
      equal(await hitOf(stage, keyLike(code, { [field]: other })), [], 'hits of another value')
      const later = await stage.seed({ [field]: alike })
      const hits = await hitOf(stage, keyLike(code, { [field]: held }))
      equal(sorted(hits), sorted([ref, later]), 'hits of a code that was asked for before')
    })
)

/** Both fields of a stage, as one code. */
const bothOf = ({ texts }: RecordStage, blanks: MatchCode['blanks'] = 'skip'): MatchCode => ({
  parts: texts.map((field) => ({ field, op: 'exact' })),
  blanks
})

const codeChecks: ReadonlyArray<Check<RecordStage>> = [
  check('lookup: a code of several fields finds who agrees in all of them, each in its place', async (stage) => {
    const [one, other] = stage.texts
    const ref = await stage.seed({ [one]: 'ann', [other]: 'lee' })
    await stage.seed({ [one]: 'ann', [other]: 'roy' })
    const turned = await stage.seed({ [one]: 'lee', [other]: 'ann' })
    const both = bothOf(stage)
    equal(await hitOf(stage, keyLike(both, { [one]: 'ANN', [other]: 'Lee' })), [ref], 'hits of both fields')
    equal(await hitOf(stage, keyLike(both, { [one]: 'lee', [other]: 'ann' })), [turned], 'hits of both, turned around')
    equal(await hitOf(stage, { code: both, term: 'ann' }), [], 'hits of one field alone')
  }),
  check('lookup: where blanks are skipped, an empty field is found by nobody', async (stage) => {
    const [one, other] = stage.texts
    await stage.seed({ [one]: 'ann' })
    await stage.seed({ [other]: 'x' })
    const skips = bothOf(stage)
    equal(await hitOf(stage, { code: skips, term: termFrom(['ann', '']) }), [], 'hits of an empty field')
    equal(await hitOf(stage, { code: codeOf(one), term: '' }), [], 'hits of nothing')
  }),
  check('lookup: where blanks count, empty finds empty', async (stage) => {
    const [one, other] = stage.texts
    const ref = await stage.seed({ [one]: 'ann' })
    const full = await stage.seed({ [one]: 'ann', [other]: 'x' })
    const counts = bothOf(stage, 'count')
    equal(await hitOf(stage, keyLike(counts, { [one]: 'ANN' })), [ref], 'hits of an empty field')
    equal(await hitOf(stage, keyLike(counts, { [one]: 'ann', [other]: 'x' })), [full], 'hits of full fields')
    equal(await hitOf(stage, keyLike(counts, { [one]: 'nobody' })), [], 'hits of another value')
    await stage.edit(full, { [other]: null })
    const hits = await hitOf(stage, keyLike(counts, { [one]: 'ann' }))
    equal(sorted(hits), sorted([ref, full]), 'hits after a field was emptied')
    const alone: MatchCode = { ...codeOf(other), blanks: 'count' }
    equal(await hitOf(stage, { code: alone, term: '' }), [], 'hits of nothing')
  }),
  check(
    'lookup: a field that is a list answers to each of its entries',
    async (stage) => {
      const [one, other] = stage.texts
      const ref = await stage.seed({ [one]: ['ann@contoso.test', 'bob@contoso.test'], [other]: ['x', 'y'] })
      await stage.seed({ [one]: ['cid@contoso.test'], [other]: ['x'] })
      const addresses = codeOf(one, 'address')
      for (const address of ['Ann@contoso.test', 'bob@contoso.test'])
        equal(await hitOf(stage, keyLike(addresses, { [one]: address })), [ref], 'hits of an entry')
      const pair = keyLike(bothOf(stage), { [one]: 'bob@contoso.test', [other]: 'y' })
      equal(await hitOf(stage, pair), [ref], 'hits of entries of two lists')
      await stage.edit(ref, { [one]: ['bob@contoso.test'] })
      equal(await hitOf(stage, keyLike(addresses, { [one]: 'ann@contoso.test' })), [], 'hits of an entry that has gone')
      equal(await hitOf(stage, pair), [ref], 'hits of the entries that are left')
    },
    (stage) => stage.anyField !== false && stage.exact !== false
  )
]

/** Five records that are alike in a field, in the order in which they are to be told. */
const seedAlike = async (stage: RecordStage): Promise<ReadonlyArray<Ref>> => {
  const refs: Array<Ref> = []
  for (let index = 0; index < 5; index += 1) refs.push(await stage.seed({ [stage.texts[0]]: 'same' }))
  return inOrder(stage, refs)
}

const inOrder = async (stage: RecordStage, refs: ReadonlyArray<Ref>): Promise<ReadonlyArray<Ref>> => {
  const found = await right(stage.store.read(stage.type, refs, engine), 'read')
  const records = found.flatMap((one): ReadonlyArray<RecordSnapshot> => (one._tag === 'Known' ? [one.snapshot] : []))
  equal(records.length, refs.length, 'records that were read')
  return [...records].sort(byCreation).map(({ ref }) => ref)
}

const orderChecks: ReadonlyArray<Check<RecordStage>> = [
  check('lookup: the last created first, then by ref; an edit makes nothing newer', async (stage) => {
    const [one, other] = stage.texts
    const refs = await seedAlike(stage)
    const five = { ...keyOf(one, 'same'), max: 5 }
    equal(await hitOf(stage, five), refs, 'hits')
    await stage.edit(refs.at(-1) ?? '', { [other]: 'edited' })
    equal(await hitOf(stage, five), refs, 'hits after an edit')
    const more = await inOrder(stage, [...refs, await stage.seed({ [one]: 'same' })])
    equal(await hitOf(stage, five), more.slice(0, 5), 'hits after another was made')
  }),
  check('lookup: several hits are told as several, three where nobody says how many', async (stage) => {
    const refs = await seedAlike(stage)
    equal(await hitsOf(stage, [stage.texts[0], 'same']), [refs.slice(0, 3)], 'hits')
  }),
  check('lookup: as many as were asked for, and no more than there are', async (stage) => {
    const refs = await seedAlike(stage)
    const key = keyOf(stage.texts[0], 'same')
    for (const max of [1, 2, 4, 5, 6, 1000, 1_000_000])
      equal(await hitOf(stage, { ...key, max }), refs.slice(0, max), `hits of at most ${max}`)
    equal(
      await hitsBy(stage, { ...key, max: 1 }, key, { ...key, max: 4 }),
      [refs.slice(0, 1), refs.slice(0, 3), refs.slice(0, 4)],
      'hits of one term, of three keys'
    )
    must((await hitOf(stage, { ...key, max: 0 })).length === 0, 'hits where none was asked for')
  })
]

export const lookupChecks: ReadonlyArray<Check<RecordStage>> = [
  ...valueChecks,
  ...readingChecks,
  ...codeChecks,
  ...orderChecks
]
