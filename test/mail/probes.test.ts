/** A17: of a message that nobody has accepted sender, recipients, subject and Message-ID are asked with, and nothing else. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { MailStore } from '../../src/engine/ports.js'
import type { Fields, Value } from '../../src/model/index.js'
import { runs } from '../runs.js'
import { canariesIn, canary, hiddenFields, Sinks } from './canaries.js'
import { addressOf, type Boxes, House } from './house.js'

/** An address as mailboxes write it: bare, behind a name, in an object. The name is nobody's business. */
const entryOf = (address: string, form: number): Value =>
  [
    address,
    `${canary('name')} <${address}>`,
    { address, name: canary('name') },
    `"${canary('last')}, ${canary('first')}" <${address}>`
  ][form] ?? address

const lists = ['to', 'cc', 'bcc'] as const

const drawn = fc.record({
  folder: fc.constantFrom('inbox', 'inbox', 'inbox', 'inbox/Rules', 'inbox/Other', 'sent', 'archive', 'deleted'),
  isTracked: fc.boolean(),
  categories: fc.constantFrom<ReadonlyArray<string>>([], [], [], ['Tracked'], ['Other']),
  isPrivate: fc.boolean(),
  isDraft: fc.boolean(),
  isOld: fc.boolean(),
  forms: fc.array(fc.nat(3), { minLength: 7, maxLength: 7 }),
  counts: fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2)),
  toUs: fc.boolean(),
  hasId: fc.boolean()
})

type Drawn = typeof drawn extends fc.Arbitrary<infer A> ? A : never

const boxOf = fc.record({
  autoTrack: fc.constantFrom('all', 'replies', 'known-senders', 'email-enabled', 'none'),
  approved: fc.constantFrom(true, true, true, false),
  incoming: fc.constantFrom(true, true, true, false),
  probing: fc.constantFrom(true, true, true, false),
  autoTrackSent: fc.boolean(),
  privateItems: fc.constantFrom('skip', 'full')
})

type Box = typeof boxOf extends fc.Arbitrary<infer A> ? A : never

/** A message, and the probe that may be made of it. */
const messageOf = (one: Drawn, at: number) => {
  const entries = one.counts.map((count) =>
    Array.from({ length: count }, (_, index) =>
      one.toUs && index === 0 ? addressOf('ann') : `${canary('recipient')}@far.test`
    )
  )
  const sender = `${canary('sender')}@far.test`
  const subject = canary('subject')
  const messageId = one.hasId ? `<${canary('id')}@far.test>` : ''
  const minute = String(10 + at).padStart(2, '0')
  const receivedAt = one.isOld ? '2025-12-31T08:00:00Z' : `2026-03-02T08:${minute}:00Z`
  let form = 0
  const written = (address: string): Value => {
    form += 1
    return entryOf(address, one.forms[form] ?? 0)
  }
  const fields: Fields = {
    ...hiddenFields(),
    ...(one.hasId ? { messageId } : {}),
    from: entryOf(sender, one.forms[0] ?? 0),
    subject,
    ...Object.fromEntries(lists.map((list, index) => [list, (entries[index] ?? []).map(written)])),
    ...(one.folder === 'sent' ? { sentAt: receivedAt } : { receivedAt }),
    ...(one.isPrivate ? { isPrivate: true } : {}),
    ...(one.isDraft ? { isDraft: true } : {})
  }
  return { fields, probe: { sender, recipients: entries.flat(), subject, messageId } }
}

/** Rows 1 to 6 of the decision, said again: whether it comes to the probe. */
const isAsked = (one: Drawn, box: Box): boolean => {
  if (!box.approved || !box.incoming || !box.probing || one.isTracked || one.isDraft) return false
  if (one.folder !== 'inbox' || one.isOld || one.categories.includes('Tracked')) return false
  return !(one.isPrivate && box.privateItems === 'skip')
}

const houseOf = (box: Box, sinks: Sinks, wrapMail: (mail: MailStore) => MailStore): House => {
  const { autoTrack, approved, incoming, probing } = box
  const ann = { autoTrack, approved, enabled: { incoming }, probing, startDate: '2026-01-01T00:00:00Z' } as const
  const boxes: Boxes = { ann: { ...ann, folderRules: [{ folder: 'inbox/Rules' }] } }
  const { autoTrackSent, privateItems } = box
  return new House({ boxes, settings: { autoTrackSent, privateItems }, log: sinks.log, wrapMail })
}

test('A17: one probe for each message that comes to it, with exactly its four things; no canary anywhere else', () =>
  fc.assert(
    fc.asyncProperty(fc.array(drawn, { maxLength: 6 }), boxOf, async (messages, box) => {
      const sinks = new Sinks()
      const readWhole: Array<string> = []
      const house = houseOf(box, sinks, (mail) => ({
        ...mail,
        read: (refs) => {
          readWhole.push(...refs)
          return mail.read(refs)
        },
        content: (ref, part) => {
          readWhole.push(ref)
          return mail.content(ref, part)
        }
      }))
      const expected: Array<unknown> = []
      for (const [at, one] of messages.entries()) {
        const { fields, probe } = messageOf(one, at)
        const { folder, categories } = one
        const ref = house.box('ann').put({ ref: `m${at}`, kind: 'email', folder, categories, fields })
        house.box('ann').attach(ref, new TextEncoder().encode(canary('bytes')), { name: canary('file') })
        if (one.isTracked) await house.engine('ann').track('ann', ref)
        if (isAsked(one, box)) expected.push(probe)
      }
      await sinks.sync(house, 'ann')
      expect(sinks.probes).toEqual(expected)
      for (let round = 0; round < 2; round += 1) await sinks.sync(house, 'ann')
      // What was judged is judged once.
      expect(sinks.probes.length).toBe(expected.length)
      await sinks.explain(house, 'ann')
      expect(canariesIn(sinks.said)).toEqual([])
      // Of what nobody has chosen and nothing has accepted only the head was read.
      const links = await house.allLinks()
      const chosen = messages.flatMap(({ isTracked }, at) => (isTracked ? [`m${at}`] : []))
      const taken = new Set([...links.map(({ item }) => item), ...chosen])
      expect(readWhole.filter((ref) => !taken.has(ref))).toEqual([])
    }),
    runs(0.2)
  ))
