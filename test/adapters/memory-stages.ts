/** Stages on the memory adapter, for the contract suite: as they are, with capabilities switched off, or broken. */
import { memoryLinks, memoryMail, memoryRecords } from '../../src/adapters/memory/index.js'
import type { LinkStore, MailCan, MailStore, RecordCan, RecordStore } from '../../src/engine/ports.js'
import type { Kind } from '../../src/model/index.js'
import type { LinkStage, MailStage, RecordStage } from '../../src/testing/contract/index.js'

interface Variant<Store, Can> {
  readonly can?: Partial<Can>
  /** Puts something between the checks and the store. */
  readonly through?: (store: Store) => Store
}

export const memoryRecordStage =
  ({ can = {}, through = (store) => store }: Variant<RecordStore, RecordCan> = {}) =>
  async (): Promise<RecordStage> => {
    const hidden = new Set<string>()
    const { port, host } = memoryRecords({
      can: { itemBytesMax: 6 * 1024 * 1024, ...can },
      hidden: (user, ref) => hidden.has(JSON.stringify([user, ref])),
      owner: 'user-1'
    })
    return {
      store: through(port),
      type: 'contact',
      texts: ['firstname', 'emailaddress1'],
      seed: async (fields, { owner = 'user-1' } = {}) => host.put({ type: 'contact', fields, owner }),
      edit: async (ref, set) => {
        host.edit(ref, { set })
      },
      remove: async (ref) => {
        host.remove(ref)
      },
      look: async (ref) => host.get(ref)?.fields,
      hide: async (user, ref) => {
        hidden.add(JSON.stringify([user, ref]))
      },
      corrupt: async (ref) => host.corrupt(ref),
      expire: async () => host.expireCursors()
    }
  }

export const memoryMailStage =
  ({ can = {}, through = (store) => store, kind = 'contact' }: Variant<MailStore, MailCan> & { kind?: Kind } = {}) =>
  async (): Promise<MailStage> => {
    const { port, host } = memoryMail({ can: { itemBytesMax: 6 * 1024 * 1024, ...can } })
    return {
      store: through(port),
      kind,
      texts: kind === 'email' ? ['subject', 'messageId'] : ['firstName', 'email1'],
      seed: async (fields) => host.put({ kind, fields }),
      edit: async (ref, set) => {
        host.edit(ref, { set })
      },
      remove: async (ref) => {
        host.remove(ref)
      },
      look: async (ref) => host.get(ref)?.fields,
      corrupt: async (ref) => host.corrupt(ref),
      expire: async () => host.expireCursors(),
      move: async (ref) => host.edit(ref, { folder: 'elsewhere' }),
      attach: async (ref, bytes) => host.attach(ref, bytes)
    }
  }

export const memoryLinkStage =
  ({ through = (store) => store }: { readonly through?: (store: LinkStore) => LinkStore } = {}) =>
  async (): Promise<LinkStage> => {
    let nowMs = Date.UTC(2026, 0, 1)
    const clock = () => nowMs
    const first = memoryLinks({ clock })
    return {
      store: through(first),
      advance: (ms) => {
        nowMs += ms
      },
      reopen: async () => {
        const again = memoryLinks({ clock })
        again.restore(JSON.parse(JSON.stringify(first.dump())))
        return through(again)
      }
    }
  }
