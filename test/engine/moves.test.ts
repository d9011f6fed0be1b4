/** What a person tracks is marked, so that a copy is no new item and a move under another ref no deletion (2.8). */
import { mkdtemp, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { files } from '../../src/adapters/files/index.js'
import { memoryLinks, memoryMail, memoryRecords } from '../../src/adapters/memory/index.js'
import type { MailStore } from '../../src/engine/ports.js'
import { createEngine } from '../../src/engine/run/index.js'

const nowMs = Date.parse('2026-03-02T09:00:00Z')

const engineOver = (mail: MailStore) => {
  const clock = (): number => nowMs
  const records = memoryRecords({ clock, can: { types: ['task'] } })
  const engine = createEngine({
    mailboxes: { ann: { address: 'ann@contoso.test', mail, filters: { task: [] } } },
    records: records.port,
    links: memoryLinks({ clock }),
    preset: 'dynamics',
    clock
  })
  return { engine, records: records.host }
}

const folders: Array<string> = []
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true })
})

test('a tracked task that a server moves under another ref keeps its record and its link', async () => {
  const mail = memoryMail({ clock: () => nowMs, can: { kinds: ['task'], moveKeepsRef: false } })
  const { engine, records } = engineOver(mail.port)
  mail.host.put({ ref: 'm1', kind: 'task', fields: { subject: 'Call Ann', status: 'notStarted' } })
  await engine.track('ann', 'm1')
  await engine.sync('ann')
  const moved = mail.host.edit('m1', { folder: 'tasks/Later' })
  expect(moved).not.toBe('m1')
  await engine.sync('ann')
  expect(records.all()).toHaveLength(1)
  expect(await engine.status('ann', moved)).toBe('tracked')
  mail.host.edit(moved, { set: { subject: 'Call Ann back' } })
  await engine.sync('ann')
  expect(records.all()[0]?.fields['subject']).toBe('Call Ann back')
})

test('a copy of a tracked task is no new item, with the category or without', async () => {
  const mail = memoryMail({ clock: () => nowMs, can: { kinds: ['task'] } })
  const { engine, records } = engineOver(mail.port)
  mail.host.put({ ref: 'm1', kind: 'task', categories: ['Tracked'], fields: { subject: 'Call Ann' } })
  await engine.sync('ann')
  mail.host.copy('m1', 'm2')
  await engine.sync('ann')
  expect(records.all()).toHaveLength(1)
  expect((await engine.explain('ann', 'mail', 'm2')).code).toBe('copied-item')
})

test('a renamed file of a tracked task keeps its record', async () => {
  const root = await mkdtemp(join(tmpdir(), 'liaison-moves-'))
  folders.push(root)
  await mkdir(join(root, 'tasks'))
  const lines = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//x//EN', 'BEGIN:VTODO', 'UID:t1', 'SUMMARY:Call Ann']
  await writeFile(join(root, 'tasks', 'one.ics'), [...lines, 'END:VTODO', 'END:VCALENDAR', ''].join('\r\n'))
  const { engine, records } = engineOver(files({ root, kinds: ['task'] }))
  await engine.track('ann', 'tasks/one.ics')
  await engine.sync('ann')
  expect(records.all()).toHaveLength(1)
  await rename(join(root, 'tasks', 'one.ics'), join(root, 'tasks', 'two.ics'))
  const report = await engine.sync('ann')
  expect(records.all()).toHaveLength(1)
  expect(report.decisions.map(({ code }) => code)).not.toContain('mail-deleted')
  expect(await readdir(join(root, 'tasks'))).toEqual(['two.ics'])
  expect(await engine.status('ann', 'tasks/two.ics')).toBe('tracked')
})
