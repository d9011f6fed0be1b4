/**
 * Who waits for which instant: a hashed wheel of 1,024 seconds, the running second by its milliseconds, and a heap for
 * what is further away. Whole milliseconds; the wheel never turns back. A bucket is an array and no linked list: the
 * rows of a list are fetched one after the other, those of an array at once.
 */
import { Queue } from './queue.js'
import { none, type Rows } from './rows.js'

const secondMs = 1000
const slots = 1024

export class Wheel {
  private readonly rows: Rows
  private readonly seconds = emptyBuckets(slots)
  /** Of the running second, and how many wait in them: mostly none. */
  private readonly milliseconds = emptyBuckets(secondMs)
  private soon = 0
  private readonly further: Queue
  private atMs: number
  private second: number

  constructor(rows: Rows, atMs: number) {
    this.rows = rows
    this.further = new Queue(rows)
    this.atMs = atMs
    this.second = secondOf(atMs)
  }

  /** It must be due after the wheel's instant, and at some time. */
  insert(row: number): void {
    const bucket = this.bucketOf(this.rows.dueAt(row))
    if (bucket === undefined) this.further.push(row)
    else {
      this.rows.setPlace(row, bucket.length)
      bucket.push(row)
      this.soon += this.isSoon(row)
    }
  }

  remove(row: number): void {
    const bucket = this.bucketOf(this.rows.dueAt(row))
    if (bucket === undefined) this.further.remove(row)
    else {
      this.soon -= this.isSoon(row)
      const place = this.rows.place(row)
      const last = bucket.pop()
      if (last === undefined || last === row) return
      bucket[place] = last
      this.rows.setPlace(last, place)
    }
  }

  /** Turns to `atMs` and adds what has become due to `due`, in no order. */
  advance(atMs: number, due: Array<number>): void {
    const second = secondOf(atMs)
    const fromMs = this.atMs - this.second * secondMs
    const fromSecond = this.second
    this.atMs = atMs
    this.second = second
    const toMs = second === fromSecond ? atMs - second * secondMs : secondMs - 1
    for (let ms = fromMs + 1; ms <= toMs && this.soon > 0; ms += 1) this.soon -= this.empty(this.milliseconds, ms, due)
    // After a rest of more than one turn every slot is emptied once.
    const turns = Math.min(second - fromSecond, slots)
    for (let turn = 1; turn <= turns; turn += 1) this.empty(this.seconds, slotOf(fromSecond + turn), due)
    for (;;) {
      const row = this.further.first()
      if (row === none || secondOf(this.rows.dueAt(row)) - second >= slots) return
      this.further.remove(row)
      this.settle(row, due)
    }
  }

  /** Nothing is due before; `undefined` where nothing waits. Exact within the running second. */
  nextAtMs(): number | undefined {
    const startMs = this.second * secondMs
    for (let ms = this.atMs - startMs + 1; ms < secondMs && this.soon > 0; ms += 1)
      if (this.milliseconds[ms]?.length !== 0) return startMs + ms
    for (let turn = 1; turn < slots; turn += 1)
      if (this.seconds[slotOf(this.second + turn)]?.length !== 0) return startMs + turn * secondMs
    const row = this.further.first()
    return row === none ? undefined : this.rows.dueAt(row)
  }

  private isSoon(row: number): number {
    return Number(secondOf(this.rows.dueAt(row)) === this.second)
  }

  private bucketOf(dueAt: number): Array<number> | undefined {
    const second = secondOf(dueAt)
    if (second === this.second) return this.milliseconds[dueAt - second * secondMs]
    return second - this.second < slots ? this.seconds[slotOf(second)] : undefined
  }

  private empty(buckets: Array<Array<number>>, at: number, due: Array<number>): number {
    const bucket = buckets[at]
    if (bucket === undefined || bucket.length === 0) return 0
    buckets[at] = []
    for (const row of bucket) this.settle(row, due)
    return bucket.length
  }

  private settle(row: number, due: Array<number>): void {
    if (this.rows.dueAt(row) <= this.atMs) due.push(row)
    else this.insert(row)
  }
}

const emptyBuckets = (count: number): Array<Array<number>> => Array.from({ length: count }, () => [])

const secondOf = (atMs: number): number => Math.floor(atMs / secondMs)

/** Seconds of the epoch outgrow 32 bits, so no mask. */
const slotOf = (second: number): number => second - Math.floor(second / slots) * slots
