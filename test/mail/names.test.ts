/** What a message says is never taken for one of the engine's own names, and two that say nothing are two. */
import { expect, test } from 'vitest'
import type { Fields } from '../../src/model/index.js'
import { addressOf, House } from './house.js'

const original: Fields = {
  messageId: '<one@far.test>',
  from: 'otto@far.test',
  to: [addressOf('ann')],
  subject: 'Offer',
  receivedAt: '2026-03-02T08:00:00Z'
}
const reply: Fields = {
  ...original,
  messageId: '<two@far.test>',
  inReplyTo: '<one@far.test>',
  receivedAt: '2026-03-02T08:10:00Z'
}

const mark = '\u0000made as item m1'

test.each([
  ['subject', 'subject', mark],
  ['text', 'description', mark],
  ['text of something that is never made', 'description', '\u0000made as item nobody'],
  ['subject of something that is never made', 'subject', '\u0000made as item nobody']
])(
  'W2: a reply whose %s looks like the name of what is still to be made is stored as it is',
  async (_what, field, text) => {
    const house = new House({ boxes: { ann: { autoTrack: 'all' } } })
    house.box('ann').put({ ref: 'm1', kind: 'email', fields: original })
    house
      .box('ann')
      .put({ ref: 'm2', kind: 'email', fields: { ...reply, [field === 'subject' ? field : 'body']: text } })
    await house.sync('ann')
    const [first, second] = house.emails()
    expect(second?.fields[field]).toBe(text)
    expect(second?.fields['correlatedactivityid']).toBe(first?.ref)
  }
)

test('14: two messages of which nothing is said are two records; in two mailboxes they are no copies', async () => {
  const house = new House({ boxes: { ann: { autoTrack: 'all' }, bob: { autoTrack: 'all' } } })
  for (const id of house.ids) {
    house.box(id).put({ ref: `${id}1`, kind: 'email', fields: { body: 'Good morning' } })
    house.box(id).put({ ref: `${id}2`, kind: 'email', fields: { body: 'Good night' } })
  }
  await house.settle()
  const texts = house.emails().map(({ fields }) => fields['description'])
  expect(texts.sort()).toEqual(['Good morning', 'Good morning', 'Good night', 'Good night'])
  expect((await house.allLinks()).length).toBe(4)
})
