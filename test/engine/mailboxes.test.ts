/** What a host or a directory says of a mailbox is checked where a word of the engine's is expected. */
import { expect, test } from 'vitest'
import { memoryLinks, memoryMail, memoryRecords } from '../../src/adapters/memory/index.js'
import { createEngine, type EngineOptions, oneUser } from '../../src/engine/run/index.js'

const engineOf = (ann: object, more: Partial<EngineOptions> = {}) =>
  createEngine({
    mailboxes: { ann: { address: 'ann@contoso.test', mail: memoryMail().port, ...ann } },
    records: memoryRecords().port,
    links: memoryLinks(),
    ...more
  })

test('a method or a filter that there is none of is refused with its path, and the words that there are', () => {
  expect(() => engineOf({ method: 'constructor' })).toThrow(
    /mailboxes\.ann\.method: expected "server-side" \| "client"/
  )
  expect(() => engineOf({ autoTrack: 'some' })).toThrow(/mailboxes\.ann\.autoTrack: expected "all" \| "replies"/)
  expect(() => engineOf({ method: 'pop', autoTrack: 'none' })).not.toThrow()
})

test('so is what a directory says, at the first call', async () => {
  const wrong = oneUser({ ann: { address: 'ann@contoso.test', autoTrack: 'some' as 'all' } })
  await expect(engineOf({}, { directory: wrong }).sync('ann')).rejects.toThrow(/mailboxes\.ann\.autoTrack/)
})
