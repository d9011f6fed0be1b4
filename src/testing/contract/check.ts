/**
 * What a check is, and how a list of them is run with any test runner or none. A check makes a fresh store, uses it
 * through its port, and throws where a promise of the port is broken; the text says which and what was seen.
 */

/** What every check gets at least: something that may have to be closed. @public */
export interface Stage {
  readonly close?: () => void | Promise<void>
}

/** Builds a fresh, empty store, with whatever a check needs beside its port. @public */
export type Make<S extends Stage> = () => Promise<S>

/** One promise of a port, as something that can be run. @public */
export interface Check<S extends Stage> {
  readonly title: string
  /** Whether the store makes this promise at all: what it says it cannot do, it need not do. */
  readonly appliesTo: (stage: S) => boolean
  /** Keeps silent where the promise holds or is not made; rejects with an `Error` where it is broken. */
  readonly run: (make: Make<S>) => Promise<void>
}

/** What came of a list of checks. `skipped`: promises that the store does not make. @public */
export interface ContractReport {
  readonly passed: ReadonlyArray<string>
  readonly skipped: ReadonlyArray<string>
  readonly failed: ReadonlyArray<{ readonly title: string; readonly message: string }>
}

/** A check from its title and its body. */
export const check = <S extends Stage>(
  title: string,
  body: (stage: S) => Promise<void>,
  appliesTo: (stage: S) => boolean = () => true
): Check<S> => ({
  title,
  appliesTo,
  run: async (make) => {
    const stage = await make()
    try {
      if (appliesTo(stage)) await body(stage)
    } finally {
      await stage.close?.()
    }
  }
})

/** A check of one kind of stage, for another that can be seen as it. */
export const seenAs = <S extends Stage, T extends Stage>(inner: Check<T>, face: (stage: S) => T): Check<S> => ({
  title: inner.title,
  appliesTo: (stage) => inner.appliesTo(face(stage)),
  run: (make) => inner.run(async () => face(await make()))
})

/**
 * Runs checks one after the other. A check that throws, or does not end within `timeoutMs` (30 seconds), has failed;
 * the others run all the same.
 * @example
 * const report = await checkAdapter(recordStoreChecks, makeMyStage)
 * for (const { title, message } of report.failed) console.log(`${title}: ${message}`)
 * @public
 */
export const checkAdapter = async <S extends Stage>(
  checks: ReadonlyArray<Check<S>>,
  make: Make<S>,
  options: { readonly timeoutMs?: number } = {}
): Promise<ContractReport> => {
  const passed: Array<string> = []
  const skipped: Array<string> = []
  const failed: Array<{ readonly title: string; readonly message: string }> = []
  for (const one of checks) {
    let applies = false
    const watched = async (): Promise<S> => {
      const stage = await make()
      applies = one.appliesTo(stage)
      return stage
    }
    try {
      await within(options.timeoutMs ?? 30_000, one.run(watched))
      if (applies) passed.push(one.title)
      else skipped.push(one.title)
    } catch (thrown) {
      failed.push({ title: one.title, message: thrown instanceof Error ? thrown.message : String(thrown) })
    }
  }
  return { passed, skipped, failed }
}

const within = async (timeoutMs: number, run: Promise<void>): Promise<void> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`did not end within ${timeoutMs} ms`)), timeoutMs)
  })
  try {
    await Promise.race([run, late])
  } finally {
    clearTimeout(timer)
  }
}
