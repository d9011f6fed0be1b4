/**
 * The cursor of a listing: behind which ref it goes on. A listing that has ended gives the cursor of the next one,
 * which begins anew: a folder tells nothing of what changed since.
 */
import * as t from 'io-ts'
import { pipe } from 'fp-ts/lib/function.js'
import * as E from 'fp-ts/lib/Either.js'
import type { Cursor, Ref, Result } from '../../model/index.js'
import { fail, ok } from '../../model/index.js'

const start = 'list'
const marker = 'after:'

const cursorCodec = /*#__PURE__*/ t.union([
  t.literal(start),
  t.refinement(t.string, (text) => text.startsWith(marker) && text.length > marker.length, 'after:ref')
])

export const cursorOf = (after: Ref | undefined): Cursor => (after === undefined ? start : `${marker}${after}`)

/** The ref behind which to go on, `undefined` from the beginning. What is no cursor of ours has expired. */
export const afterOf = (cursor: Cursor | undefined, scope: string): Result<Ref | undefined> =>
  pipe(
    cursorCodec.decode(cursor ?? start),
    E.match(
      (): Result<Ref | undefined> => fail({ _tag: 'CursorExpired', scope }),
      (text) => ok(text === start ? undefined : text.slice(marker.length))
    )
  )
