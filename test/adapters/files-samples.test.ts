/** The calendars, tasks and messages of the quickstart, through the adapter that reads them there. */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { files } from '../../src/adapters/files/index.js'
import type { Found, ItemSnapshot, Kind, Result } from '../../src/model/index.js'

const folder = mkdtempSync(join(tmpdir(), 'liaison-samples-'))
afterAll(() => rmSync(folder, { recursive: true }))
cpSync(join(import.meta.dirname, '../../examples/quickstart/samples'), folder, { recursive: true })

const mailbox = files({ root: folder, timeZone: 'Europe/Madrid' })

const right = <A>(result: Result<A>): A => {
  if (result._tag === 'Left') throw new Error(result.left._tag)
  return result.right
}

const itemsOf = async (kind: Kind): Promise<ReadonlyArray<Found<ItemSnapshot>>> => {
  const { rows } = right(await mailbox.changes(kind, undefined, 500))
  return right(await mailbox.read(rows.map(({ ref }) => ref)))
}

const refOf = (one: Found<ItemSnapshot>): string => (one._tag === 'Known' ? one.snapshot.ref : one.ref)

test.each([
  ['appointment', 15],
  ['task', 6],
  ['email', 7]
] as const)('of kind %s exactly the one that is malformed on purpose cannot be read', async (kind, readable) => {
  const all = await itemsOf(kind)
  const broken = all.filter(({ _tag }) => _tag !== 'Known')
  expect(broken.map(refOf)).toEqual([expect.stringContaining('malformed-on-purpose')])
  expect(all.length - broken.length).toBe(readable)
})

/** An occurrence lies in the file of its series. */
const fileOf = (ref: string): string => join(folder, ref.split('#')[0] ?? '')

test.each(['appointment', 'task'] as const)('of kind %s an edit that is taken back leaves no trace', async (kind) => {
  for (const one of await itemsOf(kind)) {
    if (one._tag !== 'Known') continue
    const { ref, fields } = one.snapshot
    const before = readFileSync(fileOf(ref), 'utf8')
    const set = async (subject: string): Promise<void> => {
      const effect = { _tag: 'Update', key: ref, type: kind, ref, set: { subject } } as const
      const [outcome] = right(await mailbox.write([effect]))
      expect(outcome?._tag, ref).toBe('Done')
    }
    await set('Something else; altogether, “and” longer than one line of an iCalendar file may be')
    const lines = before.split('\r\n')
    const edited = readFileSync(fileOf(ref), 'utf8').split('\r\n')
    expect(edited.length, ref).toBeGreaterThan(lines.length)
    expect(lines.filter((line) => !edited.includes(line)).length, ref).toBeLessThanOrEqual(1)
    await set(String(fields['subject']))
    expect(readFileSync(fileOf(ref), 'utf8'), ref).toBe(before)
  }
})
