/** liaison between a mailbox and a record store in memory. `here` is the mailbox, `there` the records. */
import { recordFields } from '../contacts.mjs'

/** What the other two call by one name has one on each side here. */
const mailNames = { jobtitle: 'jobTitle', department: 'department' }

export const liaisonWorld = (liaison, links, count, close = () => undefined) => {
  const mail = liaison.memoryMail()
  const records = liaison.memoryRecords()
  for (let n = 0; n < count; n += 1)
    records.host.put({ ref: `r${n}`, type: 'contact', owner: 'ann', fields: recordFields(n) })
  const engine = liaison.createEngine({
    mailboxes: { ann: { address: 'ann@example.com', mail: mail.port } },
    records: records.port,
    links,
    settings: { firstCycle: 'apply', conflict: 'record-wins', guard: { creates: { most: count } } }
  })
  const refs = new Map()
  const itemOf = (n) => {
    if (refs.size === 0) for (const item of mail.host.all()) refs.set(item.fields.email1, item.ref)
    return refs.get(recordFields(n).emailaddress1)
  }
  return {
    sync: async () => {
      const report = await engine.sync('ann')
      if (report.outcome !== 'completed' || report.counts.failed > 0)
        throw new Error(`a cycle ended as ${report.outcome}, ${report.counts.failed} failed`)
    },
    changeHere: (n, field, value) => void mail.host.edit(itemOf(n), { set: { [mailNames[field]]: value } }),
    changeThere: (n, field, value) => void records.host.edit(`r${n}`, { set: { [field]: value } }),
    here: (n, field) => mail.host.get(itemOf(n)).fields[mailNames[field]],
    there: (n, field) => records.host.get(`r${n}`).fields[field],
    count: () => mail.host.all().length,
    close
  }
}
