/**
 * What a mail store promises: what both sides do, and kinds, markers, searches, categories, heads, moves, contents
 * and hints.
 */
import type { Ref } from '../../model/index.js'
import { headOf, uuidOf } from '../../model/index.js'
import type { MailKey } from '../../engine/ports.js'
import type { Check } from './check.js'
import { check, seenAs } from './check.js'
import { equal, hostileTexts, must, only, right } from './expect.js'
import { done, faceOfMail, known, readOne, refsOf, follow } from './face.js'
import { sideChecks } from './side.js'
import type { MailStage } from './stage.js'

const hitsOf = async (stage: MailStage, keys: ReadonlyArray<MailKey>) => {
  const hits = await right(stage.store.find(keys), 'find')
  equal(hits.length, keys.length, 'answers to the keys')
  return hits.map(({ refs }) => refs)
}

const byField = (stage: MailStage, value: string): MailKey => ({
  _tag: 'ByField',
  kind: stage.kind,
  field: stage.texts[0],
  value
})

const byMarker = (stage: MailStage, record: string): MailKey => ({
  _tag: 'ByMarker',
  tenant: 'tenant-1',
  kind: stage.kind,
  record
})

const createMarked = (stage: MailStage, id: string, record: string, tenant = 'tenant-1') =>
  done(faceOfMail(stage), {
    _tag: 'Create',
    key: id,
    id: uuidOf(id),
    kind: stage.kind,
    marker: { tenant, record },
    fields: { [stage.texts[0]]: id }
  })

const findChecks: ReadonlyArray<Check<MailStage>> = [
  check('find: no keys, no answers', async (stage) => equal(await hitsOf(stage, []), [], 'answers')),
  check(
    'find: an item is found by the marker it was made with, one answer per key, in order',
    async (stage) => {
      const first = await createMarked(stage, 'a', 'record-1')
      const second = await createMarked(stage, 'b', 'record-2')
      const keys = ['record-2', 'nobody', 'record-1', 'record', '%'].map((record) => byMarker(stage, record))
      equal(await hitsOf(stage, keys), [[second.ref], [], [first.ref], [], []], 'hits')
    },
    (stage) => stage.store.can.marker && stage.store.can.readYourWrites
  ),
  check(
    'find: an item says the marker it was made with, also after a person has edited it',
    async (stage) => {
      const { ref } = await createMarked(stage, 'a', 'record-1')
      await stage.edit(ref, { [stage.texts[0]]: 'edited' })
      const found = await readOne(faceOfMail(stage), ref)
      must(found._tag === 'Known' && 'marker' in found.snapshot, 'the item has lost its marker')
      equal(found.snapshot.marker, { tenant: 'tenant-1', record: 'record-1' }, 'the marker')
    },
    (stage) => stage.store.can.marker && stage.store.can.readYourWrites
  ),
  check(
    'find: a marker of another tenant is foreign, whatever record it names',
    async (stage) => {
      const ours = await createMarked(stage, 'a', 'record-1')
      const theirs = await createMarked(stage, 'b', 'record-1', 'tenant-2')
      const keys: ReadonlyArray<MailKey> = ['tenant-1', 'tenant-2', 'tenant-3'].map((tenant) => ({
        ...byMarker(stage, 'record-1'),
        tenant
      }))
      equal(await hitsOf(stage, keys), [[ours.ref], [theirs.ref], []], 'hits')
    },
    (stage) => stage.store.can.marker && stage.store.can.readYourWrites
  ),
  check(
    'find: a removed item is not found',
    async (stage) => {
      const { ref } = await createMarked(stage, 'a', 'record-1')
      await stage.remove(ref)
      equal(await hitsOf(stage, [byMarker(stage, 'record-1')]), [[]], 'hits')
    },
    (stage) => stage.store.can.marker && stage.store.can.readYourWrites
  ),
  check(
    'find: items are found by a field, and no others',
    async (stage) => {
      const ann = await stage.seed({ [stage.texts[0]]: 'ann' })
      await stage.seed({ [stage.texts[0]]: 'bob' })
      equal(await hitsOf(stage, [byField(stage, 'ann'), byField(stage, 'nobody')]), [[ann], []], 'hits')
      await stage.edit(ann, { [stage.texts[0]]: 'anna' })
      equal(await hitsOf(stage, [byField(stage, 'ann'), byField(stage, 'anna')]), [[], [ann]], 'hits after an edit')
    },
    (stage) => stage.store.can.findByField
  ),
  check(
    'find: several hits are told as several, and no more than three',
    async (stage) => {
      for (let index = 0; index < 5; index += 1) await stage.seed({ [stage.texts[0]]: 'same' })
      const hits = only(await hitsOf(stage, [byField(stage, 'same')]), 'answers')
      must(hits.length >= 2 && hits.length <= 3, `expected two or three hits, got ${hits.length}`)
    },
    (stage) => stage.store.can.findByField
  ),
  check(
    'find: hostile values are answered like any other',
    async (stage) => {
      await stage.seed({ [stage.texts[0]]: 'somebody' })
      for (const text of hostileTexts)
        equal(await hitsOf(stage, [byField(stage, text)]), [[]], 'hits of a hostile value')
    },
    (stage) => stage.store.can.findByField
  )
]

