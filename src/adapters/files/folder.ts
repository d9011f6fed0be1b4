/**
 * Where items lie. The ref of a contact is the path of its file below the folder of contacts, its names joined by
 * slashes and without the extension. The ref of any other item is the path below the root, but for the file that is
 * named by an id and lies in the folder of its kind: its ref is that id, as that of every new item. Nothing outside
 * the root, nothing behind a symbolic link and nothing hidden is ever an item, whatever a ref says.
 */
import type { Dirent } from 'node:fs'
import { lstat, readdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Answer, Ref } from '../../model/index.js'
import { byCodeUnits, fail, ok } from '../../model/index.js'
import { errnoOf } from './errors.js'
import type { Versions } from './file.js'
import type { KindCodec } from './kind.js'

/** A kind of item of the mailbox, and what is remembered of its files. */
export interface Shelf {
  readonly codec: KindCodec
  readonly versions: Versions
}

/** The folder of one kind, looked up anew at every call: a mailbox that is not mounted is not an empty one. */
export interface Folder extends Shelf {
  /** Real path of the root. */
  readonly root: string
  /** `contacts`, or empty where the root has no such folder and is itself the folder of the kind. */
  readonly base: string
}

/** Folders of the kinds in a mailbox. A contact's ref that begins with one of these keeps its extension. */
const kindFolders: ReadonlyArray<string> = ['contacts', 'calendar', 'tasks', 'mail']

const extensions = ['.vcf', '.ics']

/** Our unfinished files: hidden, so that no listing of anybody shows them. */
const temporaryPrefix = '.liaison-'

const depthMax = 32

export const openFolder = async (root: string, shelf: Shelf): Answer<Folder> => {
  const { folder, rootToo } = shelf.codec
  const real = await realpath(root)
  if (!(await stat(real)).isDirectory())
    return fail({ _tag: 'Transient', message: 'ENOTDIR: the folder of the mailbox' })
  const found = await lstat(join(real, folder)).catch(absent)
  // Followed, it would lead out of the mailbox; ignored, the mailbox would look empty.
  if (found?.isSymbolicLink()) return fail({ _tag: 'Forbidden', side: 'mail', ref: folder })
  if (found?.isDirectory()) return ok({ ...shelf, root: real, base: folder })
  return rootToo
    ? ok({ ...shelf, root: real, base: '' })
    : fail({ _tag: 'Transient', message: `ENOENT: ${folder}, a folder of the mailbox` })
}

const absent = (thrown: unknown): undefined => {
  if (errnoOf(thrown) !== 'ENOENT') throw thrown
}

/** The folder in which an item lies, as the port names it: `contacts`, `contacts/friends`. */
export const folderOf = ({ codec }: Folder, ref: Ref): string =>
  [codec.folder, ...pathOf(codec, ref).split('/').slice(0, -1)].join('/')

/** The ref of a new item: its id, behind the folder where it is not the kind's own. `undefined` where it cannot be one. */
export const refOfNew = ({ codec }: Folder, id: string, within: string | undefined): Ref | undefined => {
  const names = within === undefined || within === '' ? [] : within.split('/')
  const path = [...(names[0] === codec.folder ? names.slice(1) : names), id].join('/')
  const ref = refOf(`${path}${codec.extension}`, codec)
  return id.includes('/') || hasExtension(id, codec) || !isInside(codec, ref) ? undefined : ref
}

/** Whether a ref may name an item of the kind at all. Judged on its text, before the file system is asked. */
export const isInside = (codec: KindCodec, ref: Ref): boolean => {
  const path = pathOf(codec, ref)
  const names = path.split('/')
  const isRef = refOf(path, codec) === ref || (!codec.rootToo && ref === `${codec.folder}/${path}`)
  return names.length <= depthMax && names.every(isName) && hasExtension(path, codec) && isRef
}

/** The names of a file's path below the root. */
export const namesOf = ({ base, codec }: Folder, ref: Ref): ReadonlyArray<string> => [
  ...(base === '' ? [] : [base]),
  ...pathOf(codec, ref).split('/')
]

/** The ids that the engine gives, and that most programs give to files. */
const idPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** The path of a ref below the folder of the kind. One that bears the extension is the path itself. */
const pathOf = (codec: KindCodec, ref: Ref): string => {
  if (codec.rootToo) return hasExtension(ref, codec) ? ref : `${ref}${codec.extension}`
  return idPattern.test(ref) ? `${ref}${codec.extension}` : ref.slice(`${codec.folder}/`.length)
}

