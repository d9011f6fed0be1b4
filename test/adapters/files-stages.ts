/** Stages on the `files` adapter with all its folders, for the contract suite: one kind under test, the others beside it. */
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FilesOptions } from '../../src/adapters/files/index.js'
import { files } from '../../src/adapters/files/index.js'
import type { Effect, Fields } from '../../src/model/index.js'
import { uuidOf } from '../../src/model/index.js'
import type { MailStage } from '../../src/testing/contract/index.js'

/** A mailbox of its own, with the folders of these names. */
export const mailboxFolder = (...folders: ReadonlyArray<string>): string => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'liaison-files-')))
  for (const folder of folders) mkdirSync(join(root, folder), { recursive: true })
  return root
}

const kinds = {
  contact: {
    folder: 'contacts',
    extension: '.vcf',
    end: 'END:VCARD',
    attach: 'PHOTO;ENCODING=b;TYPE=PNG',
    part: 'photo'
  },
  appointment: {
    folder: 'calendar',
    extension: '.ics',
    end: 'END:VEVENT',
    attach: 'ATTACH;FMTTYPE=image/png;ENCODING=BASE64;VALUE=BINARY',
    part: 'attach-1'
  },
  task: {
    folder: 'tasks',
    extension: '.ics',
    end: 'END:VTODO',
    attach: 'ATTACH;ENCODING=BASE64;VALUE=BINARY',
    part: 'attach-1'
  }
} as const

/** A stage of one kind in a mailbox that holds all three that are written. */
export const filesStage =
  (kind: keyof typeof kinds, texts: readonly [string, string], options: Partial<FilesOptions> = {}) =>
  async (): Promise<MailStage> => {
    const root = mailboxFolder('contacts', 'calendar', 'tasks')
    const { folder, extension, end, attach, part } = kinds[kind]
    const base = join(root, folder)
    const pathOf = (ref: string): string => join(base, `${ref}${extension}`)
    // A person writes through a store of its own: the one under test learns of it from the disk alone.
    const person = files({ root, itemBytesMax: 64 * 1024 * 1024 })
    const done = async (effect: Effect): Promise<string> => {
      const answer = await person.write([effect])
      const outcome = answer._tag === 'Right' ? answer.right[0] : undefined
      if (outcome?._tag !== 'Done') throw new Error(JSON.stringify(outcome ?? answer))
      return outcome.ref
    }
    let made = 0
    return {
      store: files({ root, ...options }),
      kind,
      texts,
      anyField: false,
      exact: false,
      seed: async (fields) => done({ _tag: 'Create', key: 'seed', id: uuidOf('seed', ++made), kind, fields }),
      edit: async (ref, set) => void (await done({ _tag: 'Update', key: 'edit', ref, type: kind, set })),
      remove: async (ref) => void (await done({ _tag: 'Delete', key: 'remove', ref, type: kind })),
      look: async (ref): Promise<Fields | undefined> => {
        const found = await person.read([ref])
        const one = found._tag === 'Right' ? found.right[0] : undefined
        return one?._tag === 'Known' ? one.snapshot.fields : undefined
      },
      corrupt: async (ref) => truncateSync(pathOf(ref), 60),
      move: async (ref) => {
        mkdirSync(join(base, 'elsewhere'))
        renameSync(pathOf(ref), join(base, 'elsewhere', `${ref}${extension}`))
        return kind === 'contact' ? `elsewhere/${ref}` : `${folder}/elsewhere/${ref}${extension}`
      },
      attach: async (ref, bytes) => {
        const line = `${attach}:${Buffer.from(bytes).toString('base64')}`
        writeFileSync(pathOf(ref), readFileSync(pathOf(ref), 'utf8').replace(end, `${line}\r\n${end}`))
        return part
      },
      close: () => rmSync(root, { recursive: true, force: true })
    }
  }
