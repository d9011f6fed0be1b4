import { describe, expect, test } from 'vitest'
import { checkAdapter, mailStoreChecks } from '../../src/testing/contract/index.js'
import { filesStage } from './files-stages.js'

describe('the contract of the port, kind by kind', () => {
  const stages = [
    ['appointments', filesStage('appointment', ['subject', 'location'])],
    ['tasks', filesStage('task', ['subject', 'body'], { timeZone: 'Europe/Madrid', itemBytesMax: 256 * 1024 })],
    ['contacts beside them', filesStage('contact', ['jobTitle', 'email1'])]
  ] as const
  test.each(stages)(
    '%s',
    async (_title, make) => {
      const report = await checkAdapter(mailStoreChecks, make)
      expect(report.failed).toEqual([])
      expect(report.passed.length).toBeGreaterThan(45)
    },
    120_000
  )
})
