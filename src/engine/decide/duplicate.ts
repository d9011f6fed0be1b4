/**
 * Whether what a gesture asks for may be there already (chapter 6 of `tracking.md`): nothing is made before a person has
 * said what it is.
 */
import type { DecisionFacts, Fields, RecordSnapshot, RecordType } from '../../model/index.js'
import type { Ask, Facts } from '../facts.js'
import { known } from '../facts.js'
import { codesOf, rulesFor, suspects } from '../track/duplicates.js'
import type { DecideContext } from './context.js'

type CodeAsk = Extract<Ask, { readonly _tag: 'RecordsByCode' }>

/** Look-ups of everything that a published rule may find beside a new record with these fields. */
export const duplicateAsks = (type: RecordType, fields: Fields, context: DecideContext): ReadonlyArray<CodeAsk> =>
  rulesFor(context.settings, type).flatMap(({ rule }) =>
    codesOf(rule, fields, context)
      .filter((key) => context.recordCan.types.includes(key.type))
      .map((key): CodeAsk => ({ _tag: 'RecordsByCode', ...key }))
  )

/** The records that were found, with the engine's rights and with the person's: only those that may be read are named (Q5). */
export const duplicateLooks = (
  type: RecordType,
  fields: Fields,
  facts: Facts,
  context: DecideContext
): ReadonlyArray<Ask> =>
  duplicateAsks(type, fields, context).flatMap((ask) =>
    known(facts.of<'RecordsByCode'>(ask), []).flatMap(
      (ref): ReadonlyArray<Ask> => [
        { _tag: 'RecordsByRef', type: ask.type, ref, engine: true },
        { _tag: 'RecordsByRef', type: ask.type, ref }
      ]
    )
  )

/** The facts of a suspicion, each hit with its rule and that rule's fields (Q8); `undefined`: nothing is like it. */
export const suspicionOf = (
  type: RecordType,
  fields: Fields,
  facts: Facts,
  context: DecideContext
): DecisionFacts | undefined => {
  const candidates = new Map<string, RecordSnapshot>()
  const readable = new Set<string>()
  for (const ask of duplicateAsks(type, fields, context)) {
    for (const ref of known(facts.of<'RecordsByCode'>(ask), [])) {
      const whole = facts.of<'RecordsByRef'>({ _tag: 'RecordsByRef', type: ask.type, ref, engine: true })
      const own = facts.of<'RecordsByRef'>({ _tag: 'RecordsByRef', type: ask.type, ref })
      if (whole._tag === 'Known' && whole.value._tag === 'Known') candidates.set(ref, whole.value.snapshot)
      if (own._tag === 'Known' && own.value._tag === 'Known') readable.add(ref)
    }
  }
  const found = suspects(rulesFor(context.settings, type), fields, [...candidates.values()], context)
  if (found.length === 0) return undefined
  const shown = found.filter(({ ref }) => readable.has(ref))
  return {
    candidates: shown.map(({ ref }) => ref),
    because: shown.map(({ rule, fields: names }) => `rule ${rule}: ${names.join(', ')}`),
    ...(shown.length === found.length ? {} : { hidden: found.length - shown.length })
  }
}
