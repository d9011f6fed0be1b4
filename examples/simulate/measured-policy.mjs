/**
 * The policy `adaptive` in the form that a measuring stick of one's own may want: `init` makes the state of a mailbox,
 * `next` changes it and answers the seconds until the next visit, from `arrivals[from..to)`, seconds of the epoch, which
 * this visit was the first to see. `price` is what a visit costs, in message-seconds.
 */
import { adaptive, nextSync, paceFor } from 'liaison/schedule'

const none = { changes: 0, arrivalsAtMs: [] }
let priced = adaptive

export default {
  name: 'liaison adaptive',
  init: ({ id }) => ({ pace: paceFor(id) }),
  next: (state, arrivals, from, to, nowSeconds, price) => {
    if (priced.visitPrice !== price) priced = { ...adaptive, visitPrice: price }
    const next = nextSync(priced, state.pace, from === to ? none : seen(arrivals, from, to), nowSeconds * 1000)
    state.pace = next.state
    return next.delayMs / 1000
  }
}

const seen = (arrivals, from, to) => {
  const arrivalsAtMs = []
  for (let at = from; at < to; at += 1) arrivalsAtMs.push(arrivals[at] * 1000)
  return { changes: to - from, arrivalsAtMs }
}
