/**
 * Promises of `write`: effects are carried out in order, each with its outcome, none stopped by another; what is not
 * named is kept; a stale version refuses.
 */
import type { Effect } from '../../model/index.js'
import type { Check } from './check.js'
import { check } from './check.js'
import { equal, left, must, right, sorted } from './expect.js'
import type { SideFace } from './face.js'
import { done, follow, known, lastOf, readOne, writeOne } from './face.js'
import { errorOf, failsWith, held, idOf, sameField } from './held.js'

const creations: ReadonlyArray<Check<SideFace>> = [
  check('create: the thing is there with its fields, under the ref of the outcome', async (face) => {
    const [one, other] = face.texts
    const outcome = await done(face, face.create('k', idOf('a'), { [one]: 'first', [other]: 'second' }))
    const fields = await held(face, outcome.ref)
    equal([fields[one], fields[other]], ['first', 'second'], 'fields of the new thing')
  }),
  check(
    'create: the thing gets the id that the effect names',
    async (face) => {
      const outcome = await done(face, face.create('k', idOf('a'), { [face.texts[0]]: 'first' }))
      equal(outcome.ref, idOf('a'), 'ref of the new thing')
    },
    (face) => face.can.clientIds
  ),
  check(
    'create: a second creation under one id is AlreadyExists and changes nothing',
    async (face) => {
      const [one] = face.texts
      await done(face, face.create('k1', idOf('a'), { [one]: 'first' }))
      failsWith(await writeOne(face, face.create('k2', idOf('a'), { [one]: 'second' })), 'AlreadyExists', idOf('a'))
      equal((await held(face, idOf('a')))[one], 'first', 'the field')
      const both = [face.create('k3', idOf('b'), { [one]: 'b' }), face.create('k4', idOf('b'), { [one]: 'b again' })]
      equal((await right(face.write(both), 'write')).map(errorOf), ['Done', 'AlreadyExists'], 'two in one batch')
    },
    (face) => face.can.clientIds
  ),
  check(
    'create: an id that a thing of another type or kind bears is AlreadyExists',
    async (face) => {
      const [one] = face.texts
      await done(face, face.create('k1', idOf('a'), { [one]: 'first' }))
      const second = await writeOne(face, face.create('k2', idOf('a'), {}, face.others[0]))
      failsWith(second, 'AlreadyExists', idOf('a'))
      equal((await held(face, idOf('a')))[one], 'first', 'the first thing')
    },
    (face) => face.can.clientIds && face.others.length > 0
  ),
  check('create: two things are two things', async (face) => {
    const [one] = face.texts
    const first = await done(face, face.create('k1', idOf('a'), { [one]: 'same' }))
    const second = await done(face, face.create('k2', idOf('b'), { [one]: 'same' }))
    must(first.ref !== second.ref, 'two creations got one ref')
    await face.edit(first.ref, { [one]: 'edited' })
    equal((await held(face, second.ref))[one], 'same', 'field of the other thing')
  })
]

