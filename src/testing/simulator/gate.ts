/**
 * Who answers when: calls of engines that run side by side wait here, and one of them goes on at a time, in seeded
 * order. An engine calls one port after the other, so that each running engine is either waiting here or computing.
 */
import type { Random } from './random.js'

export interface Gate {
  /** Waits for its turn. Passes at once while only one engine runs. */
  readonly enter: () => Promise<void>
  /** Runs the engines side by side until all are through. */
  readonly race: <A>(runs: ReadonlyArray<() => Promise<A>>) => Promise<ReadonlyArray<A>>
}

/** Microtasks that one engine may take between two calls; more means that it waits for something else. */
const ticksMax = 1_000_000

export const gateOf = (random: Random): Gate => {
  let racing = false
  const waiting: Array<() => void> = []
  return {
    enter: () => (racing ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve()),
    race: async (runs) => {
      racing = runs.length > 1
      let running = runs.length
      let failure: { readonly thrown: unknown } | undefined
      const all = runs.map(async (run) => {
        try {
          return [await run()]
        } catch (thrown) {
          failure ??= { thrown }
          return []
        } finally {
          running -= 1
        }
      })
      for (let ticks = 0; running > 0 && racing; ticks += 1) {
        if (ticks > ticksMax) throw new Error('an engine waits for something that is no port')
        if (waiting.length < running) {
          await undefined
          continue
        }
        ticks = 0
        waiting.splice(random.below(waiting.length), 1)[0]?.()
      }
      racing = false
      const results = (await Promise.all(all)).flat()
      if (failure !== undefined) throw failure.thrown
      return results
    }
  }
}
