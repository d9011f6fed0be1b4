/** A binary heap of things that know their place in it, so that one may be moved or taken out. */

export interface Placed {
  /** −1: in no heap. */
  place: number
}

export class Heap<T extends Placed> {
  private readonly goesBefore: (x: T, y: T) => boolean
  private readonly all: Array<T> = []

  constructor(goesBefore: (x: T, y: T) => boolean) {
    this.goesBefore = goesBefore
  }

  get first(): T | undefined {
    return this.all[0]
  }

  /** What is in it, in no order. */
  get things(): ReadonlyArray<T> {
    return this.all
  }

  push(thing: T): void {
    this.all.push(thing)
    this.rise(thing, this.all.length - 1)
  }

  remove(thing: T): void {
    const { place } = thing
    const last = this.all.pop()
    thing.place = -1
    if (last === undefined || last === thing) return
    this.put(last, place)
    this.moved(last)
  }

  /** Its order among the others has changed. */
  moved(thing: T): void {
    this.sink(thing, thing.place)
    this.rise(thing, thing.place)
  }

  private rise(thing: T, from: number): void {
    let place = from
    while (place > 0) {
      const above = this.all[(place - 1) >> 1]
      if (above === undefined || !this.goesBefore(thing, above)) break
      const freed = above.place
      this.put(above, place)
      place = freed
    }
    this.put(thing, place)
  }

  private sink(thing: T, from: number): void {
    let place = from
    for (;;) {
      const left = this.all[2 * place + 1]
      const right = this.all[2 * place + 2]
      const least = right !== undefined && left !== undefined && this.goesBefore(right, left) ? right : left
      if (least === undefined || !this.goesBefore(least, thing)) break
      const freed = least.place
      this.put(least, place)
      place = freed
    }
    this.put(thing, place)
  }

  private put(thing: T, place: number): void {
    this.all[place] = thing
    thing.place = place
  }
}
