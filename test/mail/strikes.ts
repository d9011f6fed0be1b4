/** Faults at the nth call of any port, whatever it is called: a death, an answer that is lost, a failure. */
import { Crash } from '../../src/adapters/memory/index.js'
import { fail, type SyncError } from '../../src/model/index.js'
import type { HouseOptions } from './house.js'

/**
 * `dies`: the process dies before the call, and nothing of it happens. `dies-after`: it happens, and then the process
 * dies. `lost`: it happens, and the answer says that nobody knows. Anything else: it does not happen, and fails so.
 */
export type Strike = 'dies' | 'dies-after' | 'lost' | SyncError

export interface Struck {
  /** Counted over all ports, from 1. */
  readonly call: number
  readonly strike: Strike
}

/** More in one world are a loop. */
const callsMax = 10_000

const unsure: SyncError = { _tag: 'Transient', unsure: true }

export class Strikes {
  /** Names of the calls so far. */
  readonly calls: Array<string> = []
  #open: ReadonlyArray<Struck>
  /** A dead process calls nothing any more, also not in its `finally`. */
  #isDead = false

  constructor(...open: ReadonlyArray<Struck>) {
    this.#open = open
  }

  /** Whether everything that was to strike has struck. */
  get spent(): boolean {
    return this.#open.every(({ call }) => call <= this.calls.length)
  }

  get wraps(): Pick<Required<HouseOptions>, 'wrapMail' | 'wrapRecords' | 'wrapLinks'> {
    const wrap = <P extends object>(side: string, port: P): P => this.#wrapped(side, port)
    return {
      wrapMail: (mail) => wrap('mail', mail),
      wrapRecords: (records) => wrap('records', records),
      wrapLinks: (links) => wrap('links', links)
    }
  }

  arm(struck: Struck): void {
    this.#open = [...this.#open, struck]
  }

  disarm(): void {
    this.#open = []
    this.#isDead = false
  }

  /** Another process takes over. */
  revive(): void {
    this.#isDead = false
  }

  #wrapped<P extends object>(side: string, port: P): P {
    const wrapped = Object.entries(port).map(([name, member]) => {
      if (typeof member !== 'function' || name === 'content') return [name, member]
      return [name, (...args: ReadonlyArray<unknown>) => this.#call(`${side}.${name}`, async () => member(...args))]
    })
    return Object.fromEntries(wrapped)
  }

  async #call(name: string, run: () => Promise<unknown>): Promise<unknown> {
    if (this.#isDead) throw new Crash('the process is dead')
    this.calls.push(name)
    if (this.calls.length > callsMax) throw new Error(`more than ${callsMax} calls: the engine spins at ${name}`)
    const strike = this.#open.find(({ call }) => call === this.calls.length)?.strike
    switch (strike) {
      case undefined:
        return run()
      case 'dies':
        this.#isDead = true
        throw new Crash(`the process dies at ${name}`)
      case 'dies-after':
        await run()
        this.#isDead = true
        throw new Crash(`the process dies after ${name}`)
      case 'lost':
        await run()
        return fail(unsure)
      default:
        return fail(strike)
    }
  }
}
