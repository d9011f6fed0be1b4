/**
 * Bases hold a value of each field and side: they are most of a link. Where many links are joined at once they are let
 * go, and read again for the batch that decides about them.
 */
import type { Base, Link } from '../../model/index.js'
import type { Unit } from '../unit.js'
import { need, type Session } from './session.js'

/** Stands in the place of a base that was let go. */
const letGo: Base = { mail: [], record: [] }

export const withoutBase = (link: Link): Link => (link.base === letGo ? link : { ...link, base: letGo })

/** The units of a batch with their bases. One whose link has been forgotten meanwhile is none any more. */
export const withBases = async (session: Session, units: ReadonlyArray<Unit>): Promise<ReadonlyArray<Unit>> => {
  const lacking = units.flatMap(({ link }) => (link?.base === letGo ? [link.item] : []))
  if (lacking.length === 0) return units
  const links = await need(
    session,
    'links',
    'linksOf',
    session.links.linksOf(session.tenant, 'item', lacking, session.mailbox)
  )
  const byId = new Map(links.map((link) => [link.id, link]))
  return units.flatMap((unit) => {
    if (unit.link?.base !== letGo) return [unit]
    const link = byId.get(unit.link.id)
    return link === undefined ? [] : [{ ...unit, link }]
  })
}
