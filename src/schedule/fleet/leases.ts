/** Who is in flight, in the order in which the leases end: all have one term, so a new or renewed one ends last. */
import { none, type Rows } from './rows.js'

export class Leases {
  private readonly rows: Rows
  first = none
  private last = none

  constructor(rows: Rows) {
    this.rows = rows
  }

  append(row: number, untilMs: number): void {
    this.rows.setUntil(row, untilMs)
    this.rows.setBefore(row, this.last)
    this.rows.setNext(row, none)
    if (this.last === none) this.first = row
    else this.rows.setNext(this.last, row)
    this.last = row
  }

  remove(row: number): void {
    const before = this.rows.before(row)
    const next = this.rows.next(row)
    if (before === none) this.first = next
    else this.rows.setNext(before, next)
    if (next === none) this.last = before
    else this.rows.setBefore(next, before)
  }
}
