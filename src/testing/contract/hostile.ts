/** Promises that hold for any content: texts, names and sizes that have broken stores before. */
import type { Value } from '../../model/index.js'
import { limits } from '../../model/index.js'
import type { Check } from './check.js'
import { check } from './check.js'
import { equal, fieldsFrom, hostileNames, hostileTexts, must } from './expect.js'
import type { SideFace } from './face.js'
import { done, known, writeOne } from './face.js'
import { held, idOf, isExact, sameField, takesAnyField } from './held.js'

export const hostileChecks: ReadonlyArray<Check<SideFace>> = [
  check(
    'hostile values: every text comes back as it was written',
    async (face) => {
      const [one, other] = face.texts
      const ref = await face.seed({ [one]: 'old', [other]: 'kept' })
      for (const text of hostileTexts) {
        await done(face, face.update('k', ref, { [one]: text }))
        const fields = await held(face, ref)
        sameField(fields, one, text, 'the text written')
        equal(fields[other], 'kept', `the other field beside ${JSON.stringify(text)}`)
        if (face.can.readYourWrites) sameField((await known(face, ref)).fields, one, text, 'the text read')
      }
    },
    isExact
  ),
  check(
    'hostile values: a text is refused or kept in some form, and damages nothing else',
    async (face) => {
      const [one, other] = face.texts
      const ref = await face.seed({ [one]: 'old', [other]: 'kept' })
      for (const text of hostileTexts) {
        await face.edit(ref, { [one]: 'old' })
        const outcome = await writeOne(face, face.update('k', ref, { [one]: text }))
        const fields = await held(face, ref)
        if (outcome._tag === 'Failed') equal(fields[one], 'old', 'the field of a refused write')
        equal(fields[other], 'kept', `the other field beside ${JSON.stringify(text)}`)
      }
    },
    (face) => !isExact(face)
  ),
  check(
    'hostile values: values that are no texts come back as they were written',
    async (face) => {
      const values: ReadonlyArray<Value> = [
        0,
        -1,
        0.1,
        1e21,
        9007199254740991,
        true,
        false,
        ['a', ['b', 1]],
        { a: { b: 'c' } }
      ]
      for (const [index, value] of values.entries()) {
        const { ref } = await done(face, face.create('k', idOf(`n${index}`), { [face.texts[0]]: value }))
        sameField(await held(face, ref), face.texts[0], value, 'the value')
      }
    },
    (face) => isExact(face) && takesAnyField(face)
  ),
  check(
    'hostile names: a field may be called anything, and is a field like any other',
    async (face) => {
      const fields = fieldsFrom(hostileNames.map((name, index) => [name, `value ${index}`]))
      const { ref } = await done(face, face.create('k1', idOf('a'), fields))
      const stored = await held(face, ref)
      for (const [index, name] of hostileNames.entries()) {
        sameField(stored, name, `value ${index}`, `the field ${JSON.stringify(name)}`)
      }
      await done(face, face.update('k2', ref, fieldsFrom(hostileNames.map((name) => [name, 'edited']))))
      const edited = await known(face, ref)
      for (const name of hostileNames) sameField(edited.fields, name, 'edited', `the field ${JSON.stringify(name)}`)
      must(Object.keys({}).length === 0 && !('polluted' in {}), 'the prototype of all objects was changed')
    },
    (face) => isExact(face) && takesAnyField(face) && face.can.readYourWrites
  ),
  check(
    'hostile names: an object as the value of __proto__ reaches no prototype',
    async (face) => {
      const fields = fieldsFrom([['__proto__', { polluted: 'yes' }]])
      const { ref } = await done(face, face.create('k1', idOf('a'), { [face.texts[0]]: 'somebody' }))
      await done(face, face.update('k2', ref, fields))
      must(!('polluted' in {}), 'the prototype of all objects was changed')
      const stored = await held(face, ref)
      must(!('polluted' in stored), 'the fields inherit from what a field holds')
    },
    takesAnyField
  ),
  check('large values: a text of a million characters comes back whole, or is refused as TooLarge', async (face) => {
    const [one, other] = face.texts
    const text = 'x\u00e9\u{1f600} '.repeat(limits.fieldLengthMax / 5).slice(0, limits.fieldLengthMax - 1)
    const ref = await face.seed({ [one]: 'old', [other]: 'kept' })
    await wholeOrRefused(face, ref, text)
    equal((await held(face, ref))[other], 'kept', 'the other field')
  }),
  check(
    'large values: a thing past the limit of the store is refused as TooLarge, never cut',
    async (face) =>
      wholeOrRefused(face, await face.seed({ [face.texts[0]]: 'old' }), 'x'.repeat(face.can.itemBytesMax + 1)),
    (face) => face.can.itemBytesMax <= 8 * 1024 * 1024
  )
]

const wholeOrRefused = async (face: SideFace, ref: string, text: string): Promise<void> => {
  const [one] = face.texts
  const outcome = await writeOne(face, face.update('k', ref, { [one]: text }))
  const fields = await held(face, ref)
  if (outcome._tag === 'Failed') {
    equal(outcome.error._tag, 'TooLarge', 'refusal of a large text')
    equal(fields[one], 'old', 'the field of a refused write')
  } else if (isExact(face)) must(fields[one] === text, 'a large text was cut or changed')
}
