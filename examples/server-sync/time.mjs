/** A clock that is moved by hand, and waits that end when it has come so far. */
export const morning = (from) => {
  let nowMs = Date.parse(from)
  const waiting = new Set()
  const wait = (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve()
      const end = () => {
        waiting.delete(entry)
        signal.removeEventListener('abort', end)
        resolve()
      }
      const entry = { atMs: nowMs + ms, end }
      waiting.add(entry)
      signal.addEventListener('abort', end)
    })
  /** Whatever can go on without the clock goes on before it moves. */
  const still = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  const pass = async (ms) => {
    const untilMs = nowMs + ms
    for (;;) {
      await still()
      const next = [...waiting].sort((x, y) => x.atMs - y.atMs)[0]
      if (next === undefined || next.atMs > untilMs) break
      nowMs = Math.max(nowMs, next.atMs)
      next.end()
    }
    nowMs = untilMs
  }
  return { clock: () => nowMs, wait, pass }
}
