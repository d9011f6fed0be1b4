/**
 * 38: whatever fails, at whatever call: nothing that people have written comes out but in the mail and the records. In
 * these worlds every text of every message and record is a canary.
 */
import { describe, expect, test } from 'vitest'
import { Crash } from '../../src/adapters/memory/index.js'
import type { SyncError } from '../../src/model/index.js'
import { reasonCodes } from '../../src/model/index.js'
import { runs } from '../runs.js'
import { canariesIn, canary, hiddenFields, Sinks } from './canaries.js'
import { addressOf, House } from './house.js'
import { type Strike, Strikes } from './strikes.js'

const settings = {
  createUnknownSender: 'lead',
  autoTrackSent: true,
  internalAsTwo: false,
  correlation: { references: true, smartMatching: true },
  duplicates: {
    enabled: true,
    rules: [{ base: 'email', match: 'email', conditions: [{ field: 'subject', op: 'exact' }], published: true }]
  }
} as const

const received = (name: string) => ({
  ...hiddenFields(),
  messageId: `<${canary('id')}@far.test>`,
  from: { address: `${canary('sender')}@far.test`, name: canary('name') },
  to: [addressOf('ann'), `${canary('to')} <${canary('to')}@far.test>`],
  cc: [`${canary('cc')}@far.test`],
  subject: `${canary('subject')} CRM:0001001`,
  receivedAt: `2026-03-02T08:0${name.length}:00Z`
})

/** Messages of all ways in, one that is to be sent, one that cannot be, broken ones of both sides. */
const houseOf = async (strikes: Strikes, sinks: Sinks): Promise<House> => {
  const ann = { autoTrack: 'all', folderRules: [{ folder: 'inbox/Rules', regarding: 'opp1' }] } as const
  const house = new House({
    boxes: { ann, bob: { autoTrack: 'known-senders' } },
    settings,
    log: sinks.log,
    ...strikes.wraps
  })
  const box = house.box('ann')
  const put = (name: string, more: object = {}, folder = 'inbox', categories: ReadonlyArray<string> = []) => {
    box.put({ ref: name, kind: 'email', folder, categories, fields: { ...received(name), ...more } })
    box.attach(name, new TextEncoder().encode(canary('bytes')), { name: canary('file') })
  }
  put('m')
  put('mm', { subject: canary('same') })
  put('mmm', { from: `${canary('broken')} at ${canary('far')}` })
  put('filed', {}, 'inbox/Rules')
  put('sent', { from: addressOf('ann'), sentAt: '2026-03-02T07:00:00Z' }, 'sent')
  put('marked', {}, 'inbox', ['Tracked'])
  put('private', { isPrivate: true })
  put('many', { to: Array.from({ length: 5001 }, () => `${canary('crowd')}@far.test`) })
  put('dropped', { attachments: [{ name: `${canary('file')}.exe`, bytes: 9e9 }], body: canary('body').repeat(100_000) })
  put('corrupt')
  box.corrupt('corrupt')
  house.box('bob').put({ ref: 'own', kind: 'email', fields: { ...received('own'), to: [addressOf('bob')] } })
  const record = (ref: string, fields: object) =>
    house.records.host.put({
      ref,
      type: 'email',
      owner: 'ann',
      state: 'completed',
      status: 'pendingSend',
      fields: { subject: canary('out'), description: canary('text'), directioncode: 'outgoing', ...fields }
    })
  house.records.host.put({ ref: 'opp1', type: 'opportunity', fields: { name: canary('opportunity') } })
  record('e1', { torecipients: [`${canary('out')}@far.test`], bccrecipients: [`${canary('bcc')}@far.test`] })
  record('e2', { torecipients: [canary('nobody')] })
  record('e3', { torecipients: [`${canary('out')}@far.test`] })
  house.records.host.corrupt('e3')
  return house
}

/** Two cycles of each mailbox, gestures before and between; what they throw is told. */
const lived = async (house: House, strikes: Strikes, sinks: Sinks): Promise<void> => {
  const tell = async (act: () => Promise<unknown>): Promise<void> => {
    try {
      sinks.said.push(await act())
    } catch (thrown) {
      sinks.said.push(thrown)
      for (const id of house.ids) house.forget(id)
      if (thrown instanceof Crash) strikes.revive()
    }
  }
  const engine = () => house.engine('ann')
  for (let round = 0; round < 2; round += 1) {
    await tell(() => engine().track('ann', ['mm', 'private', 'many', 'corrupt'], { regarding: 'opp1' }))
    for (const id of house.ids) {
      await tell(() => house.engine(id).sync(id, sinks.options))
      house.nowMs += 11 * 60_000
    }
    await tell(() => engine().untrack('ann', 'mm', { deleteRecord: true }))
    await tell(() => engine().setRegarding('ann', ['m', 'filed'], null))
  }
  strikes.disarm()
  for (const id of house.ids) await sinks.explain(house, id)
}

const told = async (call: number, strike: Strike): Promise<Strikes> => {
  const strikes = new Strikes({ call, strike })
  const sinks = new Sinks()
  const house = await houseOf(strikes, sinks)
  await lived(house, strikes, sinks)
  expect(canariesIn(sinks.said), `call ${call}`).toEqual([])
  for (const probe of sinks.probes)
    expect(Object.keys(probe).sort()).toEqual(['messageId', 'recipients', 'sender', 'subject'])
  return strikes
}

const failures: ReadonlyArray<readonly [string, Strike]> = [
  ['dies', 'dies'],
  ['is not answered', 'lost'],
  ['fails for now', { _tag: 'Transient' }],
  ['wants to know who speaks', { _tag: 'SignInRequired', side: 'mail' }],
  ['is forbidden', { _tag: 'Forbidden', side: 'record', field: 'subject' }],
  ['is refused as broken', { _tag: 'Malformed', side: 'mail', paths: [] }],
  ['meets another version', { _tag: 'VersionMismatch', ref: 'm' }],
  ['is too much', { _tag: 'TooLarge', limit: 1, actual: 2 }],
  ['is of another epoch', { _tag: 'CursorExpired', scope: 'email' }]
] satisfies ReadonlyArray<readonly [string, Strike | SyncError]>

describe('38: no canary comes out', async () => {
  const calls = (await told(0, 'dies')).calls.length

  test('the world without a failure makes decisions of many kinds', async () => {
    const sinks = new Sinks()
    const strikes = new Strikes()
    const house = await houseOf(strikes, sinks)
    await lived(house, strikes, sinks)
    const said = JSON.stringify(sinks.said)
    const given = reasonCodes.filter((code) => said.includes(`"${code}"`))
    expect(given).toEqual(
      expect.arrayContaining([
        'accept-all',
        'category',
        'folder-rule',
        'gesture',
        'invalid-item',
        'invalid-sender',
        'sent'
      ])
    )
    expect(calls).toBeGreaterThan(50)
  })

  // Failures take turns: all of them meet calls of all kinds. A long run leaves no call out.
  const step = failures.length * Math.max(1, Math.round(8000 / runs().numRuns))
  test.each(failures)('whatever call %s', async (name, strike) => {
    const offset = failures.findIndex(([other]) => other === name)
    for (let call = 1 + offset; call <= calls; call += step) await told(call, strike)
  })
})
