/**
 * What a plan keeps of its decisions: all verdicts, and payloads only while everything together stays below
 * `planBytesMax`. The oldest payloads go first, because their things have had the most time to change; they are read
 * and decided again in their batch.
 */
import { canonicalJson, limits } from '../../model/index.js'
import type { Decided } from '../unit.js'
import type { Slim } from './opened.js'
import { withoutBase } from './bases.js'
import { weightOf } from './weight.js'

/** Roughly what a unit and its verdict cost, without a link. */
const slimBytes = 500

/** Facts and lists that many verdicts may have in common. */
const sharedMax = 1000

export class Kept {
  readonly #decided: Array<Decided | Slim> = []
  readonly #said = new Map<string, unknown>()
  /** Everything before this place has lost its payload. */
  #slimUntil = 0
  #bytes = 0

  add(decided: Decided): void {
    this.#decided.push(decided)
    this.#bytes += slimBytes + weightOf(decided)
    while (this.#bytes > limits.planBytesMax && this.#slimUntil < this.#decided.length) this.#letGo()
  }

  get decided(): ReadonlyArray<Decided | Slim> {
    return this.#decided
  }

  #letGo(): void {
    const oldest = this.#decided[this.#slimUntil]
    if (oldest !== undefined && !('slim' in oldest)) {
      this.#bytes -= weightOf(oldest)
      this.#decided[this.#slimUntil] = this.#slim(oldest)
    }
    this.#slimUntil += 1
  }

  /** Most verdicts of a large plan say the same of other refs: what they say stands in memory once. */
  #slim({ unit, verdict }: Decided): Slim {
    return {
      unit: unit.link === undefined ? unit : { ...unit, link: withoutBase(unit.link) },
      verdict: {
        ...verdict,
        facts: this.#shared(verdict.facts),
        mailRows: this.#shared(verdict.mailRows),
        recordRows: this.#shared(verdict.recordRows)
      },
      slim: true
    }
  }

  #shared<A>(value: A): A {
    const name = canonicalJson(value)
    const standing = this.#said.get(name)
    // One canonical text, one plain value; and nobody changes what a verdict says.
    if (standing !== undefined) return standing as A
    if (this.#said.size < sharedMax) this.#said.set(name, value)
    return value
  }
}