/** The other way round. `ann.VCF` and `ann.vcf.vcf` keep their extensions, or two files would have one ref. */
const refOf = (path: string, codec: KindCodec): Ref => {
  const stem = path.slice(0, -codec.extension.length)
  const isPlain = path.endsWith(codec.extension)
  if (!codec.rootToo) return isPlain && idPattern.test(stem) ? stem : `${codec.folder}/${path}`
  const first = stem.split('/', 1)[0] ?? ''
  const isOther = stem.includes('/') && kindFolders.includes(first) && first !== codec.folder
  return isPlain && !isOther && !extensions.some((extension) => stem.toLowerCase().endsWith(extension)) ? stem : path
}

const hasExtension = (path: string, codec: KindCodec): boolean => path.toLowerCase().endsWith(codec.extension)

/** Hidden names are none: among them are `.`, `..`, and our own unfinished files. */
const isName = (name: string): boolean =>
  name !== '' && !name.startsWith('.') && !unsafe.test(name) && !halfPair.test(name)

/** Windows has more ways than the slash to leave a folder: the backslash, drives, streams. */
const unsafe = process.platform === 'win32' ? /[\0\\:]/ : /\0/

/** No file system has such a name; in UTF-8 it would be another one's. */
const halfPair = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

/** Where a ref stands, without a symbolic link on the way. `Refused`: it may not be touched; `Missing`: not there. */
export type Place =
  | { readonly _tag: 'Inside'; readonly path: string }
  | { readonly _tag: 'Refused' }
  | { readonly _tag: 'Missing' }

/**
 * The real path must be the path: else a link is on the way, or a file system that knows no capitals took one name
 * for another. Between this look and the use of the path somebody could still put a link in its place: Node has no `openat`. Who
 * can do that may write into the mailbox anyway; the file itself is opened without following a link.
 */
export const placeOf = async (folder: Folder, ref: Ref): Promise<Place> => {
  if (!isInside(folder.codec, ref)) return { _tag: 'Refused' }
  const path = join(folder.root, ...namesOf(folder, ref))
  const real = await realpath(path).catch(absentOrNoFolder)
  if (real !== undefined) return real === path ? { _tag: 'Inside', path } : { _tag: 'Refused' }
  const parent = await realpath(dirname(path)).catch(absentOrNoFolder)
  if (parent === undefined) return { _tag: 'Missing' }
  return parent === dirname(path) ? { _tag: 'Inside', path } : { _tag: 'Refused' }
}

const absentOrNoFolder = (thrown: unknown): undefined => {
  const code = errnoOf(thrown)
  if (code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'ENAMETOOLONG' && code !== 'ELOOP') throw thrown
}

/** Refs of all items in code-unit order. `onTemporary` is told the paths of our own unfinished files. */
export const listRefs = async (folder: Folder, onTemporary?: (path: string) => void): Promise<ReadonlyArray<Ref>> => {
  const refs: Array<Ref> = []
  const top = folder.base === '' ? folder.root : join(folder.root, folder.base)
  const waiting: Array<ReadonlyArray<string>> = [[]]
  for (let names = waiting.pop(); names !== undefined; names = waiting.pop()) {
    const entries =
      names.length === 0 ? await readdir(top, { withFileTypes: true }) : await entriesOf(join(top, ...names))
    for (const entry of entries) {
      const path = [...names, entry.name]
      if (entry.isFile() && entry.name.startsWith(temporaryPrefix)) onTemporary?.(join(top, ...path))
      if (!isName(entry.name) || path.length > depthMax) continue
      if (entry.isDirectory() && !isOthers(folder, path)) waiting.push(path)
      if (entry.isFile() && hasExtension(entry.name, folder.codec)) refs.push(refOf(path.join('/'), folder.codec))
    }
  }
  return refs.sort(byCodeUnits)
}

/** Where the root is the folder of contacts, the other kinds' folders in it are not. */
const isOthers = ({ base, codec }: Folder, path: ReadonlyArray<string>): boolean =>
  base === '' && path.length === 1 && kindFolders.includes(path[0] ?? '') && path[0] !== codec.folder

/**
 * A folder below that went away, or may not be read, holds nothing: its items, asked for by ref, will say which it is.
 * The folder of the kind itself is no such case: without it there is no listing, and none is not an empty one.
 */
const entriesOf = async (path: string): Promise<ReadonlyArray<Dirent>> => {
  try {
    return await readdir(path, { withFileTypes: true })
  } catch (thrown) {
    const code = errnoOf(thrown)
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES' || code === 'EPERM') return []
    throw thrown
  }
}

/** A path for an unfinished file beside another one. Nobody guesses it, and no two writers share it. */
export const temporaryBeside = (path: string, nonce: string): string =>
  join(dirname(path), `${temporaryPrefix}${nonce}-${basename(path).slice(0, 40)}.tmp`)
