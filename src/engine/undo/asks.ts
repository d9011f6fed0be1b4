/** What an undo must know: the links and the former links of what a cycle wrote, and then the things themselves. */
import type { FormerLink, HistoryRow, Link, Ref } from '../../model/index.js'
import type { Ask, Facts } from '../facts.js'
import type { Unit } from '../unit.js'

/** The writes of one cycle to one pair, newest first. */
export interface Undoing {
  readonly rows: ReadonlyArray<HistoryRow>
  readonly item: Ref
  readonly record: Ref
}

export const undoingOf = (rows: ReadonlyArray<HistoryRow>): Undoing => {
  const newest = [...rows].reverse()
  const refOn = (side: 'mail' | 'record'): Ref =>
    newest.find((row) => row.side === side)?.ref ?? newest.find((row) => row.other !== '')?.other ?? ''
  return { rows: newest, item: refOn('mail'), record: refOn('record') }
}

export const linkAsks = ({ item, record }: Undoing): ReadonlyArray<Ask> => [
  { _tag: 'LinksByItem', ref: item },
  { _tag: 'LinksByRecord', ref: record },
  { _tag: 'FormersByItem', ref: item },
  { _tag: 'FormersByRecord', ref: record }
]

export const thingAsks = (unit: Unit, { item, record }: Undoing): ReadonlyArray<Ask> => [
  { _tag: 'ItemsByRef', ref: item },
  { _tag: 'RecordsByRef', type: unit.type, ref: record }
]

/** Links and former links of both things; `undefined` where one of the questions was not answered. */
export const linksIn = (
  { item, record }: Undoing,
  facts: Facts
): { readonly links: ReadonlyArray<Link>; readonly formers: ReadonlyArray<FormerLink> } | undefined => {
  const links = [
    facts.of<'LinksByItem'>({ _tag: 'LinksByItem', ref: item }),
    facts.of<'LinksByRecord'>({ _tag: 'LinksByRecord', ref: record })
  ]
  const formers = [
    facts.of<'FormersByItem'>({ _tag: 'FormersByItem', ref: item }),
    facts.of<'FormersByRecord'>({ _tag: 'FormersByRecord', ref: record })
  ]
  if ([...links, ...formers].some(({ _tag }) => _tag === 'Unknown')) return undefined
  return {
    links: links.flatMap((fact) => (fact._tag === 'Known' ? fact.value : [])),
    formers: formers.flatMap((fact) => (fact._tag === 'Known' ? fact.value : []))
  }
}
