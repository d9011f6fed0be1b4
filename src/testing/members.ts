/** How a store in memory judges members: each query is compiled once, for all records that it is asked of. */
import { compile } from '../filters/index.js'
import type { MembersQuery } from '../engine/ports.js'
import type { RecordSnapshot } from '../model/index.js'

type Holds = (record: RecordSnapshot) => boolean

export const membersJudge = (): ((query: MembersQuery, record: RecordSnapshot) => boolean) => {
  const compiled = new WeakMap<MembersQuery, Holds>()
  return (query, record) => {
    const known = compiled.get(query)
    if (known !== undefined) return known(record)
    const holds = holdsOf(query)
    compiled.set(query, holds)
    return holds(record)
  }
}

const holdsOf = ({ filter, context, not, ...judging }: MembersQuery): Holds => {
  const holds = compile(filter, context, judging)
  if (not === undefined) return holds
  const others = compile(not.filter, not.context, judging)
  return (record) => holds(record) && !others(record)
}
