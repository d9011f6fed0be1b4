/**
 * The marker as one text: tenant and record, each percent-encoded, a slash between. ASCII that needs no escape in
 * any format that it will stand in.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { Marker } from '../../model/index.js'

const markerCodec: t.Decoder<string, Marker> = /*#__PURE__*/ new t.Type<Marker, string, string>(
  'tenant/record',
  (value): value is Marker => typeof value === 'object' && value !== null && 'tenant' in value && 'record' in value,
  (text, context) => {
    const [tenant, record, ...rest] = text.split('/').map(decoded)
    return tenant !== undefined && record !== undefined && record !== '' && rest.length === 0
      ? t.success({ tenant, record })
      : t.failure(text, context)
  },
  (marker) => markerText(marker)
)

/** `undefined` where the text is no marker of ours. */
export const markerOf = (text: string): Marker | undefined =>
  pipe(
    markerCodec.decode(text),
    E.getOrElse<unknown, Marker | undefined>(() => undefined)
  )

export const markerText = ({ tenant, record }: Marker): string => `${encoded(tenant)}/${encoded(record)}`

/** Half of a surrogate pair, which `encodeURIComponent` throws at, becomes U+FFFD on its way through UTF-8. */
const encoded = (text: string): string =>
  encodeURIComponent(new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(text)))

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
