/**
 * The examples and the README's own code, run as a reader runs them: as programs, on the built package.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { files } from '../src/adapters/files/index.js'
import { memoryLinks, memoryMail, memoryRecords } from '../src/adapters/memory/index.js'
import type { MailStore, SettingsInput } from '../src/index.js'
import { createEngine } from '../src/index.js'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const folder = mkdtempSync(join(tmpdir(), 'liaison-examples-'))
afterAll(() => rmSync(folder, { recursive: true }))

const filesBelow = (path: string): ReadonlyArray<string> =>
  readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map((name) => join(path, name))
    .filter((file) => statSync(file).isFile())

const newestIn = (path: string): number => Math.max(...filesBelow(path).map((file) => statSync(file).mtimeMs))

/** The examples import `liaison` by its name, which is `dist`. */
beforeAll(() => {
  const built = join(root, 'dist', 'index.js')
  if (existsSync(built) && statSync(built).mtimeMs > newestIn(join(root, 'src'))) return
  const { status, stderr } = spawnSync('npm', ['run', '--silent', 'build', '--', '--silent'], {
    cwd: root,
    encoding: 'utf8'
  })
  if (status !== 0) throw new Error(`the build failed: ${stderr}`)
}, 120_000)

const run = (...args: ReadonlyArray<string>) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...args], { cwd: root, encoding: 'utf8' })
  return { status, stdout, stderr, lines: stdout.split('\n') }
}

const quickstart = join('examples', 'quickstart', 'main.mjs')

