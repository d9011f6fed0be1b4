/** What the core may know of the platform although it has no types of one. Every platform has it. */
interface AbortSignal {
  readonly aborted: boolean
  readonly reason: unknown
  throwIfAborted(): void
}
