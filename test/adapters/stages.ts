/** Stages on the SQLite adapter, for the contract suite. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Database } from '../../src/adapters/sqlite/index.js'
import { sqlite } from '../../src/adapters/sqlite/index.js'
import type { LinkStage, RecordStage } from '../../src/testing/contract/index.js'

/** A folder for a database file, removed at the end. */
export const folder = (): { readonly path: string; readonly remove: () => void } => {
  const path = mkdtempSync(join(tmpdir(), 'liaison-sqlite-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** A connection that the stage opens, so that it can spoil a row beside the adapter. */
export interface OpenDatabase extends Database {
  close(): unknown
}

const inMemory = (): OpenDatabase => new DatabaseSync(':memory:')

/** The records of one connection, and a hand on them. */
export const recordStage = async (open: () => OpenDatabase = inMemory): Promise<RecordStage> => {
  const database = open()
  const hidden = new Set<string>()
  const { records, host } = sqlite({
    database,
    itemBytesMax: 6 * 1024 * 1024,
    hidden: (user, ref) => hidden.has(JSON.stringify([user, ref]))
  })
  let made = 0
  return {
    store: records,
    type: 'contact',
    texts: ['firstname', 'emailaddress1'],
    seed: async (fields, { owner } = {}) => {
      made += 1
      const ref = `seed-${made}`
      await host.put({ type: 'contact', ref, fields, ...(owner === undefined ? {} : { owner }) })
      return ref
    },
    edit: async (ref, set) => {
      await host.edit('contact', ref, set)
    },
    remove: async (ref) => {
      await host.remove('contact', ref)
    },
    look: async (ref) => (await host.look('contact', ref))?.fields,
    hide: async (user, ref) => {
      hidden.add(JSON.stringify([user, ref]))
    },
    corrupt: async (ref) => {
      database.prepare(`UPDATE liaison_records SET fields = '["canary"' WHERE ref = ?`).run(ref)
    },
    close: () => {
      database.close()
    }
  }
}

/** The links of one file. */
export const linkStage = async (open?: () => OpenDatabase): Promise<LinkStage> => {
  const { path, remove } = folder()
  const file = join(path, 'links.db')
  let nowMs = Date.UTC(2026, 0, 1)
  const clock = () => nowMs
  const database = open?.()
  const first = database === undefined ? sqlite({ path: file, clock }) : sqlite({ database, clock })
  const opened = [first]
  return {
    store: first.links,
    advance: (ms) => {
      nowMs += ms
    },
    ...(database === undefined
      ? {
          reopen: async () => {
            first.close()
            const again = sqlite({ path: file, clock })
            opened.push(again)
            return again.links
          }
        }
      : {}),
    close: () => {
      for (const store of opened) store.close()
      database?.close()
      remove()
    }
  }
}
