/**
 * kinto.js: a collection with its real HTTP client against a server in this process. The store is a map: the
 * memory adapter that comes with it copies everything for each transaction, and IndexedDB is not in Node. kinto.js
 * keeps no base and reports conflicts of whole records; bases and the merge of fields are the host's, so here ours.
 */
import kintoJs from 'kinto'
import { recordFields } from '../contacts.mjs'
import { kintoServer } from './kinto-server.mjs'

const { default: Kinto, BaseAdapter } = kintoJs

const names = Object.keys(recordFields(0))

class MapAdapter extends BaseAdapter {
  records = new Map()
  lastModified = null
  metadata = null

  async execute(callback, { preload = [] } = {}) {
    const preloaded = new Map(preload.map((id) => [id, this.records.get(id)]))
    const set = (record) => this.records.set(record.id, record)
    return callback({
      create: set,
      update: set,
      delete: (id) => this.records.delete(id),
      get: (id) => preloaded.get(id)
    })
  }
  async get(id) {
    return this.records.get(id)
  }
  async list({ filters: { _status: status } = {} } = {}) {
    const wanted = [status].flat()
    return [...this.records.values()].filter((record) => status === undefined || wanted.includes(record._status))
  }
  async saveLastModified(lastModified) {
    this.lastModified = lastModified
    return lastModified
  }
  async getLastModified() {
    return this.lastModified
  }
  async saveMetadata(metadata) {
    this.metadata = metadata
    return metadata
  }
  async getMetadata() {
    return this.metadata
  }
}

/** What one side changed alone stays; where both did, the server's value. */
const merged = (base, local, remote) => {
  const record = { ...local }
  for (const name of names) if (remote[name] !== base[name]) record[name] = remote[name]
  return record
}

export const kintoWorld = async (count) => {
  const server = kintoServer(Array.from({ length: count }, (_, n) => ({ id: `c${n}`, ...recordFields(n) })))
  const kinto = new Kinto({ remote: 'http://kinto.test/v1', bucket: 'bench', adapter: () => new MapAdapter() })
  kinto.api.http.fetchFunc = server.fetch
  const contacts = kinto.collection('contacts')
  const bases = new Map()
  const edits = []
  const keepBases = ({ created, updated, published }) => {
    for (const record of [...created, ...updated.map((update) => update.new ?? update), ...published])
      bases.set(record.id, record)
  }
  const sync = async () => {
    const result = await contacts.sync()
    keepBases(result)
    if (result.errors.length > 0) throw new Error(`kinto: ${result.errors[0].message}`)
    return result.conflicts
  }
  return {
    sync: async () => {
      for (const edit of edits.splice(0)) await edit()
      const conflicts = await sync()
      if (conflicts.length === 0) return
      for (const conflict of conflicts)
        await contacts.resolve(conflict, merged(bases.get(conflict.local.id), conflict.local, conflict.remote))
      if ((await sync()).length > 0) throw new Error('kinto: conflicts stay')
    },
    changeHere: (n, field, value) =>
      void edits.push(() => contacts.update({ id: `c${n}`, [field]: value }, { patch: true })),
    changeThere: (n, field, value) => void server.put({ ...server.get(`c${n}`), [field]: value }),
    here: async (n, field) => (await contacts.get(`c${n}`)).data[field],
    there: (n, field) => server.get(`c${n}`)[field],
    count: async () => (await contacts.list()).data.length,
    close: () => undefined
  }
}
