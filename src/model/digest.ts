/**
 * Digests and derived ids: two machines that see the same thing agree on its name before they ask anybody.
 */
import { hmac } from '@noble/hashes/hmac.js'
import { sha1 } from '@noble/hashes/legacy.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { canonicalJson } from './value.js'

/** Namespace of all ids that this library derives; drawn once, never to change. */
const namespace = Uint8Array.from([
  0x6c, 0x69, 0x61, 0x69, 0x73, 0x6f, 0x4e, 0x21, 0x9a, 0x5e, 0x3b, 0x0d, 0x71, 0x1c, 0x44, 0xe2
])

/** UUID version 5 of the parts. Parts are joined as JSON, so that no two lists of parts give one text. @public */
export const uuidOf = (...parts: ReadonlyArray<string | number>): string => {
  const name = utf8ToBytes(JSON.stringify(parts))
  const input = new Uint8Array(namespace.length + name.length)
  input.set(namespace)
  input.set(name, namespace.length)
  const bytes = sha1(input).slice(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytesToHex(bytes)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** SHA-256 of the canonical JSON of a value, cut to 16 bytes, in hexadecimal. Not for secrets: it has no key. @public */
export const digestOf = (value: unknown): string => bytesToHex(sha256(utf8ToBytes(canonicalJson(value)))).slice(0, 32)

/** SHA-256 of bytes, cut to 16 of them, in hexadecimal. */
export const digestOfBytes = (bytes: Uint8Array): string => bytesToHex(sha256(bytes)).slice(0, 32)

/** Digests values under a key, bound to where the value stands. */
export type KeyedDigest = (scope: ReadonlyArray<string>, value: unknown) => string

/**
 * HMAC-SHA-256 cut to 16 bytes over scope (tenant, link, side, field, version of the normalisers) and value.
 * Without the key nobody can try values against it.
 */
export const keyedDigest = (key: Uint8Array): KeyedDigest => {
  // The key is mixed in once; each digest goes on from a copy of that state, always in the same place: a first sync
  // makes several dozen of them for each pair.
  const keyed = hmac.create(sha256, key)
  const copy = keyed.clone()
  return (scope, value) => {
    const text = utf8ToBytes(canonicalJson([...scope, value]))
    return bytesToHex(keyed._cloneInto(copy).update(text).digest().subarray(0, 16))
  }
}

/**
 * A short fingerprint of a text: quick, not for secrets, good enough to see that many things got one value.
 * Two 32-bit multiply-and-mix lanes over the code units.
 */
export const fingerprint = (text: string): string => {
  let x = 0x9e3779b9
  let y = 0x85ebca6b
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    x = Math.imul(x ^ unit, 0x01000193)
    y = Math.imul(y ^ unit, 0xc2b2ae35)
    y ^= y >>> 15
  }
  return `${(x >>> 0).toString(36)}.${(y >>> 0).toString(36)}`
}

/** SHA-256 of a text. */
export const sha256Of = (text: string): Uint8Array => sha256(utf8ToBytes(text))
