/**
 * RxDB: a collection in its memory storage, live replication with a master in this process. The master is written
 * here: a table with a counter as checkpoint. Conflicts are merged field by field, which RxDB leaves to the host.
 */
import { createRxDatabase } from 'rxdb/plugins/core'
import { replicateRxCollection } from 'rxdb/plugins/replication'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { recordFields } from '../contacts.mjs'

const names = Object.keys(recordFields(0))
const batchSize = 500

const schema = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: {
    id: { type: 'string', maxLength: 20 },
    ...Object.fromEntries(names.map((name) => [name, { type: 'string' }]))
  },
  required: ['id']
}

const isSame = (x, y) => x._deleted === y._deleted && names.every((name) => x[name] === y[name])

/** What one side changed alone stays; where both did, the master's value. */
const conflictHandler = {
  isEqual: isSame,
  resolve: async ({ assumedMasterState: base, realMasterState: master, newDocumentState: fork }) => {
    const merged = { ...master }
    for (const name of names) if (base !== undefined && master[name] === base[name]) merged[name] = fork[name]
    return merged
  }
}

/** The other side: documents with the place of their last change. */
const masterOf = (count) => {
  const rows = new Map()
  let seq = 0
  const put = (document) => {
    seq += 1
    // Deleted and set anew, so that the table stands in the order of its changes.
    rows.delete(document.id)
    rows.set(document.id, { seq, document })
  }
  for (let n = 0; n < count; n += 1) put({ id: `c${n}`, ...recordFields(n), _deleted: false })
  return {
    put,
    get: (id) => rows.get(id).document,
    pull: async (checkpoint, max) => {
      const after = checkpoint?.seq ?? 0
      const found = after === seq ? [] : [...rows.values()].filter((row) => row.seq > after).slice(0, max)
      return { documents: found.map(({ document }) => document), checkpoint: { seq: found.at(-1)?.seq ?? after } }
    },
    push: async (pushed) =>
      pushed.flatMap(({ assumedMasterState, newDocumentState }) => {
        const standing = rows.get(newDocumentState.id)?.document
        const isKnown = assumedMasterState !== undefined && standing !== undefined
        if (standing !== undefined && !(isKnown && isSame(assumedMasterState, standing))) return [standing]
        put(newDocumentState)
        return []
      })
  }
}

let worlds = 0

export const rxdbWorld = async (count) => {
  worlds += 1
  const master = masterOf(count)
  const database = await createRxDatabase({
    name: `bench${worlds}`,
    storage: getRxStorageMemory(),
    multiInstance: false
  })
  const { contacts } = await database.addCollections({ contacts: { schema, conflictHandler } })
  let replication
  const edits = []
  const sync = async () => {
    if (replication === undefined) {
      replication = replicateRxCollection({
        replicationIdentifier: `bench${worlds}`,
        collection: contacts,
        live: true,
        pull: { handler: master.pull, batchSize },
        push: { handler: master.push, batchSize }
      })
      replication.error$.subscribe((error) => {
        throw error
      })
      await replication.awaitInitialReplication()
    } else {
      // A local change is on its way as soon as it is made, so that making it belongs to the time.
      await Promise.all(edits.splice(0).map((edit) => edit()))
      replication.reSync()
    }
    await replication.awaitInSync()
  }
  return {
    sync,
    changeHere: (n, field, value) =>
      void edits.push(async () => {
        const document = await contacts.findOne(`c${n}`).exec()
        await document.incrementalPatch({ [field]: value })
      }),
    changeThere: (n, field, value) => master.put({ ...master.get(`c${n}`), [field]: value }),
    here: async (n, field) => (await contacts.findOne(`c${n}`).exec())[field],
    there: (n, field) => master.get(`c${n}`)[field],
    count: () => contacts.count().exec(),
    close: () => database.close()
  }
}
