import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take minutes begin first: at the end one of them would keep all but one core waiting. */
const slow = ['crash.test.ts', 'laws.test.ts', 'deletes.test.ts', 'crash-sqlite.test.ts', 'storm.test.ts']

class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const placeOf = ({ moduleId }: TestSpecification): number => {
      const at = slow.findIndex((name) => moduleId.endsWith(`/${name}`))
      return at < 0 ? slow.length : at
    }
    return (await super.sort(files)).sort((x, y) => placeOf(x) - placeOf(y))
  }
}

export default defineConfig({
  // The example `simulate` is tested on the sources; on the built package it runs as a program.
  resolve: { alias: { 'liaison/schedule': resolve(import.meta.dirname, 'src/schedule/index.ts') } },
  test: {
    include: ['test/**/*.test.ts'],
    environment: 'node',
    sequence: { sequencer: SlowFirst },
    // By default one core is left idle: of two that is half.
    maxWorkers: '100%',
    // Property tests and simulations are long where LIAISON_RUNS asks for many runs; a hang is what this catches.
    testTimeout: 60_000,
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['text-summary', 'html'] }
  }
})
