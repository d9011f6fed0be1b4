/**
 * Golden vectors of `nextSync` (I8): what each policy answers to a long history, in figures that are to be the same on
 * every engine. Runs wherever there is JavaScript: it knows no platform, and is handed the module `liaison/schedule`.
 */
import { beginsAtMs, drawing, elapsed, observed } from './history.mjs'

const observations = 3000
const delayEvery = 50
/** Of the states; what one of them holds is in those that follow. */
const digestEvery = 10
const statesAfter = [1, 10, 100, 500, 1000, 2000, 3000]

/** For each policy: visits as they fall due, and a host that is off for hours, so that months pass. */
const cases = [
  { policy: 'stepped', changed: {}, mailbox: 'ann@example.com', seed: 1, hostRests: false },
  { policy: 'stepped', changed: { failureLimit: 4, idleStepMs: 45_000 }, seed: 2, hostRests: true },
  { policy: 'client', changed: {}, mailbox: 'ann@example.com', seed: 3, hostRests: false },
  { policy: 'client', changed: { manual: true }, seed: 4, hostRests: true },
  { policy: 'adaptive', changed: {}, mailbox: 'ann@example.com', seed: 5, hostRests: false },
  { policy: 'adaptive', changed: { visitPrice: 23.5 }, seed: 6, hostRests: true },
  { policy: 'adaptive', changed: { visitPrice: 7, longWaits: 0.4 }, seed: 7, hostRests: false }
]

const titleOf = ({ policy, seed, hostRests }) => `${policy} ${seed}, over ${hostRests ? 'months' : 'weeks'}`

/** FNV-1a, 32 bits. */
const fnv = (hash, text) => {
  let mixed = hash
  for (let index = 0; index < text.length; index += 1) mixed = Math.imul(mixed ^ text.charCodeAt(index), 0x01000193)
  return mixed
}

/** No answer of `nextSync`, and not rounded: where an engine's last digit differs, it shows here first. */
const ratePerHour = (schedule, { learned }) => (learned === undefined ? '' : `${schedule.expectedPerHour(learned)}`)

const walk = (schedule, { policy, changed, mailbox, seed, hostRests }) => {
  const figures = { ...schedule[policy], ...changed }
  const enabled = mailbox === undefined ? schedule.freshPace : schedule.paceFor(mailbox)
  const draw = drawing(seed)
  const answer = { delaysMs: [], states: [], digest: 0x811c9dc5, endsAtMs: 0 }
  let state = enabled
  let [fromMs, nowMs] = [beginsAtMs, beginsAtMs]
  for (let count = 1; count <= observations; count += 1) {
    const seen = observed(draw, { ...state, fromMs, toMs: nowMs })
    const next = schedule.nextSync(figures, state, seen, nowMs)
    const delayMs = next.disabled ? 'off' : (next.delayMs ?? 'none')
    answer.digest = fnv(answer.digest, `${delayMs} ${next.reason}`)
    if (count % delayEvery === 0) answer.delaysMs.push(delayMs)
    if (statesAfter.includes(count)) answer.states.push(next.state)
    // A disabled mailbox is enabled by its user.
    state = next.disabled ? enabled : next.state
    if (count % digestEvery === 0) {
      const text = JSON.stringify(state)
      answer.digest = fnv(answer.digest, text + ratePerHour(schedule, state))
      // A state that was stored is as good as the one that was not.
      state = JSON.parse(text)
    }
    if (seen.request === undefined) fromMs = nowMs
    nowMs += elapsed(draw, { delayMs: next.delayMs, hostRests })
  }
  return { ...answer, digest: (answer.digest >>> 0).toString(16), endsAtMs: nowMs }
}

/** The vectors that a module `liaison/schedule` gives. */
export const vectorsFrom = (schedule) => cases.map((each) => ({ title: titleOf(each), ...walk(schedule, each) }))

/** Where two lists part first, as a sentence; nothing where they do not. */
const parting = (what, golden, found, afterOf) => {
  const at = golden.findIndex((value, index) => JSON.stringify(value) !== JSON.stringify(found[index]))
  if (at < 0) return []
  return [`${what} after ${afterOf(at)}: ${JSON.stringify(found[at])}, golden ${JSON.stringify(golden[at])}`]
}

const differencesOf = (golden, found) => [
  ...parting('delay', golden.delaysMs, found.delaysMs, (at) => (at + 1) * delayEvery),
  ...parting('state', golden.states, found.states, (at) => statesAfter[at]),
  ...parting('end', [golden.endsAtMs], [found.endsAtMs], () => observations),
  ...parting('digest', [golden.digest], [found.digest], () => observations)
]

/** What a module `liaison/schedule` answers differently from the vectors; the first of each kind, in sentences. */
export const differences = (schedule, golden) => {
  const found = vectorsFrom(schedule)
  const titles = parting('cases', [golden.map(({ title }) => title)], [found.map(({ title }) => title)], () => 'all')
  return titles.concat(
    found.flatMap((each, index) =>
      golden[index] === undefined ? [] : differencesOf(golden[index], each).map((line) => `${each.title}: ${line}`)
    )
  )
}
