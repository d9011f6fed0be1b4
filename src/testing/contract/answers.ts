/** Promises of what a store says of its own writes: the representation, the version, and what is seen at once. */
import type { Check } from './check.js'
import { check } from './check.js'
import { equal, must } from './expect.js'
import type { SideFace } from './face.js'
import { done, follow, known, lastOf } from './face.js'
import { held, idOf } from './held.js'

export const answerChecks: ReadonlyArray<Check<SideFace>> = [
  check(
    'representation: the snapshot of an outcome is what the store holds',
    async (face) => {
      const [one, other] = face.texts
      const made = await done(face, face.create('k1', idOf('a'), { [one]: 'first', [other]: 'kept' }))
      must(made.snapshot !== undefined, 'a creation was answered without a snapshot')
      const edited = await done(face, face.update('k2', made.ref, { [one]: 'second' }))
      must(edited.snapshot !== undefined, 'an update was answered without a snapshot')
      equal(edited.snapshot.ref, made.ref, 'ref of the snapshot')
      const fields = await held(face, made.ref)
      for (const name of [one, other]) equal(edited.snapshot.fields[name], fields[name], `the field ${name}`)
    },
    (face) => face.can.representationOnWrite
  ),
  check(
    'representation: what the store made of a value is what it answers',
    async (face) => {
      const [one, other] = face.texts
      for (const [index, text] of ['  Spaces  ', 'Ann@Example.TEST', 'e\u0301', 'two  blanks'].entries()) {
        const outcome = await done(face, face.create('k', idOf(`n${index}`), { [one]: text, [other]: 'kept' }))
        equal(outcome.snapshot?.fields[one] ?? null, (await held(face, outcome.ref))[one] ?? null, 'the field')
      }
    },
    (face) => face.can.representationOnWrite
  ),
  check(
    'versions: the version of an outcome is the version that read gives',
    async (face) => {
      const [one] = face.texts
      const made = await done(face, face.create('k1', idOf('a'), { [one]: 'first' }))
      const edited = await done(face, face.update('k2', made.ref, { [one]: 'second' }))
      const { version } = await known(face, made.ref)
      if (edited.version !== undefined) equal(edited.version, version, 'version of the outcome')
      if (edited.snapshot?.version !== undefined) equal(edited.snapshot.version, version, 'version of its snapshot')
      if (made.version !== undefined) must(made.version !== version, 'two contents bear one version')
      if (face.can.representationOnWrite) must(edited.version !== undefined, 'the outcome names no version')
    },
    (face) => face.can.versions && face.can.readYourWrites
  ),
  check(
    'own writes: read says at once what was written',
    async (face) => {
      const [one] = face.texts
      const made = await done(face, face.create('k1', idOf('a'), { [one]: 'first' }))
      equal((await known(face, made.ref)).fields[one], 'first', 'the field after the creation')
      await done(face, face.update('k2', made.ref, { [one]: 'second' }))
      equal((await known(face, made.ref)).fields[one], 'second', 'the field after the update')
    },
    (face) => face.can.readYourWrites
  ),
  check(
    'own writes: the feed tells them, with the version of the outcome',
    async (face) => {
      const [one] = face.texts
      const ref = await face.seed({ [one]: 'old' })
      const { cursor } = await follow(face, undefined)
      const edited = await done(face, face.update('k1', ref, { [one]: 'new' }))
      const made = await done(face, face.create('k2', idOf('a'), { [one]: 'made' }))
      const { rows } = await follow(face, cursor)
      for (const outcome of [edited, made]) {
        const row = lastOf(rows, outcome.ref)
        must(row !== undefined && row.gone !== true, 'an own write is missing from the feed')
        if (face.can.versions && row.version !== undefined && outcome.version !== undefined) {
          equal(row.version, outcome.version, 'version of the row')
        }
      }
    },
    (face) => face.can.readYourWrites
  )
]
