/**
 * F40, from the record to the wire: what is written into a record that is to be sent becomes no header, no command and
 * no recipient of its own. The mail server is a real one in this process.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { reasonCodes, type Value } from '../../src/model/index.js'
import { type MailServer, mailServer, sendingBy } from '../adapters/smtp-stages.js'
import { runs } from '../runs.js'
import { House } from './house.js'

let server: MailServer
beforeAll(async () => {
  server = await mailServer()
})
afterAll(() => server.close())

const breaks = ['\r\n', '\n', '\r', '\u0000', '\u2028', '\u0085', '\r\n\t', '\n '] as const
const attacks = [
  'X-Injected: yes',
  'Bcc: evil@far.test',
  '\r\nEvil body',
  '.\r\nRCPT TO: evil@far.test',
  '=?utf-8?Q?=0D=0AX-Injected:_yes?='
] as const

const hostile = fc
  .tuple(
    fc.constantFrom('Offer', 'otto@far.test', '<one@far.test>', ''),
    fc.constantFrom(...breaks),
    fc.constantFrom(...attacks)
  )
  .map((parts) => parts.join(''))

const text = fc.oneof({ weight: 3, arbitrary: hostile }, fc.constantFrom('Offer', '<one@far.test>', 'AAAA'))

const address = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<Value>('otto@far.test', 'Otto <otto@far.test>', 'c1') },
  hostile,
  hostile.map((before) => `${before} <otto@far.test>`),
  hostile.map((name) => ({ address: 'otto@far.test', name })),
  hostile.map((one) => ({ address: one, name: 'Otto' })),
  hostile.map((one) => `otto@far.test>${one}<evil@far.test`),
  fc.constantFrom<Value>('"Otto, " <otto@far.test>, evil@far.test', 'otto@far.test, evil@far.test', null, 7)
)

const record = fc.record(
  {
    subject: text,
    description: text,
    inreplyto: text,
    conversationindex: text,
    trackingtoken: text,
    messageid: text,
    sender: fc.oneof({ weight: 3, arbitrary: fc.constant('ann') }, hostile),
    torecipients: fc.array(address, { minLength: 1, maxLength: 3 }),
    ccrecipients: fc.array(address, { maxLength: 2 }),
    bccrecipients: fc.array(address, { maxLength: 2 }),
    attachments: fc.array(
      fc.record({ name: text, type: text, content: fc.constantFrom('QUFB', '\r\n.\r\nQUFB', '!') }),
      { maxLength: 2 }
    )
  },
  { requiredKeys: ['torecipients', 'subject'] }
)

/** Headers that the adapter and nodemailer write. */
const ours = new Set(
  'from to cc subject message-id in-reply-to references date mime-version content-type content-transfer-encoding content-disposition thread-index sensitivity'.split(
    ' '
  )
)

/** Names of the headers, those of all parts included. */
const headersIn = (raw: string): ReadonlyArray<string> => {
  const boundary = /boundary="?([^"\r\n;]+)/.exec(raw)?.[1]
  const parts = boundary === undefined ? [raw] : raw.split(`--${boundary}`)
  return parts.flatMap((part) => {
    const head = part.replace(/^\r\n/, '').split('\r\n\r\n')[0] ?? ''
    return head
      .split(/\r\n(?![ \t])/)
      .filter((line) => line !== '' && line !== '--')
      .map((line) => (/^([!-9;-~]+):/.exec(line)?.[1] ?? `no header: ${line}`).toLowerCase())
  })
}

test('F40: no header, no command, no recipient but the record’s own', () =>
  fc.assert(
    fc.asyncProperty(record, async (fields) => {
      server.received.length = 0
      const house = new House({ boxes: { ann: {} }, wrapMail: (mail) => sendingBy(server, mail) })
      house.records.host.put({
        ref: 'c1',
        type: 'contact',
        fields: { lastname: 'Otto', emailaddress1: 'otto@far.test' }
      })
      house.records.host.put({
        ref: 'e1',
        type: 'email',
        owner: 'ann',
        state: 'completed',
        status: 'pendingSend',
        fields: { ...fields, directioncode: 'outgoing' }
      })
      for (let round = 0; round < 2; round += 1) {
        const { outcome, decisions } = await house.sync('ann')
        expect(outcome).toBe('completed')
        for (const { code } of decisions) expect(reasonCodes).toContain(code)
        house.nowMs += 5 * 60_000
      }
      const { state, status } = house.records.host.get('e1') ?? {}
      // What is another's to send waits for him.
      if (status !== 'pendingSend') expect(['completed sent', 'open failed']).toContain(`${state} ${status}`)
      expect(server.received.length).toBe(status === 'sent' ? 1 : 0)
      for (const { from, to, raw } of server.received) {
        expect(from).toBe('ann@contoso.test')
        // What stands in brackets is the address, whatever stands around them.
        expect(to.filter((one) => one !== 'otto@far.test' && one !== 'one@far.test')).toEqual([])
        const headers = headersIn(raw.toString('latin1'))
        expect(headers.filter((name) => !ours.has(name))).toEqual([])
        for (const name of ['from', 'to', 'subject', 'message-id', 'date'])
          expect(headers.filter((one) => one === name).length, name).toBeLessThanOrEqual(1)
      }
    }),
    runs(0.15)
  ))
