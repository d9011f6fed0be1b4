/** The door behind postal-mime: a message as it parses it becomes plain data of a certain shape. */
import { pipe } from 'fp-ts/lib/function.js'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'

const text = /*#__PURE__*/ t.union([t.string, t.undefined, t.null])
const mailbox = /*#__PURE__*/ t.intersection([t.type({ name: t.string }), t.partial({ address: t.string })])
const address = /*#__PURE__*/ t.intersection([
  t.type({ name: t.string }),
  t.partial({ address: text, group: t.union([t.array(mailbox), t.undefined]) })
])
const addresses = /*#__PURE__*/ t.union([t.array(address), t.undefined])
const bytes = /*#__PURE__*/ t.union([
  new t.Type<ArrayBuffer>(
    'bytes',
    isBuffer,
    (value, context) => (isBuffer(value) ? t.success(value) : t.failure(value, context)),
    t.identity
  ),
  new t.Type<Uint8Array>(
    'bytes',
    isArray,
    (value, context) => (isArray(value) ? t.success(value) : t.failure(value, context)),
    t.identity
  )
])

function isBuffer(value: unknown): value is ArrayBuffer {
  return value instanceof ArrayBuffer
}

function isArray(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array
}

const messageCodec = /*#__PURE__*/ t.intersection([
  t.type({
    headers: t.array(t.type({ key: t.string, value: t.string })),
    attachments: t.array(
      t.intersection([t.type({ mimeType: t.string, content: bytes }), t.partial({ filename: text })])
    )
  }),
  t.partial({
    from: t.union([address, t.undefined]),
    sender: t.union([address, t.undefined]),
    to: addresses,
    cc: addresses,
    bcc: addresses,
    subject: text,
    html: text,
    text
  })
])

export type ParsedMessage = t.TypeOf<typeof messageCodec>
export type ParsedAddress = t.TypeOf<typeof address>

/** `undefined` where postal-mime answered something else than a message. */
export const messageOf = (parsed: unknown): ParsedMessage | undefined =>
  pipe(
    messageCodec.decode(parsed),
    E.getOrElse<unknown, ParsedMessage | undefined>(() => undefined)
  )
