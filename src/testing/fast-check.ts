/** The instance of fast-check that a host runs its own tests with. @public */
export type FastCheck = typeof import('fast-check')['default']
