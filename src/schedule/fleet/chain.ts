/** A line of things that one may join at the end and leave from anywhere. A thing stands in one line at most. */

export interface Linked<T> {
  ahead: T | undefined
  behind: T | undefined
  isQueued: boolean
}

export class Chain<T extends Linked<T>> {
  first: T | undefined
  private last: T | undefined

  append(thing: T): void {
    thing.isQueued = true
    thing.ahead = this.last
    thing.behind = undefined
    if (this.last === undefined) this.first = thing
    else this.last.behind = thing
    this.last = thing
  }

  remove(thing: T): void {
    const { ahead, behind } = thing
    if (ahead === undefined) this.first = behind
    else ahead.behind = behind
    if (behind === undefined) this.last = ahead
    else behind.ahead = ahead
    thing.ahead = undefined
    thing.behind = undefined
    thing.isQueued = false
  }

  inOrder(): ReadonlyArray<T> {
    const things: Array<T> = []
    for (let thing = this.first; thing !== undefined; thing = thing.behind) things.push(thing)
    return things
  }
}
