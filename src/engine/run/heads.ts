/** Items as far as they are looked at before anything of them is accepted: of a message its head, of all else the whole. */
import type { Found, ItemSnapshot, Ref, Result } from '../../model/index.js'
import { ok } from '../../model/index.js'
import { asJudged } from '../track/message.js'
import type { Session } from './session.js'

/** A store that cannot leave the rest of a message away is asked for the whole, and the rest goes at once (A17). */
export const headsOf = async (
  { mail }: Pick<Session, 'mail'>,
  refs: ReadonlyArray<Ref>
): Promise<Result<ReadonlyArray<Found<ItemSnapshot>>>> => {
  const answer = await (mail.heads === undefined ? mail.read(refs) : mail.heads(refs))
  return answer._tag === 'Left'
    ? answer
    : ok(answer.right.map((one) => (one._tag === 'Known' ? { ...one, snapshot: asJudged(one.snapshot) } : one)))
}
