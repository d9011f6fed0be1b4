/**
 * The door behind ical.js: one property as it parses it (jCard, RFC 7095) becomes plain data of a certain shape.
 * Numbers and booleans are texts here again: no field of ours is one.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'

/** What ical.js made of a line: parameters by lower-case name, and components, each a list. */
export interface ParsedProperty {
  readonly params: ReadonlyArray<readonly [name: string, values: ReadonlyArray<string>]>
  readonly valueType: string
  readonly components: ReadonlyArray<ReadonlyArray<string>>
}

const leaf = /*#__PURE__*/ t.union([t.string, t.number, t.boolean])
const list = /*#__PURE__*/ t.array(leaf)
const component = /*#__PURE__*/ t.union([leaf, list])
const head = /*#__PURE__*/ t.tuple([
  t.string,
  t.record(t.string, t.union([t.string, t.array(t.union([t.string, t.array(t.string)]))])),
  t.string
])
const structured = /*#__PURE__*/ t.array(component)
const jCard = /*#__PURE__*/ t.array(t.unknown)

/** A jCard property; `isStructured` says whether its one value is a list of components. */
export const propertyCodec = (isStructured: boolean): t.Decoder<unknown, ParsedProperty> => ({
  name: 'vCard property',
  validate: (input, context) =>
    pipe(
      jCard.validate(input, context),
      E.flatMap((parts) =>
        pipe(
          head.validate(parts.slice(0, 3), context),
          E.flatMap(([, params, valueType]) =>
            pipe(
              isStructured ? structured.validate(parts[3], context) : list.validate(parts.slice(3), context),
              E.map((values) => ({
                params: Object.entries(params).map(([name, value]) => [name, [value].flat(2)] as const),
                valueType,
                components: isStructured ? values.map(textsOf) : [values.flatMap(textsOf)]
              }))
            )
          )
        )
      )
    ),
  decode(input) {
    return this.validate(input, [{ key: '', type: this, actual: input }])
  }
})

const textsOf = (value: t.TypeOf<typeof component>): ReadonlyArray<string> =>
  Array.isArray(value) ? value.map(String) : [String(value)]