const updates: ReadonlyArray<Check<SideFace>> = [
  check('update: fields that are not named keep their values', async (face) => {
    const [one, other] = face.texts
    const ref = await face.seed({ [one]: 'old', [other]: 'kept' })
    await done(face, face.update('k', ref, { [one]: 'new' }))
    const fields = await held(face, ref)
    equal([fields[one], fields[other]], ['new', 'kept'], 'the named field and the other')
  }),
  check('update: an update that names nothing changes nothing', async (face) => {
    const [one, other] = face.texts
    const ref = await face.seed({ [one]: 'old', [other]: 'kept' })
    await done(face, face.update('k', ref, {}))
    const fields = await held(face, ref)
    equal([fields[one], fields[other]], ['old', 'kept'], 'both fields')
  }),
  check('update: null empties the field it names, and only that', async (face) => {
    const [one, other] = face.texts
    const ref = await face.seed({ [one]: 'old', [other]: 'kept' })
    await done(face, face.update('k', ref, { [one]: null }))
    const fields = await held(face, ref)
    sameField(fields, one, null, 'the emptied field')
    equal(fields[other], 'kept', 'the other field')
  }),
  check('update: every spelling of nothing empties', async (face) => {
    const [one, other] = face.texts
    for (const nothing of [null, '', []]) {
      const ref = await face.seed({ [one]: 'old', [other]: 'kept' })
      await done(face, face.update('k', ref, { [one]: nothing }))
      sameField(await held(face, ref), one, null, `the field emptied by ${JSON.stringify(nothing)}`)
    }
  }),
  check('update: a thing that is not there is Gone, and is not made', async (face) => {
    failsWith(await writeOne(face, face.update('k', idOf('nobody'), { [face.texts[0]]: 'x' })), 'Gone', idOf('nobody'))
    equal(await face.look(idOf('nobody')), undefined, 'what the store holds')
  }),
  check('update: of two updates of one batch the later one stands', async (face) => {
    const [one] = face.texts
    const ref = await face.seed({ [one]: 'old' })
    const both = [face.update('k1', ref, { [one]: 'first' }), face.update('k2', ref, { [one]: 'second' })]
    equal((await right(face.write(both), 'write')).map(errorOf), ['Done', 'Done'], 'outcomes')
    equal((await held(face, ref))[one], 'second', 'the field')
  })
]

const deletions: ReadonlyArray<Check<SideFace>> = [
  check('delete: the thing is gone, the others stay', async (face) => {
    const [one] = face.texts
    const ref = await face.seed({ [one]: 'goes' })
    const other = await face.seed({ [one]: 'stays' })
    await done(face, face.erase('k', ref))
    equal(await face.look(ref), undefined, 'what the store holds')
    equal((await held(face, other))[one], 'stays', 'the other thing')
  }),
  check('delete: a thing that is not there is Gone', async (face) => {
    failsWith(await writeOne(face, face.erase('k', idOf('nobody'))), 'Gone', idOf('nobody'))
    const ref = await face.seed({ [face.texts[0]]: 'goes' })
    await done(face, face.erase('k1', ref))
    failsWith(await writeOne(face, face.erase('k2', ref)), 'Gone', ref)
  }),
  check(
    'delete: read says absent, and the feed tells the deletion',
    async (face) => {
      const ref = await face.seed({ [face.texts[0]]: 'goes' })
      const { cursor } = await follow(face, undefined)
      await done(face, face.erase('k', ref))
      equal((await readOne(face, ref))._tag, 'Absent', 'read')
      if (!face.can.deletionsInFeed) return
      const row = lastOf((await follow(face, cursor)).rows, ref)
      must(row?.gone === true, 'the deletion is missing from the feed')
    },
    (face) => face.can.readYourWrites
  )
]

const conditions: ReadonlyArray<Check<SideFace>> = [
  check(
    'conditional: a write with the version that stands is carried out',
    async (face) => {
      const [one] = face.texts
      const ref = await face.seed({ [one]: 'old' })
      const { version = '' } = await known(face, ref)
      await done(face, face.update('k1', ref, { [one]: 'new' }, version))
      equal((await held(face, ref))[one], 'new', 'the field')
    },
    (face) => face.can.conditional
  ),
  check(
    'conditional: an update with a stale version is VersionMismatch and writes nothing',
    async (face) => {
      const [one, other] = face.texts
      const ref = await face.seed({ [one]: 'old' })
      const { version = '' } = await known(face, ref)
      await face.edit(ref, { [other]: 'a person was faster' })
      failsWith(await writeOne(face, face.update('k', ref, { [one]: 'new' }, version)), 'VersionMismatch', ref)
      equal((await held(face, ref))[one], 'old', 'the field')
    },
    (face) => face.can.conditional
  ),
  check(
    'conditional: a delete with a stale version is VersionMismatch and removes nothing',
    async (face) => {
      const [one] = face.texts
      const ref = await face.seed({ [one]: 'old' })
      const { version = '' } = await known(face, ref)
      await face.edit(ref, { [one]: 'a person was faster' })
      failsWith(await writeOne(face, face.erase('k', ref, version)), 'VersionMismatch', ref)
      equal((await held(face, ref))[one], 'a person was faster', 'the field')
    },
    (face) => face.can.conditional
  ),
  check(
    'conditional: of two writes with one version only the first is carried out',
    async (face) => {
      const [one] = face.texts
      const ref = await face.seed({ [one]: 'old' })
      const { version = '' } = await known(face, ref)
      const race = [face.write([face.update('k1', ref, { [one]: 'x' }, version)])]
      race.push(face.write([face.update('k2', ref, { [one]: 'y' }, version)]))
      const outcomes = (await Promise.all(race)).map((answer) =>
        answer._tag === 'Right' ? errorOf(answer.right[0]) : answer.left._tag
      )
      equal(sorted(outcomes), ['Done', 'VersionMismatch'], 'outcomes of two writers')
    },
    (face) => face.can.conditional
  ),
  check('conditional: without a version a write is carried out whatever stands', async (face) => {
    const [one] = face.texts
    const ref = await face.seed({ [one]: 'old' })
    await face.edit(ref, { [one]: 'edited' })
    await done(face, face.update('k', ref, { [one]: 'new' }))
    equal((await held(face, ref))[one], 'new', 'the field')
  })
]

