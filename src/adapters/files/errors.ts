/**
 * What the file system answers, divided by what the caller can do about it. One table; a code that is not in it is
 * taken for temporary, an error that is none of the file system's is a defect and goes through.
 */
import type { Answer, Ref, SyncError } from '../../model/index.js'
import { fail } from '../../model/index.js'

type Meaning = 'gone' | 'forbidden' | 'quota' | 'exists' | 'transient' | 'name' | 'unsupported'

/** Errno codes. A name that cannot be a file's name is malformed; a symbolic link is never followed. */
export const meanings: { readonly [code: string]: Meaning } = {
  ENOENT: 'gone',
  ENOTDIR: 'gone',
  EISDIR: 'gone',
  EACCES: 'forbidden',
  EPERM: 'forbidden',
  EROFS: 'forbidden',
  ELOOP: 'forbidden',
  ENOSPC: 'quota',
  EDQUOT: 'quota',
  EFBIG: 'quota',
  EEXIST: 'exists',
  ENAMETOOLONG: 'name',
  EINVAL: 'name',
  EILSEQ: 'name',
  EXDEV: 'unsupported',
  ENOTSUP: 'unsupported',
  ENOSYS: 'unsupported',
  EMFILE: 'transient',
  ENFILE: 'transient',
  EBUSY: 'transient',
  EAGAIN: 'transient',
  EINTR: 'transient',
  ETIMEDOUT: 'transient',
  EIO: 'transient',
  ESTALE: 'transient',
  ETXTBSY: 'transient',
  ENETDOWN: 'transient',
  EHOSTDOWN: 'transient'
}

/** The error as the engine knows it, or `undefined` where it is not the file system's. Messages name code and ref. */
export const syncErrorOf = (thrown: unknown, ref?: Ref, unsure = false): SyncError | undefined => {
  const code = errnoOf(thrown)
  if (code === undefined) return undefined
  const of = ref === undefined ? {} : { ref }
  switch (meanings[code] ?? 'transient') {
    case 'gone':
      // Without a ref it is the mailbox's own folder that is away, such as a disk that is not mounted.
      return ref === undefined
        ? { _tag: 'Transient', message: `${code}: the folder of the mailbox` }
        : { _tag: 'Gone', ref }
    case 'forbidden':
      return { _tag: 'Forbidden', side: 'mail', ...of }
    case 'quota':
      return { _tag: 'QuotaExceeded' }
    case 'exists':
      return { _tag: 'AlreadyExists', ...of }
    case 'name':
      return { _tag: 'Malformed', side: 'mail', ...of, paths: ['ref: expected the name of a file'] }
    case 'unsupported':
      return {
        _tag: 'Unsupported',
        what: `${code}: the file system of the mailbox lacks what a safe write needs`,
        remedy: 'keep the mailbox in one folder of a local file system'
      }
    case 'transient':
      return { _tag: 'Transient', message: ref === undefined ? code : `${code}: ${ref}`, ...(unsure && { unsure }) }
  }
}

/** `undefined` where what was thrown carries no errno. */
export const errnoOf = (thrown: unknown): string | undefined =>
  typeof thrown === 'object' &&
  thrown !== null &&
  'code' in thrown &&
  typeof thrown.code === 'string' &&
  /^E[A-Z0-9]+$/.test(thrown.code)
    ? thrown.code
    : undefined

/** Runs it, and answers what the file system throws. What else is thrown is a defect, and rejects. */
export const answering = async <A>(run: () => Answer<A>, ref?: Ref): Answer<A> => {
  try {
    return await run()
  } catch (thrown) {
    const error = syncErrorOf(thrown, ref)
    if (error === undefined) throw thrown
    return fail(error)
  }
}