const kindChecks: ReadonlyArray<Check<MailStage>> = [
  check('kinds: an item says its kind', async (stage) => {
    const ref = await stage.seed({ [stage.texts[0]]: 'somebody' })
    const found = await readOne(faceOfMail(stage), ref)
    must(found._tag === 'Known' && 'kind' in found.snapshot, 'the item has no kind')
    equal(found.snapshot.kind, stage.kind, 'the kind')
    must(stage.store.can.kinds.includes(stage.kind), 'the kind under test is not one of the kinds of the store')
  }),
  check(
    'kinds: the feed of a kind tells no items of another',
    async (stage) => {
      const other = stage.store.can.kinds.find((kind) => kind !== stage.kind) ?? ''
      const ref = await stage.seed({ [stage.texts[0]]: 'somebody' })
      const refs = refsOf(
        (await follow({ changes: (cursor, max) => stage.store.changes(other, cursor, max) }, undefined)).rows
      )
      must(!refs.includes(ref), 'an item stands in the feed of another kind')
    },
    (stage) => stage.store.can.kinds.length > 1
  )
]

const categoriesOf = async (stage: MailStage, ref: Ref): Promise<ReadonlyArray<string>> => {
  const snapshot = await known(faceOfMail(stage), ref)
  return 'categories' in snapshot ? (snapshot.categories ?? []) : []
}

const canCategorise = ({ store, kind }: MailStage): boolean =>
  store.can.categories?.includes(kind) === true && store.can.readYourWrites

const categoryChecks: ReadonlyArray<Check<MailStage>> = [
  check(
    'categories: an item has those that it is made with',
    async (stage) => {
      const face = faceOfMail(stage)
      const categories = ['Blue, or green', 'Tracked']
      const effect = { _tag: 'Create', kind: stage.kind, fields: { [stage.texts[0]]: 'sorted' } } as const
      const { ref } = await done(face, { ...effect, key: 'k1', id: uuidOf('sorted'), categories })
      equal(await categoriesOf(stage, ref), categories, 'categories')
      const bare = await done(face, { ...effect, key: 'k2', id: uuidOf('bare'), categories: [] })
      equal(await categoriesOf(stage, bare.ref), [], 'categories of an item that is made without any')
    },
    canCategorise
  ),
  check(
    'categories: an update names all that the item has afterwards; one that names none leaves them',
    async (stage) => {
      const face = faceOfMail(stage)
      const [one] = stage.texts
      const ref = await stage.seed({ [one]: 'old' })
      const sorted = async (categories: ReadonlyArray<string>) => {
        await done(face, { _tag: 'Update', key: 'k', ref, type: stage.kind, set: {}, categories })
        equal(await categoriesOf(stage, ref), categories, 'categories')
      }
      await sorted(['Tracked'])
      await sorted(['Blue', 'Tracked', "Ann's; red"])
      await done(face, face.update('k', ref, { [one]: 'new' }))
      equal(await categoriesOf(stage, ref), ['Blue', 'Tracked', "Ann's; red"], 'categories after another update')
      await sorted(['Blue'])
      await sorted([])
      equal((await known(face, ref)).fields[one], 'new', 'the field')
    },
    canCategorise
  )
]

const headChecks: ReadonlyArray<Check<MailStage>> = [
  check(
    'heads: what read says, but for the text, the attachments and the other headers of a message',
    async (stage) => {
      const large = { body: 'a body', headers: { 'x-mailer': 'liaison' }, attachments: ['offer.pdf'] }
      const [one, other] = stage.texts
      const ref = await stage.seed({ [one]: 'first', ...(stage.anyField === false ? {} : large) })
      const second = await stage.seed({ [other]: 'second' })
      await stage.attach?.(ref, Uint8Array.of(1, 2, 3))
      const refs = [second, 'nobody', ref]
      const whole = await right(stage.store.read(refs), 'read')
      const heads = await right((stage.store.heads ?? stage.store.read)(refs), 'heads')
      equal(heads, whole.map(headOf), 'heads')
    },
    (stage) => stage.store.heads !== undefined && stage.store.can.versions
  )
]

const collect = async (bytes: AsyncIterable<Uint8Array>): Promise<ReadonlyArray<number>> => {
  const all: Array<number> = []
  for await (const piece of bytes) all.push(...piece)
  return all
}

const otherChecks: ReadonlyArray<Check<MailStage>> = [
  check(
    'move: an item that is moved keeps its ref, or is absent under the old one',
    async (stage) => {
      const ref = await stage.seed({ [stage.texts[0]]: 'moves' })
      const moved = (await stage.move?.(ref)) ?? ref
      equal((await known(faceOfMail(stage), moved)).fields[stage.texts[0]], 'moves', 'the moved item')
      if (stage.store.can.moveKeepsRef) equal(moved, ref, 'the ref after the move')
      else if (moved !== ref) equal((await readOne(faceOfMail(stage), ref))._tag, 'Absent', 'the old ref')
    },
    (stage) => stage.move !== undefined
  ),
  check(
    'content: the bytes come whole, every time',
    async (stage) => {
      const ref = await stage.seed({ [stage.texts[0]]: 'with an attachment' })
      const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 31) % 256)
      const part = (await stage.attach?.(ref, bytes)) ?? ''
      for (const time of ['first', 'second']) {
        const read = await collect(stage.store.content(ref, part))
        must(
          read.length === bytes.length && read.every((byte, at) => byte === bytes[at]),
          `other bytes the ${time} time`
        )
      }
    },
    (stage) => stage.attach !== undefined
  ),
  check(
    'hints: they end when they are told to',
    async (stage) => {
      const stop = new AbortController()
      const hints = stage.store.hints?.(stop.signal)
      const ended = (async () => {
        for await (const _hint of hints ?? []);
      })()
      stop.abort()
      await ended
    },
    (stage) => stage.store.hints !== undefined
  )
]

/** Every promise of a mail store. @public */
export const mailStoreChecks: ReadonlyArray<Check<MailStage>> = [
  ...sideChecks.map((one) => seenAs(one, faceOfMail)),
  ...findChecks,
  ...kindChecks,
  ...categoryChecks,
  ...headChecks,
  ...otherChecks
]
