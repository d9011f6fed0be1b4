/**
 * Two stores of one mailbox as one: messages by their refs and their kind, everything else to the other. Effects are
 * carried out in their order, whichever store they are for.
 */
import type { Effect, Found, ItemSnapshot, Outcome, Ref } from '../../model/index.js'
import { fail, ok } from '../../model/index.js'
import type { Hits, MailStore } from '../../engine/ports.js'
import { mailFolder } from './maildir/box.js'
import { writeBatchMax } from './write.js'

export type Parts = Pick<MailStore, 'changes' | 'read' | 'heads' | 'forwarded' | 'find' | 'write' | 'content'>

export const withMessages = (others: Parts, messages: Required<Parts>): Parts => ({
  forwarded: (refs) => messages.forwarded(refs),
  changes: (scope, cursor, max) => (scope === 'email' ? messages : others).changes(scope, cursor, max),
  read: readBy(others.read, messages.read),
  heads: readBy(others.read, messages.heads),
  find: async (keys) => {
    const isMail = keys.map(({ kind }) => kind === 'email')
    const [mail, rest] = await Promise.all([
      messages.find(keys.filter((_, at) => isMail[at])),
      others.find(keys.filter((_, at) => !isMail[at]))
    ])
    if (mail._tag === 'Left') return mail
    return rest._tag === 'Left' ? rest : ok(merged<Hits>(isMail, mail.right, rest.right))
  },
  write: async (effects) => {
    const actual = effects.length
    if (actual > writeBatchMax) return fail({ _tag: 'TooLarge', limit: writeBatchMax, actual })
    const outcomes: Array<Outcome> = []
    for (const run of runsOf(effects)) {
      const done = await (run.isMail ? messages : others).write(run.effects)
      if (done._tag === 'Left') {
        // What was carried out before is told; of the rest the failure of the whole is each one's.
        if (outcomes.length === 0) return done
        for (const { key } of effects.slice(outcomes.length)) outcomes.push({ _tag: 'Failed', key, error: done.left })
        return ok(outcomes)
      }
      outcomes.push(...done.right)
    }
    return ok(outcomes)
  },
  content: (ref, part) => (isMessage(ref) ? messages : others).content(ref, part)
})

const readBy =
  (others: MailStore['read'], messages: MailStore['read']): MailStore['read'] =>
  async (refs) => {
    const [mail, rest] = await Promise.all([
      messages(refs.filter(isMessage)),
      others(refs.filter((ref) => !isMessage(ref)))
    ])
    if (mail._tag === 'Left') return mail
    if (rest._tag === 'Left') return rest
    return ok(merged<Found<ItemSnapshot>>(refs.map(isMessage), mail.right, rest.right))
  }

/** A contact in a folder of that name keeps its extension, and no message has one of ours. */
const isMessage = (ref: Ref): boolean => ref.startsWith(`${mailFolder}/`) && !/\.(?:vcf|ics)$/i.test(ref)

/** The two lists as one, in the order in which they were asked for. */
const merged = <A>(
  isMail: ReadonlyArray<boolean>,
  mail: ReadonlyArray<A>,
  rest: ReadonlyArray<A>
): ReadonlyArray<A> => {
  const [ours, theirs] = [mail.values(), rest.values()]
  return isMail.flatMap((is) => {
    const next = (is ? ours : theirs).next()
    return next.done ? [] : [next.value]
  })
}

interface Run {
  readonly isMail: boolean
  readonly effects: ReadonlyArray<Effect>
}

/** Neighbours that are for the same store. */
const runsOf = (effects: ReadonlyArray<Effect>): ReadonlyArray<Run> => {
  const runs: Array<{ isMail: boolean; effects: Array<Effect> }> = []
  for (const effect of effects) {
    const isMail = effect._tag === 'Create' ? effect.kind === 'email' : effect.type === 'email'
    const last = runs.at(-1)
    if (last?.isMail === isMail) last.effects.push(effect)
    else runs.push({ isMail, effects: [effect] })
  }
  return runs
}
