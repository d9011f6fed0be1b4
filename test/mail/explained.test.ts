/** 39: every decision has a plain sentence, whatever led to it; 38: and none of them repeats what people have written. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { explain, messages } from '../../src/engine/explain.js'
import { reasonCodes } from '../../src/model/index.js'
import { runs } from '../runs.js'
import { canariesIn, canary, hiddenFields } from './canaries.js'
import { addressOf, House } from './house.js'

const isSentence = (text: string): boolean => /^\p{Lu}.*\.$/u.test(text) && !/[{}]|undefined|\[object|NaN/.test(text)

test('39: every reason code has one sentence of its own, and no other code has one', () => {
  expect(Object.keys(messages).sort()).toEqual([...reasonCodes].sort())
  expect(new Set(Object.values(messages)).size).toBe(reasonCodes.length)
  for (const code of reasonCodes) expect([code, isSentence(explain(code, {}).text)]).toEqual([code, true])
})

const fact = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.string()))

test('39: a fact is told as it is, and none is taken for a place to be filled', () =>
  fc.assert(
    fc.property(fc.constantFrom(...reasonCodes), fc.dictionary(fc.string(), fact), fact, (code, facts, value) => {
      const places = [...messages[code].matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '')
      const all = { ...facts, ...Object.fromEntries(places.map((name) => [name, value])) }
      const told = Array.isArray(value) ? value.join(', ') : String(value)
      const { text } = explain(code, all)
      const rest = messages[code].split(/\{\w+\}/)
      expect(text).toBe(rest.join(told))
    }),
    runs()
  ))

const message = fc.record({
  folder: fc.constantFrom('inbox', 'inbox', 'inbox/Rules', 'inbox/Other', 'sent'),
  categories: fc.constantFrom<ReadonlyArray<string>>([], [], ['Tracked']),
  from: fc.constantFrom('otto', 'known', 'ann', 'nobody', 'broken'),
  to: fc.constantFrom('ann', 'bob', 'nobody'),
  isPrivate: fc.boolean(),
  isCorrupt: fc.nat(9).map((n) => n === 0),
  gesture: fc.constantFrom(undefined, undefined, 'track', 'regard', 'untrack'),
  answers: fc.boolean()
})

const settings = fc.record({
  internalAsTwo: fc.boolean(),
  autoTrackSent: fc.boolean(),
  createUnknownSender: fc.constantFrom('none', 'contact', 'lead')
})

test('38, 39: every decision about a message of a drawn world has a sentence, in the report and when asked for later', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(message, { minLength: 1, maxLength: 6 }),
      fc.constantFrom('all', 'replies', 'known-senders', 'email-enabled', 'none'),
      settings,
      async (drawn, autoTrack, chosen) => {
        const ann = { autoTrack, folderRules: [{ folder: 'inbox/Rules', regarding: 'opp1' }] } as const
        const house = new House({ boxes: { ann, bob: { autoTrack: 'none' } }, settings: chosen })
        const known = `${canary('known')}@far.test`
        house.records.host.put({
          ref: 'c1',
          type: 'contact',
          fields: { lastname: canary('last'), emailaddress1: known }
        })
        house.records.host.put({ ref: 'opp1', type: 'opportunity', fields: { name: canary('opportunity') } })
        const senders = { otto: `${canary('otto')}@far.test`, known, ann: addressOf('ann'), broken: canary('broken') }
        let last = ''
        for (const [at, { folder, categories, from, to, isPrivate, isCorrupt, gesture, answers }] of drawn.entries()) {
          const messageId = `<${canary('id')}@far.test>`
          const fields = {
            ...hiddenFields(),
            messageId,
            ...(from === 'nobody' ? {} : { from: senders[from] }),
            to: [to === 'nobody' ? `${canary('to')}@far.test` : addressOf(to)],
            subject: canary('subject'),
            receivedAt: `2026-03-02T08:0${at}:00Z`,
            isPrivate,
            ...(answers ? { inReplyTo: last } : {})
          }
          last = messageId
          const ref = house.box('ann').put({ ref: `m${at}`, kind: 'email', folder, categories, fields })
          if (isCorrupt) house.box('ann').corrupt(ref)
          const engine = house.engine('ann')
          if (gesture === 'track') await engine.track('ann', ref)
          if (gesture === 'regard') await engine.setRegarding('ann', ref, 'opp1')
          if (gesture === 'untrack') await engine.untrack('ann', ref)
        }
        const texts: Array<string> = []
        for (let round = 0; round < 2; round += 1) {
          const { decisions } = await house.sync('ann')
          texts.push(...decisions.map(({ code, facts }) => explain(code, facts).text))
          for (const { ref } of house.box('ann').all()) {
            const said = await house.engine('ann').explain('ann', 'mail', ref)
            expect(canariesIn(said)).toEqual([])
            texts.push(said.text)
          }
        }
        expect(texts.filter((text) => !isSentence(text))).toEqual([])
        expect(canariesIn(texts)).toEqual([])
      }
    ),
    runs(0.15)
  ))
