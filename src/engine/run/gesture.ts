/**
 * Gestures as they are made (T1–T19): each is tested, stored before the answer goes back, and where the method has it so
 * carried out at once, by a cycle of these items alone.
 */
import type { Gesture, Kind, Link, Pending, Reason, Ref } from '../../model/index.js'
import { Misuse } from '../../model/index.js'
import { cycle } from '../cycle.js'
import { takesEffect } from '../methods.js'
import type { Access } from '../ports.js'
import { type Admission, refusalOf } from '../track/admit.js'
import { noteRequest, workloadsOf } from './hint.js'
import { pairingsOf } from './open.js'
import { type ItemKind, kindsOf, linksOfItems, pendingOf, targetFor } from './questions.js'
import { need, type Session } from './session.js'
import { stepsOf } from './steps.js'

/** What came of a gesture for one item: `pending` until the next cycle, or why it was refused. @public */
export interface GestureAnswer {
  readonly item: Ref
  readonly pending: boolean
  readonly code: Reason
}

/** What a person asks for. `target`: the parent or the regarding that is named; `make`: the gesture for one item. */
export interface GestureRequest {
  readonly items: ReadonlyArray<Ref>
  readonly gesture: Admission['gesture']
  readonly target: Ref | undefined
  readonly by: string
  /** Rights of the person who asks. */
  readonly access: Access
  readonly make: (item: Ref, kind: Kind) => Gesture
}

export const makeGestures = async (
  session: Session,
  request: GestureRequest
): Promise<ReadonlyArray<GestureAnswer>> => {
  const { items, gesture, by, make } = request
  const kinds = await kindsOf(session, items)
  const linked = await linksOfItems(session, items)
  const admissionOf = await admissions(session, request, kinds, linked)
  const answers: Array<GestureAnswer> = []
  const gestures: Array<Gesture> = []
  for (const item of items) {
    const asked = admissionOf(item)
    const wanted = make(item, asked.kind)
    const code = await refusalWhere(session, asked, wanted)
    gestures.push(code === undefined ? wanted : { _tag: 'Refused', item, kind: asked.kind, code, by })
    const isRepeated = gesture === 'track' && asked.isTracked
    answers.push({
      item,
      pending: code === undefined,
      code: code ?? (gesture === 'untrack' ? 'untracked' : isRepeated ? 'already-tracked' : 'gesture')
    })
  }
  await append(session, gestures)
  const carriedOut = await carriedOutAtOnce(session, answers, kinds)
  await askForACycle(session, carriedOut, kinds)
  return carriedOut
}

/** Under `app` what waits is carried out by a cycle that is due at once (5.1); the scheduled one is the fallback. */
const askForACycle = async (
  session: Session,
  answers: ReadonlyArray<GestureAnswer>,
  kinds: ReadonlyMap<Ref, ItemKind>
): Promise<void> => {
  const waiting = answers.filter(({ pending }) => pending).map(({ item }) => kinds.get(item)?.kind ?? 'contact')
  if (session.facts.method === 'app' && waiting.length > 0) await noteRequest(session, workloadsOf(waiting), 'gesture')
}

export const append = async (session: Session, gestures: ReadonlyArray<Gesture>): Promise<void> => {
  const key = { tenant: session.tenant, mailbox: session.mailbox }
  await need(session, 'links', 'append', session.links.append(key, gestures, session.clock()))
}

/** What each item is tested by. */
const admissions = async (
  session: Session,
  { items, gesture, target, by, access }: GestureRequest,
  kinds: ReadonlyMap<Ref, ItemKind>,
  linked: ReadonlyMap<Ref, Link>
): Promise<(item: Ref) => Admission> => {
  const pairings = pairingsOf(session)
  const contacts = items.filter((item) => kinds.get(item)?.kind === 'contact').length
  const hasParent = pairings.some(({ type }) => session.shapeFor(type)?.parent !== undefined)
  if (gesture === 'setParent' && contacts > 0 && !hasParent)
    throw new Misuse('no mapping has a row `parent`', ['settings.mappings'])
  const found = target === undefined ? undefined : await targetFor(session, target, by)
  return (item) => ({
    gesture,
    ...(kinds.get(item) ?? { kind: 'contact', isSeries: false }),
    facts: session.facts,
    access,
    by,
    isTracked: linked.has(item),
    contacts,
    maxContacts: session.settings.maxContactsPerGesture,
    parentIsReadable: found?.isReadable !== false,
    ...(found?.type === undefined ? {} : { targetType: found.type }),
    mapped: pairings.map(({ kind }) => kind)
  })
}

/** Whether a record is to be made (T19) is looked up only where the person may make none: it may be there already. */
const refusalWhere = async (session: Session, asked: Admission, gesture: Gesture): Promise<Reason | undefined> => {
  const code = refusalOf(asked)
  if (code !== 'missing-privilege' || asked.isTracked || asked.access.privileges.create || !('item' in gesture))
    return code
  const linking = refusalOf({ ...asked, makesRecord: false })
  if (linking === code) return code
  const also: ReadonlyArray<Pending> = [{ id: Number.MAX_SAFE_INTEGER, gesture, atMs: session.clock() }]
  const planned = await cycle(stepsOf(session, { dryRun: true, only: new Set([gesture.item]), also }))
  return planned.decisions.some((one) => one.item === gesture.item && one.code === 'already-tracked') ? linking : code
}

/** T17: an attempt that fails leaves what was asked for pending. The mailbox is opened as it may be used once more. */
const carriedOutAtOnce = async (
  session: Session,
  answers: ReadonlyArray<GestureAnswer>,
  kinds: ReadonlyMap<Ref, ItemKind>
): Promise<ReadonlyArray<GestureAnswer>> => {
  const timing = (item: Ref) => takesEffect(session.facts.method, kinds.get(item)?.kind ?? 'contact')
  const atOnce = answers.flatMap(({ item, pending }) => (pending && timing(item) === 'at-once' ? [item] : []))
  if (atOnce.length === 0) return answers
  const asked = { workloads: workloadsOf(atOnce.map((item) => kinds.get(item)?.kind ?? 'contact')), apart: true }
  await cycle(stepsOf({ ...session, asked }, { dryRun: false, only: new Set(atOnce) }))
  return Promise.all(
    answers.map(async (answer) =>
      atOnce.includes(answer.item) ? { ...answer, pending: (await pendingOf(session, answer.item)).length > 0 } : answer
    )
  )
}
