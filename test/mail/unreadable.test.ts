/** 5.2: a broken message is set aside with the reason, and looked at again when it changes. */
import { expect, test } from 'vitest'
import type { CycleReport } from '../../src/engine/report.js'
import { addressOf, House } from './house.js'

const message = (name: string) => ({
  ref: name,
  kind: 'email',
  fields: {
    messageId: `<${name}@far.test>`,
    from: 'otto@far.test',
    to: [addressOf('ann')],
    subject: name,
    receivedAt: '2026-03-02T08:00:00Z'
  }
})

const codesOf = ({ decisions }: CycleReport): ReadonlyArray<string> =>
  decisions.map(({ item, code }) => `${item} ${code}`)

test('a message that nobody can decode is set aside, keeps nobody back, and is judged once it can be read', async () => {
  const house = new House({ boxes: { ann: { autoTrack: 'all' } } })
  const box = house.box('ann')
  box.put(message('broken'))
  box.corrupt('broken')
  box.put(message('whole'))
  const first = await house.sync('ann')
  expect([...codesOf(first)].sort()).toEqual(['broken invalid-item', 'whole accept-all'])
  expect((await house.engine('ann').explain('ann', 'mail', 'broken')).code).toBe('invalid-item')
  expect(await house.engine('ann').status('ann', 'broken')).toBe('failed')

  house.nowMs += 5 * 60_000
  const second = await house.sync('ann')
  expect(codesOf(second)).toEqual([])
  expect((await house.engine('ann').explain('ann', 'mail', 'broken')).code).toBe('invalid-item')

  box.edit('broken', {})
  expect(codesOf(await house.sync('ann'))).toEqual(['broken accept-all'])
  await house.settle()
  expect(house.emails().map(({ fields }) => fields['subject'])).toEqual(['whole', 'broken'])
})