const batches: ReadonlyArray<Check<SideFace>> = [
  check('batch: no effects, no outcomes', async (face) => equal(await right(face.write([]), 'write'), [], 'outcomes')),
  check('batch: one outcome per effect, in order; one that fails stops no other', async (face) => {
    const [one] = face.texts
    const first = await face.seed({ [one]: 'a' })
    const last = await face.seed({ [one]: 'b' })
    const effects: ReadonlyArray<Effect> = [
      face.update('k1', first, { [one]: 'a2' }),
      face.update('k2', idOf('nobody'), { [one]: 'x' }),
      face.create('k3', idOf('new'), { [one]: 'c' }),
      face.erase('k4', idOf('nobody')),
      face.erase('k5', last)
    ]
    const outcomes = await right(face.write(effects), 'write')
    equal(
      outcomes.map(({ key }) => key),
      ['k1', 'k2', 'k3', 'k4', 'k5'],
      'keys of the outcomes'
    )
    equal(outcomes.map(errorOf), ['Done', 'Gone', 'Done', 'Gone', 'Done'], 'outcomes')
    equal((await held(face, first))[one], 'a2', 'the field before the failure')
    equal(await face.look(last), undefined, 'the thing deleted after the failure')
    const made = outcomes[2]
    if (made?._tag === 'Done') equal((await held(face, made.ref))[one], 'c', 'the thing made between the failures')
  }),
  check(
    'batch: more effects than the store takes are TooLarge, and none is carried out',
    async (face) => {
      const [one] = face.texts
      const ref = await face.seed({ [one]: 'old' })
      const count = face.can.writeBatchMax + 1
      const effects = Array.from({ length: count }, (_, index) => face.update(`k${index}`, ref, { [one]: `${index}` }))
      await left(face.write(effects), 'TooLarge', 'a batch that is too long')
      equal((await held(face, ref))[one], 'old', 'the field')
    },
    (face) => face.can.writeBatchMax <= 5000
  ),
  check('batch: as many effects as the store takes in one call are all carried out', async (face) => {
    const [one] = face.texts
    const count = Math.min(face.can.writeBatchMax, 100)
    const effects = Array.from({ length: count }, (_, index) =>
      face.create(`k${index}`, idOf(`n${index}`), { [one]: `${index}` })
    )
    const outcomes = await right(face.write(effects), 'write')
    equal(
      outcomes.map(({ key }) => key),
      effects.map(({ key }) => key),
      'keys of the outcomes'
    )
    equal(outcomes.filter(({ _tag }) => _tag === 'Done').length, count, 'effects carried out')
  })
]

export const writeChecks: ReadonlyArray<Check<SideFace>> = [
  ...creations,
  ...updates,
  ...deletions,
  ...conditions,
  ...batches
]
