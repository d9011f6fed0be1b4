/**
 * What this cycle is about to store (W2): an answer correlates to the message that it answers, though both came at once,
 * and one stranger becomes one person. What is not made yet has a name in place of its ref; the ref is filled in
 * when it is written (`run/batch.ts`), after what it rests on.
 */
import type { Fields, MatchCode, Ref, Value } from '../../model/index.js'
import { codeName, codeOf, termsOf } from '../../model/index.js'
import { hitsMax, type StoredMessage } from './correlate.js'

const pendingMark = '\u0000made as '

/** What stands for the ref of a thing that is still to be made. */
export const pendingRef = (name: string): Ref => `${pendingMark}${name}`

/** The name in a pending ref; `undefined` where the text is none. */
const pendingName = (text: string): string | undefined =>
  text.startsWith(pendingMark) ? text.slice(pendingMark.length) : undefined

/** Fields that name other records. Anything else is what people have written, and no name whatever it looks like. */
const refFields = ['regardingobjectid', 'correlatedactivityid', 'parentactivityid'] as const

const partiesIn = ({ parties }: Fields): ReadonlyArray<Fields> =>
  Array.isArray(parties) ? (parties as ReadonlyArray<Fields>) : []

/** Names of pending refs among a message's fields. */
export const pendingIn = (fields: Fields): ReadonlyArray<string> =>
  [...refFields.map((field) => fields[field]), ...partiesIn(fields).map(({ record }) => record)].flatMap((ref) => {
    const name = typeof ref === 'string' ? pendingName(ref) : undefined
    return name === undefined ? [] : [name]
  })

/** Fields with the refs of what has been made; `undefined` where one of them is not there. */
export const withMade = (fields: Fields, madeAs: (name: string) => Ref | undefined): Fields | undefined => {
  if (pendingIn(fields).some((name) => madeAs(name) === undefined)) return undefined
  const filled = (value: Value): Value => {
    const name = typeof value === 'string' ? pendingName(value) : undefined
    return name === undefined ? value : (madeAs(name) ?? value)
  }
  const refs = refFields.flatMap((field) => {
    const value = fields[field]
    return value === undefined ? [] : [[field, filled(value)] as const]
  })
  const parties = partiesIn(fields).map(({ record, ...party }) =>
    record === undefined ? party : { ...party, record: filled(record) }
  )
  return { ...fields, ...Object.fromEntries(refs), ...(parties.length === 0 ? {} : { parties }) }
}

/** A message that will be stored: its identity, and its record as correlation sees it. */
export interface PlannedMessage {
  readonly identity: string
  /** Key of its unit, by which its record is named until it is made. */
  readonly unit: string
  readonly stored: StoredMessage
}

const codes: ReadonlyArray<MatchCode> = [
  codeOf('messageid', 'message-id'),
  codeOf('conversationindex', 'conversation'),
  codeOf('subject', 'subject')
]

/**
 * The messages and people that are planned so far. Of the messages of one term the last are found, as many as a look-up
 * among stored ones tells: they are added older first.
 */
export class Planned {
  readonly #before: Planned | undefined
  readonly #units = new Map<string, string>()
  readonly #terms = new Map<string, Array<StoredMessage>>()
  readonly #people = new Set<string>()

  constructor(before?: Planned) {
    this.#before = before
  }

  add({ identity, unit, stored }: PlannedMessage, fields: Fields): void {
    this.#units.set(identity, unit)
    for (const code of codes) {
      for (const term of termsOf(code, fields)) {
        const name = `${codeName(code)} ${term}`
        const all = this.#terms.get(name)
        if (all === undefined) this.#terms.set(name, [stored])
        else if (all.push(stored) > hitsMax) all.shift()
      }
    }
  }

  addPerson(name: string): void {
    this.#people.add(name)
  }

  /** The unit under which a message of this identity will be stored. */
  unitOf(identity: string): string | undefined {
    return this.#units.get(identity) ?? this.#before?.unitOf(identity)
  }

  hits(code: MatchCode, term: string): ReadonlyArray<StoredMessage> {
    const before = this.#before?.hits(code, term) ?? []
    return [...before, ...(this.#terms.get(`${codeName(code)} ${term}`) ?? [])].slice(-hitsMax)
  }

  hasPerson(name: string): boolean {
    return this.#people.has(name) || this.#before?.hasPerson(name) === true
  }
}
