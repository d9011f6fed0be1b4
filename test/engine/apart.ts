/** An engine whose every cycle is run apart: e-mail, then contacts, appointments and tasks; one report tells of both. */
import type { CycleOutcome, CycleReport, Engine, Workload } from '../../src/index.js'

const worst: ReadonlyArray<CycleOutcome> = ['failed', 'interrupted', 'held', 'completed']

const sum = (x: { readonly [name: string]: number }, y: { readonly [name: string]: number }) =>
  Object.fromEntries(Object.keys(x).map((name) => [name, (x[name] ?? 0) + (y[name] ?? 0)]))

const joined = (x: CycleReport, y: CycleReport): CycleReport => {
  const first = x.outcome === y.outcome ? y : worst.indexOf(x.outcome) < worst.indexOf(y.outcome) ? x : y
  return {
    ...first,
    held: [...x.held, ...y.held],
    decisions: [...x.decisions, ...y.decisions],
    conflicts: x.conflicts + y.conflicts,
    changes: x.changes + y.changes,
    counts: sum({ ...x.counts }, { ...y.counts }) as unknown as CycleReport['counts'],
    messages: sum(x.messages, y.messages) as unknown as CycleReport['messages']
  }
}

export const apart =
  (order: ReadonlyArray<Workload> = ['email', 'act']) =>
  (engine: Engine): Engine => {
    const both =
      (run: Engine['sync']): Engine['sync'] =>
      async (mailbox, options = {}) => {
        const [one, other] = order
        const first = await run(mailbox, { ...options, workloads: one === undefined ? [] : [one] })
        return other === undefined ? first : joined(first, await run(mailbox, { ...options, workloads: [other] }))
      }
    return { ...engine, sync: both(engine.sync), plan: both(engine.plan) }
  }
