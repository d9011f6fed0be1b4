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

/** Behind which file a listing goes on, and where it was cut within one, behind which of its items. */
export interface Place {
  readonly file: Ref
  readonly within?: string
}

/** Stands between a file and its item. No name of a file holds it. */
const between = '\0'

export const cursorOf = (after: Place | undefined): Cursor =>
  after === undefined
    ? start
    : `${marker}${[after.file, ...(after.within === undefined ? [] : [after.within])].join(between)}`

/** The place behind which to go on, `undefined` from the beginning. What is no cursor of ours has expired. */
export const afterOf = (cursor: Cursor | undefined, scope: string): Result<Place | undefined> =>
  pipe(
    cursorCodec.decode(cursor ?? start),
    E.match(
      (): Result<Place | undefined> => fail({ _tag: 'CursorExpired', scope }),
      (text) => {
        if (text === start) return ok(undefined)
        const [file = '', within] = text.slice(marker.length).split(between)
        return ok({ file, ...(within !== undefined && { within }) })
      }
    )
  )
