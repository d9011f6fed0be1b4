/**
 * One side's store as most checks see it: what both ports promise alike, under the same names. What only one side
 * promises is in `records.ts` and `mail.ts`.
 */
import type { Answer, Cursor, Effect, Fields, Found, Outcome, Page, Ref, Version } from '../../model/index.js'
import type { Actor, SideCan } from '../../engine/ports.js'
import { frozen, must, right } from './expect.js'
import type { MailStage, RecordStage, SideStage } from './stage.js'

export interface SideFace extends SideStage {
  readonly can: SideCan
  readonly seed: (fields: Fields) => Promise<Ref>
  readonly changes: (cursor: Cursor | undefined, max: number) => Answer<Page>
  readonly read: (refs: ReadonlyArray<Ref>) => Answer<ReadonlyArray<Found>>
  readonly write: (effects: ReadonlyArray<Effect>) => Answer<ReadonlyArray<Outcome>>
  /** Of the type or kind under test, or of another. */
  readonly create: (key: string, id: Ref, fields: Fields, of?: string) => Effect
  /** Types or kinds of the store beside the one under test. */
  readonly others: ReadonlyArray<string>
  readonly content: (ref: Ref, part: string) => AsyncIterable<Uint8Array>
  readonly update: (key: string, ref: Ref, set: Fields, expected?: Version) => Effect
  readonly erase: (key: string, ref: Ref, expected?: Version) => Effect
}

export const engine: Actor = { _tag: 'Engine' }

const effectsOf = (type: string) => ({
  update: (key: string, ref: Ref, set: Fields, expected?: Version): Effect => ({
    _tag: 'Update',
    key,
    ref,
    type,
    set,
    ...(expected === undefined ? {} : { expected })
  }),
  erase: (key: string, ref: Ref, expected?: Version): Effect => ({
    _tag: 'Delete',
    key,
    ref,
    type,
    ...(expected === undefined ? {} : { expected })
  })
})

export const faceOfRecords = (stage: RecordStage): SideFace => ({
  ...stage,
  ...effectsOf(stage.type),
  can: stage.store.can,
  changes: (cursor, max) => stage.store.changes(stage.type, cursor, max),
  read: (refs) => stage.store.read(stage.type, frozen(refs), engine),
  write: (effects) => stage.store.write(frozen(effects), engine),
  create: (key, id, fields, type = stage.type) => ({
    _tag: 'Create',
    key,
    id,
    fields,
    type,
    owner: ownersOf(stage)[0]
  }),
  others: stage.store.can.types.filter((type) => type !== stage.type),
  content: stage.store.content
})

export const faceOfMail = (stage: MailStage): SideFace => ({
  ...stage,
  ...effectsOf(stage.kind),
  can: stage.store.can,
  changes: (cursor, max) => stage.store.changes(stage.kind, cursor, max),
  read: (refs) => stage.store.read(frozen(refs)),
  write: (effects) => stage.store.write(frozen(effects)),
  create: (key, id, fields, kind = stage.kind) => ({ _tag: 'Create', key, id, fields, kind }),
  others: stage.store.can.kinds.filter((kind) => kind !== stage.kind),
  content: stage.store.content
})

export const ownersOf = (stage: RecordStage): readonly [string, string] => stage.owners ?? ['user-1', 'user-2']

/** Pages that a feed may take to its end in a check; more is a feed that never ends. */
const pagesMax = 200

/** Everything a feed tells from a cursor on, and the cursor at its end. Each page is held against the port's promises. */
export const follow = async (
  face: Pick<SideFace, 'changes'>,
  from: Cursor | undefined,
  max = 100
): Promise<{ readonly rows: Page['rows']; readonly cursor: Cursor }> => {
  const rows: Array<Page['rows'][number]> = []
  let cursor = from
  for (let pages = 0; pages < pagesMax; pages += 1) {
    const page = await right(face.changes(cursor, max), 'changes')
    wholePage(page, max)
    rows.push(...page.rows)
    cursor = page.cursor
    if (!page.more) return { rows, cursor }
  }
  throw new Error(`the feed says that there is more after ${pagesMax} pages of at most ${max} rows`)
}

/** At most `max` rows, no ref twice, and a page that leaves nothing for later or has told something. */
export const wholePage = (page: Page, max: number): void => {
  must(page.rows.length <= max, `a page of ${page.rows.length} rows where at most ${max} were asked for`)
  const refs = page.rows.map((row) => row.ref)
  const twice = refs.find((ref, index) => refs.indexOf(ref) !== index)
  must(twice === undefined, `the ref ${JSON.stringify(twice)} stands twice in one page`)
}

export const refsOf = (rows: Page['rows']): ReadonlyArray<Ref> => rows.map((row) => row.ref)

/** The last that the feed has told of a thing. */
export const lastOf = (rows: Page['rows'], ref: Ref): Page['rows'][number] | undefined =>
  rows.filter((row) => row.ref === ref).at(-1)

/** What the port says about one thing now. */
export const readOne = async (face: Pick<SideFace, 'read'>, ref: Ref): Promise<Found> => {
  const found = await right(face.read([ref]), 'read')
  const [one] = found
  must(one !== undefined && found.length === 1, `read of one ref answered ${found.length}`)
  return one
}

/** The snapshot of a thing that must be there. */
export const known = async (face: Pick<SideFace, 'read'>, ref: Ref) => {
  const found = await readOne(face, ref)
  must(found._tag === 'Known', `read of ${JSON.stringify(ref)}: expected Known, got ${found._tag}`)
  return found.snapshot
}

/** Writes one effect and answers its outcome. */
export const writeOne = async (face: Pick<SideFace, 'write'>, effect: Effect): Promise<Outcome> => {
  const outcomes = await right(face.write([effect]), 'write')
  const [one] = outcomes
  must(one !== undefined && outcomes.length === 1, `one effect, ${outcomes.length} outcomes`)
  must(one.key === effect.key, `the outcome of ${effect.key} bears the key ${one.key}`)
  return one
}

/** Writes one effect that must succeed. */
export const done = async (face: Pick<SideFace, 'write'>, effect: Effect) => {
  const outcome = await writeOne(face, effect)
  must(outcome._tag === 'Done', `${effect._tag} failed: ${outcome._tag === 'Failed' ? outcome.error._tag : ''}`)
  return outcome
}