describe('the quickstart', () => {
  test('shows everything it promises, in lines of at most 100 columns', () => {
    const { status, stdout, stderr, lines } = run(quickstart)
    expect(stderr).toBe('')
    expect(stdout).not.toContain('FAIL')
    expect(stdout).toMatch(/\nAll \d+ claims hold\.\n$/)
    expect(status).toBe(0)
    expect(lines.filter((line) => line.length > 100)).toEqual([])
    for (const line of [
      'ok   the cycle is held by the guard first-cycle',
      'ok   exactly the two malformed cards are set aside',
      'ok   the two edits of Hugo Martin were merged: each side has both',
      'ok   Samir Patel is asked about, and neither side was touched',
      'ok   12 deletes are held by the guard mass-delete',
      'ok   no byte of a card and no field of a record changed',
      'ok   the twelve single events of eight programs begin and end when their files say',
      'ok   exactly the two malformed files are set aside, and the series of tasks is not taken',
      'ok   the two edits of the review were merged: each side has both',
      'ok   nothing else of the files changed: not the conference, the coordinates, the guests, alarms',
      'ok   the record has the calendar’s dates',
      'ok   its changed occurrence is a record of its own, which knows when it would have been',
      'ok   it is shown as free, to every program and to Outlook',
      'ok   completed in the mailbox, the record is closed, at a hundred per cent, and ended that day',
      'ok   seven messages are read, two of them in the folder of sent ones, one with a file',
      'ok   the answer to it is stored too, by nobody’s hand, and is about the same',
      'ok   a stranger’s message is left, and the reason says why',
      'ok   no byte of a file and no field of a record changed',
      'ok   the series finds its file, and the changed occurrence finds itself in it'
    ]) {
      expect(stdout).toContain(`  ${line}\n`)
    }
    for (const file of [
      'contacts/malformed-on-purpose-cut-off.vcf',
      'calendar/malformed-on-purpose-cut-off.ics',
      'tasks/malformed-on-purpose-no-day.ics',
      'mail/1772436600.M106P1.malformed-on-purpose'
    ])
      expect(stdout).toContain(`mailbox/${file}`)
  })

  test('leaves nothing behind', () => {
    const temporary = join(folder, 'temporary')
    mkdirSync(temporary)
    const env = { ...process.env, TMPDIR: temporary, TEMP: temporary, TMP: temporary }
    const { status } = spawnSync(process.execPath, [quickstart], { cwd: root, env })
    expect([status, readdirSync(temporary)]).toEqual([0, []])
  })

  test('on your own data: a dry run changes no byte and makes no file, and --json is JSON alone', () => {
    const own = join(folder, 'own')
    cpSync(join(root, 'examples', 'quickstart', 'samples'), join(own, 'mailbox'), { recursive: true })
    const data = ['--mailbox', join(own, 'mailbox'), '--db', join(own, 'crm.db')]
    const digest = () => {
      const hash = createHash('sha256')
      for (const file of [...filesBelow(own)].sort()) hash.update(file).update(readFileSync(file))
      return hash.digest('hex')
    }
    const dryRunChangesNothing = () => {
      const before = digest()
      const { status, stdout, stderr } = run(quickstart, ...data, '--track', '--dry-run', '--json')
      expect(stderr).toBe('')
      expect(status).toBe(0)
      expect(digest()).toBe(before)
      return JSON.parse(stdout)
    }
    const planned = dryRunChangesNothing()
    expect(planned).toMatchObject({ dryRun: true, outcome: 'held', held: [{ guard: 'first-cycle' }] })
    expect(existsSync(join(own, 'crm.db'))).toBe(false)
    const types = planned.decisions.map(({ type }: { readonly type: string }) => type)
    expect([...new Set(types)].sort()).toEqual(['appointment', 'contact', 'email', 'recurring-appointment', 'task'])

    const { stdout } = run(quickstart, ...data, '--track', '--approve', 'apply', '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      dryRun: false,
      outcome: 'completed',
      writes: { record: { created: planned.held[0].counts.verdicts } }
    })
    expect(dryRunChangesNothing()).toMatchObject({ outcome: 'completed', writes: { record: { created: 0 } } })
  })

  test('on your own data: what is left, how much of which type it is, and the messages are named', () => {
    const own = join(folder, 'own-told')
    cpSync(join(root, 'examples', 'quickstart', 'samples'), join(own, 'mailbox'), { recursive: true })
    const data = ['--mailbox', join(own, 'mailbox'), '--db', join(own, 'crm.db'), '--zone', 'Asia/Tokyo']
    const { status, stdout, stderr, lines } = run(quickstart, ...data, '--track', '--dry-run')
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toContain('types    53 contact, 13 appointment, 2 recurring-appointment, 5 task, 7 email\n')
    expect(stdout).toContain('e-mail   8 messages, 1 of them unreadable\n')
    const left = lines.filter((line) => /^ {2}\S*(?:malformed-on-purpose|water-the-plants)/.test(line))
    expect(left).toHaveLength(6)
  })

  test('wrong options are refused with the usage, and exit status 2', () => {
    writeFileSync(join(folder, 'text.db'), 'no database at all '.repeat(100))
    for (const args of [
      ['--mailbox', folder, '--db', join(folder, 'text.db'), '--dry-run'],
      ['--json'],
      ['--mailbox', folder],
      ['--nonsense'],
      ['--mailbox', join(folder, 'away'), '--db', join(folder, 'x.db')],
      ['--mailbox', folder, '--db', join(folder, 'x.db'), '--zone', 'Nowhere/Atall']
    ]) {
      const { status, stdout, stderr } = run(quickstart, ...args)
      expect([status, stdout, stderr === '']).toEqual([2, '', false])
    }
  })
})

describe('own-crm', () => {
  test('connects an application that was there before', () => {
    const { status, stdout, stderr } = run(join('examples', 'own-crm', 'main.mjs'))
    expect(stderr).toBe('')
    expect(stdout).not.toContain('FAIL')
    expect(stdout).toContain('All claims hold.')
    expect(status).toBe(0)
  })
})

describe('server-sync', () => {
  test('lets a morning of a server pass', () => {
    const { status, stdout, stderr, lines } = run(join('examples', 'server-sync', 'main.mjs'))
    expect(stderr).toBe('')
    expect(stdout).not.toContain('FAIL')
    expect(lines.filter((line) => line.startsWith('ok   ')).length).toBe(8)
    expect(stdout).toMatch(/ann {2}e-mail: In .*, because/)
    expect(stdout).toContain('All claims hold.')
    expect(status).toBe(0)
  })
})

describe('write-an-adapter', () => {
  test('keeps every promise of the port that it makes', () => {
    const { status, stdout, stderr } = run(join('examples', 'write-an-adapter', 'main.mjs'))
    expect(stderr).toBe('')
    expect(stdout).toMatch(/^\d+ promises kept, \d+ not made, 0 broken\n/)
    expect(status).toBe(0)
  })
})

