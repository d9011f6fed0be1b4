/** A binary heap of schedules in the order of 5.1/5b; each row knows its place, so that it can be taken out of the middle. */
import { goesBefore, none, type Rows } from './rows.js'

export class Queue {
  private readonly rows: Rows
  private readonly heap: Array<number> = []

  constructor(rows: Rows) {
    this.rows = rows
  }

  get size(): number {
    return this.heap.length
  }

  first(): number {
    return this.heap[0] ?? none
  }

  push(row: number): void {
    this.heap.push(row)
    this.rise(row, this.heap.length - 1)
  }

  remove(row: number): void {
    const place = this.rows.place(row)
    const last = this.heap.pop()
    if (last === undefined || last === row) return
    this.sink(last, place)
    this.rise(last, this.rows.place(last))
  }

  private rise(row: number, from: number): void {
    let place = from
    while (place > 0) {
      const above = (place - 1) >> 1
      const other = this.heap[above] ?? none
      if (!goesBefore(this.rows, row, other)) break
      this.put(other, place)
      place = above
    }
    this.put(row, place)
  }

  private sink(row: number, from: number): void {
    const size = this.heap.length
    let place = from
    for (;;) {
      let below = 2 * place + 1
      if (below >= size) break
      const left = this.heap[below] ?? none
      const right = below + 1 < size ? (this.heap[below + 1] ?? none) : none
      const isRight = right !== none && goesBefore(this.rows, right, left)
      const least = isRight ? right : left
      if (!goesBefore(this.rows, least, row)) break
      if (isRight) below += 1
      this.put(least, place)
      place = below
    }
    this.put(row, place)
  }

  private put(row: number, place: number): void {
    this.heap[place] = row
    this.rows.setPlace(row, place)
  }
}
