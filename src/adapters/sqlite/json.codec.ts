/**
 * Small codecs for rows: JSON text, records of members, lists of anything. What they report is a path and an expected
 * type, never a value: values are people's mail and must not reach a log.
 */
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { Result } from '../../model/index.js'
import { fail, ok } from '../../model/index.js'

/** A codec from a claim about a value. */
export const guarded = <A>(name: string, is: (input: unknown) => input is A): t.Type<A, unknown, unknown> =>
  new t.Type<A, unknown, unknown>(
    name,
    is,
    (input, context) => (is(input) ? t.success(input) : t.failure(input, context)),
    (value) => value
  )

type Members<P extends t.Props> = { readonly [name in keyof P]: t.TypeOf<P[name]> }

/**
 * An object with members that must be there and members that may. JSON has no `undefined`, so that an optional member
 * is of its type or absent. Judged with `is`, which is twice as fast; the path is looked for where that says no.
 */
export const members = <R extends t.Props, O extends t.Props>(
  name: string,
  required: R,
  optional: O
): t.Type<Members<R> & Partial<Members<O>>, unknown, unknown> => {
  const must = t.type(required)
  const may = t.partial(optional)
  const is = (input: unknown): input is Members<R> & Partial<Members<O>> => must.is(input) && may.is(input)
  return new t.Type<Members<R> & Partial<Members<O>>, unknown, unknown>(
    name,
    is,
    (input, context) => {
      if (is(input)) return t.success(input)
      const missing = must.validate(input, context)
      const wrong = E.isLeft(missing) ? missing : may.validate(input, context)
      return E.isLeft(wrong) ? t.failures(wrong.left) : t.failure(input, context)
    },
    (value) => value
  )
}

/** Members of the model that a codec does not name. */
type Unnamed<M, A> = [Exclude<keyof M, keyof A>] extends [never]
  ? unknown
  : { readonly unnamed: Exclude<keyof M, keyof A> }

/**
 * The codec itself, where it gives a model and names every member of it: one that is added there is a compile error
 * here.
 */
export const complete =
  <M>() =>
  <A extends M>(codec: t.Type<A, unknown, unknown> & Unnamed<M, A>): t.Type<A, unknown, unknown> =>
    codec

/** A list; unlike io-ts's own it is read-only in its type, as the model's lists are. */
export const list = <A>(entry: t.Type<A, unknown, unknown>): t.Type<ReadonlyArray<A>, unknown, unknown> => {
  const entries = t.array(entry)
  const is = (input: unknown): input is ReadonlyArray<A> => entries.is(input)
  return new t.Type<ReadonlyArray<A>, unknown, unknown>(
    entries.name,
    is,
    (input, context) => (is(input) ? t.success(input) : entries.validate(input, context)),
    (value) => value
  )
}

/** A value kept as JSON text. */
export const jsonText = <A>(codec: t.Type<A, unknown, unknown>): t.Type<A, unknown, unknown> =>
  new t.Type<A, unknown, unknown>(
    codec.name,
    codec.is,
    (input, context) => {
      if (typeof input !== 'string') return t.failure(input, context)
      try {
        return codec.validate(JSON.parse(input), context)
      } catch {
        return t.failure(input, context)
      }
    },
    (value) => JSON.stringify(value)
  )

const whereAndWhat = ({ context }: t.ValidationError): string => {
  const path = context.map((entry) => entry.key).filter((key) => key !== '')
  return `${path.join('.')}: expected ${context.at(-1)?.type.name ?? 'something else'}`
}

/** Paths and expected types of what could not be decoded. */
export const pathsOf = (errors: t.Errors): ReadonlyArray<string> => errors.map(whereAndWhat)

/** Decodes every row into the model, or says where the first one that cannot be decoded is wrong. */
export const decodeRows =
  <A, B>(codec: t.Decoder<unknown, A>, modelFrom: (row: A) => B) =>
  (rows: ReadonlyArray<unknown>): Result<ReadonlyArray<B>> => {
    const decoded: Array<B> = []
    for (const row of rows) {
      const one = codec.decode(row)
      if (E.isLeft(one)) return fail({ _tag: 'Malformed', side: 'record', paths: pathsOf(one.left) })
      decoded.push(modelFrom(one.right))
    }
    return ok(decoded)
  }

/** The same for one row, that may not be there. */
export const decodeRow = <A, B>(codec: t.Decoder<unknown, A>, modelFrom: (row: A) => B) => {
  const decode = decodeRows(codec, modelFrom)
  return (row: unknown): Result<B | undefined> =>
    row === undefined ? ok(undefined) : E.map((rows: ReadonlyArray<B>) => rows[0])(decode([row]))
}
