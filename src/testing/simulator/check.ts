/** The laws that are judged once everything is healed and settled, by the two sides and the ledger. */
import type { ConflictRow, Link, Ref } from '../../model/index.js'
import { type Entry, type RowName, rows, textIn } from './ledger.js'
import type { Watch } from './watch.js'
import type { SimulatedWorld } from './world.js'

export const checkSettled = (world: SimulatedWorld, watch: Watch): void => {
  const dump = world.links.dump()
  const links = dump.links.filter(({ tenant }) => tenant === world.tenant).map(({ row }) => row)
  const waits = new Set(dump.due.filter(({ tenant }) => tenant === world.tenant).map(({ row }) => row.key))
  converged(
    world,
    watch,
    links.filter(({ id }) => !waits.has(id))
  )
  nothingLost(
    world,
    watch,
    dump.conflicts.map(({ row }) => row),
    links,
    waits
  )
  madeOnce(world, watch)
  notRisen(world, watch)
}

/** 2. A pair that a person has made again may differ: what stood on both sides was its base. */
const converged = (world: SimulatedWorld, watch: Watch, links: ReadonlyArray<Link>): void => {
  for (const link of links) {
    const item = world.boxOf(link.item)?.memory.host.get(link.item)
    const record = world.records.host.get(link.record)
    if (item === undefined || record === undefined) {
      watch.break(2, `${link.item} and ${link.record} are linked, and one of them is gone`)
      continue
    }
    if (watch.retracked.has(link.item) || watch.retracked.has(link.record)) continue
    for (const names of rows) {
      const [mail, stored] = [textIn(item.fields, names.mail), textIn(record.fields, names.record)]
      if (world.flowsBothWays(names.row) && mail !== stored)
        watch.break(2, `${names.row} of ${link.item} is ${mail}, of ${link.record} ${stored}`)
    }
  }
}

/** 8. A person's value that the engine has written over was seen on the other side, or stands in the log of conflicts. */
const nothingLost = (
  world: SimulatedWorld,
  watch: Watch,
  conflicts: ReadonlyArray<ConflictRow>,
  links: ReadonlyArray<Link>,
  waits: ReadonlySet<string>
): void => {
  const last = new Map<string, Entry>()
  for (const entry of world.ledger.entries) {
    for (const { row } of rows) {
      if (entry.changed[row] === undefined) continue
      const key = `${entry.side} ${entry.ref} ${row}`
      const before = last.get(key)
      last.set(key, entry)
      if (entry.by !== 'engine' || entry.op !== 'update' || before?.by !== 'person') continue
      const value = before.changed[row] ?? ''
      if (value !== '' && !isExcused(world, watch, conflicts, entry, row, value)) {
        watch.break(8, `${row} of ${entry.side} ${entry.ref} was ${value}, typed by a person, and is lost`)
      }
    }
  }
  for (const link of links.filter(({ id }) => !waits.has(id))) unseen(world, watch, link, last)
}

/** The last word of a person about a row that flows both ways stands on both sides, or lost a conflict. */
const unseen = (world: SimulatedWorld, watch: Watch, link: Link, last: ReadonlyMap<string, Entry>): void => {
  if (watch.retracked.has(link.item) || watch.retracked.has(link.record)) return
  for (const { row, mail } of rows) {
    const entry = last.get(`mail ${link.item} ${row}`)
    if (entry?.by !== 'person' || !world.flowsBothWays(row)) continue
    const now = textIn(world.boxOf(link.item)?.memory.host.get(link.item)?.fields, mail)
    if (now !== (entry.changed[row] ?? '')) watch.break(8, `${row} of ${link.item} changed without a write`)
  }
}

const isExcused = (
  world: SimulatedWorld,
  watch: Watch,
  conflicts: ReadonlyArray<ConflictRow>,
  entry: Entry,
  row: RowName,
  value: string
): boolean => {
  const { ledger } = world
  const other = entry.side === 'mail' ? 'record' : 'mail'
  return (
    !world.flowsBothWays(row) ||
    watch.retracked.has(entry.ref) ||
    ledger.partnersOf(entry.side, entry.ref).some((partner) => ledger.hasHeld(other, partner, row, value)) ||
    conflicts.some(
      (conflict) => conflict.field === row && conflict[entry.side === 'mail' ? 'item' : 'record'] === entry.ref
    )
  )
}

/** 13. What the engine made for one thing is there once. */
const madeOnce = (world: SimulatedWorld, watch: Watch): void => {
  for (const { id, memory } of world.boxes) {
    const made = new Map<Ref, number>()
    for (const { marker } of memory.host.all())
      if (marker !== undefined) made.set(marker.record, (made.get(marker.record) ?? 0) + 1)
    for (const [record, count] of made)
      if (count > 1) watch.break(13, `${count} items of ${id} were made for ${record}`)
  }
  const records = new Set(
    world.ledger.entries
      .filter(({ by, op, side }) => by === 'engine' && op === 'create' && side === 'record')
      .map(({ ref }) => ref)
  )
  const items = new Map<Ref, number>()
  for (const ref of records) {
    if (world.records.host.get(ref) === undefined) continue
    const source = world.ledger.partnersOf('record', ref)[0]
    if (source !== undefined) items.set(source, (items.get(source) ?? 0) + 1)
  }
  for (const [item, count] of items) if (count > 1) watch.break(13, `${count} records were made from ${item}`)
}

/** 19. Nothing that a person has deleted stands again under its ref, nor is it made again where deletions win. */
const notRisen = (world: SimulatedWorld, watch: Watch): void => {
  const { entries } = world.ledger
  const deleted = new Map<string, Entry>()
  const made = new Set<string>()
  for (const entry of entries) {
    const key = `${entry.side} ${entry.ref}`
    if (entry.op === 'create' && entry.by === 'engine') made.add(key)
    // What the engine made and had no time to remember was deleted before it knew of it: nobody can tell that from a write that never came.
    const isUnknown = made.has(key) && !world.ledger.wasLinkedBefore(entry)
    if (entry.op === 'delete' && entry.by === 'person' && !isUnknown) deleted.set(key, entry)
    if (entry.op === 'create' && deleted.has(key)) watch.break(19, `${key} was deleted by a person and is there again`)
  }
  if (world.settings.deleteAgainstEdit !== 'delete') return
  for (const made of entries.filter(({ by, op }) => by === 'engine' && op === 'create')) {
    const other = made.side === 'mail' ? 'record' : 'mail'
    const [source] = world.ledger.partnersOf(made.side, made.ref)
    if (source === undefined || watch.retracked.has(source) || watch.everOut.has(source)) continue
    const twin = [...deleted.values()].find(
      (entry) =>
        entry.side === made.side &&
        entry.at < made.at &&
        watch.linkedAtDeath.has(entry.ref) &&
        // What one user deletes from his mailbox may well enter another's.
        world.ledger.mailboxes.get(entry.ref) === world.ledger.mailboxes.get(made.ref) &&
        world.ledger.partnersOf(other, source).includes(entry.ref)
    )
    if (twin !== undefined)
      watch.break(19, `${made.side} ${made.ref} was made for ${source}, whose ${twin.ref} a person had deleted`)
  }
}