describe('simulate', () => {
  const simulate = join('examples', 'simulate', 'main.mjs')
  const small = ['--mailboxes', '6', '--weeks', '3', '--curve', '200,288']
  const withoutTime = (stdout: string): string => stdout.replace(/^[^|\n]*results\.json.*$/m, '')

  test('prints the table and leaves plots; the same from a file of the same arrivals', () => {
    const [out, again, csv] = ['simulate', 'simulate-again', 'arrivals.csv'].map((name) => join(folder, name))
    const made = run(simulate, ...small, '--out', `${out}`, '--save-arrivals', `${csv}`)
    expect([made.status, made.stderr]).toEqual([0, ''])
    expect(made.lines.filter((line) => line.startsWith('| `adaptive`'))).toHaveLength(5)
    // Ten days are measured, and no week from Monday to Sunday is among them.
    const names = ['intervals-day', 'staleness'].flatMap((name) => [`${name}.png`, `${name}.svg`])
    expect(readdirSync(`${out}`).sort()).toEqual([...names, 'results.json'].sort())

    const read = run(simulate, '--arrivals', `${csv}`, '--curve', '200,288', '--out', `${again}`)
    expect([read.status, read.stderr]).toEqual([0, ''])
    const tables = (stdout: string) => withoutTime(stdout).replace('generated mailboxes, seed 1', 'mailboxes')
    expect(tables(read.stdout)).toBe(tables(made.stdout))
  })

  test('wrong options and files are refused with the usage, and exit status 2', () => {
    writeFileSync(join(folder, 'wrong.csv'), 'ann,1767571200\nann,never\n')
    for (const [said, ...args] of [
      ['line 2', '--arrivals', join(folder, 'wrong.csv')],
      ['ENOENT', '--arrivals', join(folder, 'away.csv')],
      ['between 120 and 720', '--budget', '100'],
      ['between 120 and 720', '--curve', '150,many'],
      ['a whole number', '--mailboxes', '0'],
      ['never somebody’s arrivals', '--docs', '--arrivals', join(folder, 'wrong.csv')],
      ['--nonsense', '--nonsense']
    ]) {
      const { status, stdout, stderr } = run(simulate, ...args, '--out', join(folder, 'refused'))
      expect([status, stdout]).toEqual([2, ''])
      expect(stderr).toContain(said)
      expect(stderr).toContain('usage: npm run simulate:schedule')
    }
    expect(existsSync(join(folder, 'refused'))).toBe(false)
  })
})

describe('the README', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const blocks = [...readme.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, code]) => ({
    language,
    code: code ?? ''
  }))
  const code = blocks.filter(({ language }) => language === 'js' || language === 'ts').map((block) => block.code)

  test('its first block runs as it stands and prints what is shown', () => {
    const [first = ''] = code
    const expected = [...first.matchAll(/\/\/ => (.*)$/gm)].map(([, text]) => text)
    const block = blocks.findIndex((candidate) => candidate.code === first)
    const shown = blocks[block + 1]?.language === 'text' ? (blocks[block + 1]?.code ?? '') : ''
    // Read from the standard input in this folder, `liaison` is found by its name as it is in a reader's project.
    const options = { cwd: root, encoding: 'utf8', input: first } as const
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module'], options)
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(stdout).not.toBe('')
    expect(shown === '' ? stdout.trimEnd().split('\n') : stdout).toEqual(shown === '' ? expected : shown)
  })

  test('its second block is a file of the examples', () => {
    expect(code[1]).toBe(readFileSync(join(root, 'examples', 'own-crm', 'connect.mjs'), 'utf8'))
  })
})

