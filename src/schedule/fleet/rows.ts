/**
 * One row of 64 bytes for each schedule: a cache line, because a visit touches one schedule in a million at random.
 * A row is in one place at most (a bucket of the wheel, a heap, the list of leases), so they share its three links.
 */

export const status = { removed: 0, waiting: 1, due: 2, inFlight: 3, parked: 4, dormant: 5 } as const
export type Status = (typeof status)[keyof typeof status]

/** Nobody: no neighbour, no place. */
export const none = -1

const floatsEach = 8
const intsEach = 16
const rowsMin = 64

/** The last integer of a row: status, three marks, priority. */
export const statusBits = 0xf
export const pricedBit = 0x10
export const parkingBit = 0x20
export const learningBit = 0x40
const belowPriority = 0xff
const priorityShift = 8

export class Rows {
  private floats = new Float64Array(0)
  private ints = new Int32Array(0)
  private capacity = 0
  /** Handles below it have been given out. */
  used = 0

  /** The next handle that was never used, with an empty row. */
  append(): number {
    // Half as much again: doubling would take twice the memory right after a power of two.
    if (this.used === this.capacity) this.grow(Math.ceil(this.capacity * 1.5) + rowsMin)
    this.used += 1
    return this.used - 1
  }

  clear(row: number): void {
    this.floats.fill(0, row * floatsEach, (row + 1) * floatsEach)
    this.ints.fill(0, row * intsEach, (row + 1) * intsEach)
  }

  dueAt(row: number): number {
    return this.floats[row * floatsEach] ?? 0
  }
  setDueAt(row: number, atMs: number): void {
    this.floats[row * floatsEach] = atMs
  }
  notBefore(row: number): number {
    return this.floats[row * floatsEach + 1] ?? 0
  }
  setNotBefore(row: number, atMs: number): void {
    this.floats[row * floatsEach + 1] = atMs
  }
  /** The end of the lease; in flight only. */
  until(row: number): number {
    return this.floats[row * floatsEach + 2] ?? 0
  }
  setUntil(row: number, atMs: number): void {
    this.floats[row * floatsEach + 2] = atMs
  }
  lease(row: number): number {
    return this.floats[row * floatsEach + 3] ?? 0
  }
  setLease(row: number, lease: number): void {
    this.floats[row * floatsEach + 3] = lease
  }
  /** When it was hinted at while in flight; `Infinity`: it was not. */
  hintedAt(row: number): number {
    return this.floats[row * floatsEach + 4] ?? 0
  }
  setHintedAt(row: number, atMs: number): void {
    this.floats[row * floatsEach + 4] = atMs
  }

  next(row: number): number {
    return this.ints[row * intsEach + 10] ?? none
  }
  setNext(row: number, other: number): void {
    this.ints[row * intsEach + 10] = other
  }
  before(row: number): number {
    return this.ints[row * intsEach + 11] ?? none
  }
  setBefore(row: number, other: number): void {
    this.ints[row * intsEach + 11] = other
  }
  /** Which bucket, or where in its heap. */
  place(row: number): number {
    return this.ints[row * intsEach + 12] ?? none
  }
  setPlace(row: number, place: number): void {
    this.ints[row * intsEach + 12] = place
  }
  lane(row: number): number {
    return this.ints[row * intsEach + 13] ?? none
  }
  setLane(row: number, lane: number): void {
    this.ints[row * intsEach + 13] = lane
  }
  /** The next schedule of its mailbox, in a ring; itself where it is alone. */
  sibling(row: number): number {
    return this.ints[row * intsEach + 14] ?? none
  }
  setSibling(row: number, other: number): void {
    this.ints[row * intsEach + 14] = other
  }
  status(row: number): Status {
    return ((this.ints[row * intsEach + 15] ?? 0) & statusBits) as Status
  }
  setStatus(row: number, to: Status): void {
    const at = row * intsEach + 15
    this.ints[at] = ((this.ints[at] ?? 0) & ~statusBits) | to
  }
  /** Its delay was moved by the price, so that another price would give another one. */
  isPriced(row: number): boolean {
    return ((this.ints[row * intsEach + 15] ?? 0) & pricedBit) !== 0
  }
  setPriced(row: number, is: boolean): void {
    this.setBit(row, pricedBit, is)
  }
  /** Its policy did not know it yet: neither moved by the price nor bound by the longest delay. */
  isLearning(row: number): boolean {
    return ((this.ints[row * intsEach + 15] ?? 0) & learningBit) !== 0
  }
  setLearning(row: number, is: boolean): void {
    this.setBit(row, learningBit, is)
  }
  /** To be parked at the end of the visit. */
  isParking(row: number): boolean {
    return ((this.ints[row * intsEach + 15] ?? 0) & parkingBit) !== 0
  }
  setParking(row: number, is: boolean): void {
    this.setBit(row, parkingBit, is)
  }
  priority(row: number): number {
    return (this.ints[row * intsEach + 15] ?? 0) >> priorityShift
  }
  setPriority(row: number, priority: number): void {
    const at = row * intsEach + 15
    this.ints[at] = ((this.ints[at] ?? 0) & belowPriority) | (priority << priorityShift)
  }

  private setBit(row: number, bit: number, is: boolean): void {
    const at = row * intsEach + 15
    this.ints[at] = is ? (this.ints[at] ?? 0) | bit : (this.ints[at] ?? 0) & ~bit
  }

  private grow(capacity: number): void {
    const buffer = new ArrayBuffer(capacity * floatsEach * 8)
    const floats = new Float64Array(buffer)
    floats.set(this.floats)
    this.floats = floats
    this.ints = new Int32Array(buffer)
    this.capacity = capacity
  }
}

/** Order of due schedules (5.1/5b): due time, then priority, then handle. */
export const goesBefore = (rows: Rows, x: number, y: number): boolean => {
  const xAt = rows.dueAt(x)
  const yAt = rows.dueAt(y)
  if (xAt !== yAt) return xAt < yAt
  const xPriority = rows.priority(x)
  const yPriority = rows.priority(y)
  return xPriority === yPriority ? x < y : xPriority < yPriority
}
