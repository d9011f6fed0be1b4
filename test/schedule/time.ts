/** Time that passes only when nobody has anything left to do: days in milliseconds. */
export const virtualTime = (startMs: number) => {
  const time = { nowMs: startMs }
  const waiting = new Set<{ readonly atMs: number; readonly end: () => void }>()
  const wait = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve()
      const entry = {
        atMs: time.nowMs + ms,
        end: () => {
          waiting.delete(entry)
          signal?.removeEventListener('abort', entry.end)
          resolve()
        }
      }
      waiting.add(entry)
      signal?.addEventListener('abort', entry.end)
    })
  /** Everything that can go on without time goes on. */
  const still = async (): Promise<void> => {
    for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  }
  /** Lets time pass up to an instant. */
  const until = async (atMs: number): Promise<void> => {
    for (;;) {
      await still()
      let next: { readonly atMs: number; readonly end: () => void } | undefined
      for (const entry of waiting) if (next === undefined || entry.atMs < next.atMs) next = entry
      if (next === undefined || next.atMs > atMs) break
      time.nowMs = Math.max(time.nowMs, next.atMs)
      next.end()
    }
    time.nowMs = Math.max(time.nowMs, atMs)
  }
  return { time, clock: () => time.nowMs, wait, still, until, waits: () => waiting.size }
}
