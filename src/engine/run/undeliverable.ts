/**
 * An item that has failed as often as allowed shows it (1.6/7): the mark stands in place of the category. The row by which
 * it rests knows the version that the mark has given it, so that the mark is no change of anybody's.
 */
import type { Due, Effect, ItemSnapshot, Ref } from '../../model/index.js'
import type { ItemFailure } from '../failures.js'
import type { Finished } from '../finished.js'
import { can } from '../methods.js'
import { categoryOf, takesCategories, undeliverable } from '../track/category.js'
import { headsOf } from './heads.js'
import type { Session } from './session.js'
import type { Tally } from './tally.js'

interface Failed {
  readonly one: Finished
  readonly failure: ItemFailure
}

/** The rows of what failed. A mark that cannot be put on is none: the item is given up all the same. */
export const markedDues = async (
  session: Session,
  tally: Tally,
  failures: ReadonlyArray<Failed>
): Promise<ReadonlyArray<Due>> => {
  const dues = failures.flatMap(({ failure }) => failure.due ?? [])
  const wanted = failures.flatMap(({ one, failure }) =>
    failure.code === 'item-undeliverable' && failure.due?.item !== undefined && isMarkable(session, one)
      ? [failure.due.item]
      : []
  )
  if (wanted.length === 0) return dues
  const versions = await mark(session, tally, wanted)
  return dues.map((due) => {
    const version = due.item === undefined ? undefined : versions.get(due.item)
    return version === undefined ? due : { ...due, seen: { ...due.seen, mail: version } }
  })
}

const isMarkable = ({ facts, settings, mail }: Session, { decided: { unit } }: Finished): boolean =>
  can(facts.method, 'category') && categoryOf(settings, unit.kind) !== undefined && takesCategories(mail.can, unit.kind)

const mark = async (session: Session, tally: Tally, refs: ReadonlyArray<Ref>): Promise<ReadonlyMap<Ref, string>> => {
  const versions = new Map<Ref, string>()
  const { mail } = session
  for (const ref of refs) {
    const read = await headsOf(session, [ref])
    const found = read._tag === 'Right' ? read.right[0] : undefined
    const effect = found?._tag === 'Known' ? effectOf(session, found.snapshot) : undefined
    if (effect === undefined) continue
    const written = await mail.write([effect])
    const outcome = written._tag === 'Right' ? written.right[0] : undefined
    if (outcome?._tag !== 'Done') continue
    tally.marked()
    const version = outcome.version ?? outcome.snapshot?.version
    if (version !== undefined) versions.set(ref, version)
  }
  return versions
}

const effectOf = ({ settings }: Session, item: ItemSnapshot): Effect | undefined => {
  const category = categoryOf(settings, item.kind)
  const categories = category === undefined ? undefined : undeliverable(item, category)
  return categories === undefined
    ? undefined
    : {
        _tag: 'Update',
        key: `mark ${item.ref}`,
        ref: item.ref,
        type: item.kind,
        ...(item.version === undefined ? {} : { expected: item.version }),
        set: {},
        categories
      }
}
