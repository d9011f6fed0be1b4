/**
 * The door to postal-mime, an optional peer: loaded at first use, or handed in. Only what this adapter calls is named
 * here, so that no declaration of ours names that package and a host may pass its own copy.
 */
import type { Answer, Result } from '../../../model/index.js'
import { fail, ok } from '../../../model/index.js'

/** What this adapter calls of postal-mime; its default export fits. @public */
export interface MimeLibrary {
  parse(message: Uint8Array, options?: MimeOptions): Promise<unknown>
}

/** @public */
export interface MimeOptions {
  readonly attachmentEncoding?: 'arraybuffer'
  readonly forceRfc822Attachments?: boolean
  readonly maxNestingDepth?: number
  readonly maxHeadersSize?: number
}

/** postal-mime itself, or how to load it. @public */
export type MimeSource = MimeLibrary | (() => Promise<unknown>)

/** Loads postal-mime once. A failure is not kept: it may be installed while the host runs. */
export const mimeLibraryOf = (given?: MimeSource): (() => Answer<MimeLibrary>) => {
  let loaded: MimeLibrary | undefined
  return async () => {
    if (loaded !== undefined) return ok(loaded)
    const found = await load(given ?? (() => import('postal-mime')))
    if (found._tag === 'Right') loaded = found.right
    return found
  }
}

const load = async (source: MimeSource): Answer<MimeLibrary> => {
  if (isLibrary(source)) return ok(source)
  if (typeof source !== 'function') return fail(missing)
  try {
    return found(await source())
  } catch (thrown) {
    // Anything but a missing package is a defect of that package, and not ours to hide.
    if (!isMissing(thrown)) throw thrown
    return fail(missing)
  }
}

const missing = {
  _tag: 'Unsupported',
  what: 'messages: the optional peer postal-mime is not installed',
  remedy: 'npm install postal-mime, or hand it in: files({ root, mime: PostalMime })'
} as const

const found = (module: unknown): Result<MimeLibrary> => {
  const library = [module, member(module, 'default'), member(member(module, 'default'), 'default')].find(isLibrary)
  return library === undefined ? fail(missing) : ok(library)
}

const isMissing = (thrown: unknown): boolean => {
  const code = member(thrown, 'code')
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND'
}

const isLibrary = (value: unknown): value is MimeLibrary => typeof member(value, 'parse') === 'function'

const member = (holder: unknown, name: string): unknown =>
  (typeof holder === 'object' && holder !== null) || typeof holder === 'function'
    ? Reflect.get(holder, name)
    : undefined