describe('the pages', () => {
  const pages = [
    'README.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    'CHANGELOG.md',
    'CODE_OF_CONDUCT.md',
    'docs/behaviour.md',
    'docs/files.md',
    'docs/schedule.md',
    'docs/serve.md',
    'docs/setup.md',
    'docs/simulate.md',
    'docs/smtp.md'
  ]
  const textOf = (page: string): string => readFileSync(join(root, page), 'utf8')

  test('point at files that are there', () => {
    for (const page of pages) {
      const targets = [...textOf(page).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, target]) => target ?? '')
      const missing = targets.filter(
        (target) => !/^https?:/.test(target) && !existsSync(resolve(root, dirname(page), target))
      )
      expect([page, missing]).toEqual([page, []])
    }
  })

  test('name commands that are there', () => {
    const { scripts } = JSON.parse(textOf('package.json'))
    for (const page of pages) {
      const named = [...textOf(page).matchAll(/npm run ([a-z:-]+)/g)].map(([, name]) => name ?? '')
      expect([page, named.filter((name) => !Object.hasOwn(scripts, name))]).toEqual([page, []])
    }
  })

  test('docs/behaviour.md names scenarios and tests that are there', () => {
    const page = textOf('docs/behaviour.md')
    const folderOfScenarios = join(root, 'scenarios')
    const ids = new Set(
      readdirSync(folderOfScenarios)
        .filter((name) => name.endsWith('.scenario.json'))
        .flatMap((name) => JSON.parse(readFileSync(join(folderOfScenarios, name), 'utf8')).scenarios)
        .map(({ id }) => id)
    )
    const tests = textOf('test/examples.test.ts') + textOf('test/record-store.test.ts')
    for (const [, shown = ''] of page.matchAll(/^Shown by: (.*)$/gm)) {
      const scenarios = [...shown.matchAll(/`([a-z0-9-]+)`/g)].map(([, id]) => id ?? '')
      expect(scenarios.filter((id) => !ids.has(id))).toEqual([])
      const titles = [...shown.matchAll(/“([^”]+)”/g)].map(([, title]) => title ?? '')
      expect(titles.filter((title) => !tests.includes(`test('${title}`))).toEqual([])
    }
    expect([...page.matchAll(/^## /gm)].length).toBe([...page.matchAll(/^Shown by: /gm)].length)
  })
})

/** `count` contacts of a mailbox in memory, each with a record that a gesture made. */
const tracked = async (count: number, settings: SettingsInput = {}, can: Partial<MailStore['can']> = {}) => {
  const mailbox = memoryMail({ can })
  const application = memoryRecords()
  const engine = createEngine({
    mailboxes: { ann: { address: 'ann@contoso.test', mail: mailbox.port } },
    records: application.port,
    links: memoryLinks(),
    settings: { firstCycle: 'apply', ...settings }
  })
  const names = Array.from({ length: count }, (_, index) => `p${index}`)
  const cards = names.map((surname) => mailbox.host.put({ kind: 'contact', fields: { surname } }))
  for (let from = 0; from < count; from += 20) await engine.track('ann', cards.slice(from, from + 20))
  await engine.sync('ann')
  const records = names.map(
    (name) => application.host.all().find(({ fields }) => fields['lastname'] === name)?.ref ?? ''
  )
  const cycle = async () => {
    const report = await engine.sync('ann')
    return {
      report,
      codes: report.decisions.map(({ code }) => code),
      deleted: report.writes.mail.deleted + report.writes.record.deleted
    }
  }
  return {
    engine,
    mailbox: mailbox.host,
    application: application.host,
    cards,
    records,
    card: cards[0] ?? '',
    record: records[0] ?? '',
    cycle
  }
}

describe('docs/behaviour.md, under the preset careful', () => {
  test('a deleted card leaves the record, unless the host says otherwise', async () => {
    const kept = await tracked(1)
    kept.mailbox.remove(kept.card)
    expect((await kept.cycle()).codes).toEqual(['kept-by-kind'])
    expect(kept.application.get(kept.record)).toBeDefined()

    const goes = await tracked(1, { contactDeleteFromMail: 'owner' })
    goes.mailbox.remove(goes.card)
    expect((await goes.cycle()).codes).toEqual(['mail-deleted'])
    expect(goes.application.get(goes.record)).toBeUndefined()
  })

  test('a deleted record leaves the card of its owner, and the card does not come back as a record', async () => {
    const world = await tracked(1)
    world.application.remove(world.record)
    expect((await world.cycle()).codes).toEqual(['kept-owner-copy'])
    await world.cycle()
    expect([world.mailbox.all().length, world.application.all().length]).toEqual([1, 0])
  })

  test('a card deleted against an edited record: the edit survives in a new card', async () => {
    const world = await tracked(1, { contactDeleteFromMail: 'owner' })
    world.mailbox.remove(world.card)
    world.application.edit(world.record, { set: { jobtitle: 'Engineer' } })
    expect((await world.cycle()).codes).toEqual(['conflict-resolved'])
    expect(world.mailbox.all().map(({ fields }) => fields['jobTitle'])).toEqual(['Engineer'])
    expect(world.application.get(world.record)?.fields['jobtitle']).toBe('Engineer')
  })

  test('a record deleted against an edited card: its owner’s card stays, edit and all', async () => {
    const world = await tracked(1)
    world.application.remove(world.record)
    world.mailbox.edit(world.card, { set: { jobTitle: 'Engineer' } })
    expect((await world.cycle()).codes).toEqual(['kept-owner-copy'])
    expect(world.application.all()).toEqual([])
    expect(world.mailbox.get(world.card)?.fields['jobTitle']).toBe('Engineer')
  })

  test('five deletions go through, six of forty are held, and an approval lets exactly these pass', async () => {
    const world = await tracked(40, { contactDeleteFromMail: 'owner' })
    for (const card of world.cards.slice(0, 5)) world.mailbox.remove(card)
    expect((await world.cycle()).deleted).toBe(5)
    for (const card of world.cards.slice(5, 11)) world.mailbox.remove(card)
    const { report, deleted } = await world.cycle()
    const [held] = report.held
    expect([deleted, held?.guard, held?.counts['deletes']]).toEqual([0, 'mass-delete', 6])
    await world.engine.approve('ann', held?.planHash ?? '')
    world.mailbox.remove(world.cards[11] ?? '')
    expect((await world.cycle()).deleted).toBe(0)
  })

  test('a mailbox that lists nothing deletes nothing', async () => {
    const world = await tracked(4, { contactDeleteFromMail: 'owner' }, { feed: 'list' })
    for (const card of world.cards) world.mailbox.remove(card)
    const { report, deleted } = await world.cycle()
    expect([deleted, report.held.map(({ guard }) => guard)]).toEqual([0, ['empty-side']])
    expect(world.application.all().length).toBe(4)
  })

  test('a folder that went away is a failure, and no empty mailbox', async () => {
    const application = memoryRecords()
    const engine = createEngine({
      mailboxes: { ann: { address: 'ann@contoso.test', mail: files({ root: join(folder, 'not-mounted') }) } },
      records: application.port,
      links: memoryLinks(),
      settings: { firstCycle: 'apply' }
    })
    application.host.put({ type: 'contact', owner: 'ann', fields: { lastname: 'Roy' } })
    const report = await engine.sync('ann')
    expect([report.outcome, report.stoppedBy?.side, report.writes.mail.created]).toEqual(['failed', 'mail', 0])
  })

  test('an item that cannot be read stops nobody else, and goes on when it is put right', async () => {
    const world = await tracked(2)
    world.mailbox.corrupt(world.card)
    world.mailbox.edit(world.cards[1] ?? '', { set: { jobTitle: 'Engineer' } })
    const { codes } = await world.cycle()
    expect([...codes].sort()).toEqual(['invalid-item', 'to-record'])
    world.mailbox.put({ ref: world.card, kind: 'contact', fields: { surname: 'p0', jobTitle: 'Head' } })
    await world.cycle()
    expect(world.application.get(world.record)?.fields['jobtitle']).toBe('Head')
  })

  test('a value in conflict is asked about, and nothing of the pair is written until somebody answers', async () => {
    const world = await tracked(1, {}, { changeTimes: 'client' })
    world.mailbox.edit(world.card, { set: { jobTitle: 'Head', nickName: 'Ro' } })
    world.application.edit(world.record, { set: { jobtitle: 'Chief' } })
    expect((await world.cycle()).codes).toEqual(['needs-decision'])
    expect(world.application.get(world.record)?.fields).toMatchObject({ jobtitle: 'Chief' })
    expect(world.application.get(world.record)?.fields['nickname'] ?? null).toBeNull()
    await world.engine.resolve('ann', world.card, 'record')
    await world.cycle()
    expect(world.mailbox.get(world.card)?.fields['jobTitle']).toBe('Chief')
    expect(world.application.get(world.record)?.fields['nickname']).toBe('Ro')
  })
})
