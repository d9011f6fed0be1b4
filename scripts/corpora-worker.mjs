// One file at a time: what the adapter makes of it, what an edit leaves of it, what a second parser says.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { simpleParser } from 'mailparser'
import { convertIcsCalendar } from 'ts-ics'
import VCard from 'vcf'
import { files } from '../dist/adapters/files.js'
import { tracked } from './corpora-tracking.mjs'

/** A file of several things becomes several files of one thing each, as the adapter wants them. */
const eachUid = (bytes) => {
  const text = bytes.toString('latin1')
  const lines = text.split(/(?<=\r\n|\n|\r(?!\n))/)
  const items = new Map()
  const frame = []
  let open
  let depth = 0
  for (const line of lines) {
    const [, mark, name] = /^(BEGIN|END):(\S+)\s*$/i.exec(line.trim()) ?? []
    if (mark?.toUpperCase() === 'BEGIN' && ++depth === 2 && /^(VEVENT|VTODO)$/i.test(name)) open = []
    ;(open ?? frame).push(line)
    if (mark?.toUpperCase() === 'END' && depth-- === 2 && open !== undefined) {
      const unfolded = open.join('').replace(/\r?\n[ \t]/g, '')
      const key = `${name.toUpperCase()} ${/^UID[^:\r\n]*:(.*)$/im.exec(unfolded)?.[1]?.trim() ?? `none ${items.size}`}`
      items.set(key, [...(items.get(key) ?? []), ...open])
      open = undefined
    }
  }
  const calendars = lines.filter((line) => /^BEGIN:VCALENDAR\s*$/i.test(line)).length
  if (items.size < 2 || calendars !== 1 || depth !== 0 || open !== undefined) return [bytes]
  const end = frame.findLastIndex((line) => /^END:VCALENDAR/i.test(line))
  return [...items.values()].map((item) =>
    Buffer.from([...frame.slice(0, end), ...item, ...frame.slice(end)].join(''), 'latin1')
  )
}

const eachCard = (bytes) => {
  const parts = bytes.toString('latin1').split(/(?<=^END:VCARD\s*)(?=^BEGIN:VCARD)/im)
  return parts.length > 1 && !/^AGENT:\s*$/im.test(bytes.toString('latin1'))
    ? parts.map((part) => Buffer.from(part, 'latin1'))
    : [bytes]
}

/** Whether a second parser refuses the file. What it prints at that is nobody's business. */
const refusedBySecond = async (extension, bytes) => {
  const text = bytes.toString('utf8')
  try {
    if (extension === '.ics') {
      const { events = [], todos = [], journals = [] } = convertIcsCalendar(undefined, text)
      return events.length + todos.length + journals.length === 0
    }
    if (extension === '.vcf') return VCard.parse(text.replace(/\r?\n/g, '\r\n')).length === 0
    const { headers } = await simpleParser(bytes)
    return headers.size === 0
  } catch {
    return true
  }
}

const shapes = {
  '.ics': { parser: 'ts-ics', split: eachUid, field: 'regardingName', own: /^X-LIAISON-REGARDING-NAME/i },
  '.vcf': { parser: 'vcf', split: eachCard, field: 'governmentId', own: /^(?:[^.:;]+\.)?X-GOVERNMENT-?ID/i },
  '.eml': { parser: 'mailparser', split: (bytes) => [bytes] }
}

/** Lines without folds; of what is no UTF-8, which an edit may write as UTF-8, the plain part alone. */
const linesOf = (bytes) => {
  const isUtf8 = Buffer.from(bytes.toString('utf8')).equals(bytes)
  const text = isUtf8 ? bytes.toString('utf8') : bytes.toString('latin1')
  const unfolded = text.replace(/(?:\r\n|\n|\r(?!\n))[ \t]/g, '').split(/\r\n|\n|\r/)
  while (unfolded.at(-1) === '') unfolded.pop()
  return { isUtf8, lines: unfolded }
}

const plain = (line) => line.replace(/CHARSET=[^;:]*/i, 'CHARSET=').replace(/[^ -~]+/g, '')

/** What an unrelated edit has changed beside its own line; empty where nothing. */
const lossOf = (before, after, own) => {
  const [old, now] = [linesOf(before), linesOf(after)]
  const form = old.isUtf8 ? (line) => line : plain
  const rest = now.lines.filter((line) => !own.test(line)).map(form)
  const kept = old.lines.filter((line) => !own.test(line)).map(form)
  if (now.lines.filter((line) => own.test(line)).length !== 1) return 'the edited line is not there once'
  const at = kept.findIndex((line, index) => line !== rest[index])
  return kept.length === rest.length && at < 0 ? '' : `line ${at + 1} of ${kept.length}, ${rest.length}`
}

const right = (answer) => {
  if (answer._tag === 'Left') throw new Error(JSON.stringify(answer.left))
  return answer.right
}

const folderOf = { '.ics': ['calendar', 'tasks'], '.vcf': ['contacts'], '.eml': ['mail/cur'] }

/** One thing in a mailbox of its own; a calendar is asked for its events and its tasks. */
const judged = async (extension, bytes) => {
  const root = mkdtempSync(join(workerData.folder, 'mailbox-'))
  try {
    const paths = []
    const codes = []
    let items = 0
    let edited = 0
    for (const folder of folderOf[extension]) {
      rmSync(root, { recursive: true, force: true })
      mkdirSync(join(root, folder), { recursive: true })
      const file = join(root, folder, extension === '.eml' ? '1.1.host:2,S' : `file${extension}`)
      writeFileSync(file, bytes)
      const store = files({ root })
      if (extension === '.eml') codes.push(...(await tracked(root)))
      const kind = store.can.kinds.at(-1)
      const rows = right(await store.changes(kind, undefined, 500)).rows
      const found = right(await store.read(rows.map(({ ref }) => ref)))
      if (found.length !== rows.length || rows.length === 0)
        throw new Error(`${found.length} answers to ${rows.length} rows`)
      for (const one of found) {
        if (one._tag === 'Unreadable') paths.push(...(one.paths ?? [one.why]))
        else if (one._tag !== 'Known') throw new Error(`listed, and ${one._tag}`)
        else {
          items += 1
          const loss = await lossAfterEdit(store, one.snapshot, file, bytes, shapes[extension])
          if (loss !== undefined) {
            if (loss !== '') return { outcome: 'lost', paths, items, detail: loss }
            edited += 1
          }
        }
      }
    }
    // Of a calendar one of the two folders is the wrong one: that is no refusal of the file.
    const refused = paths.filter((path) => !/^VCALENDAR: expected (VEVENT|VTODO), found/.test(path))
    const some = refused.length > 0 ? 'in part' : 'read'
    const outcome = items > 0 ? some : refused.length > 0 ? 'refused' : 'not ours'
    return { outcome, paths: [...new Set(outcome === 'not ours' ? paths : refused)], items, edited, codes }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

const lossAfterEdit = async (store, { ref, kind, fields }, file, before, { field, own }) => {
  if (field === undefined || fields[field] !== undefined) return undefined
  const write = async (value) => {
    const [outcome] = right(await store.write([{ _tag: 'Update', key: 'k', ref, type: kind, set: { [field]: value } }]))
    if (outcome._tag === 'Failed') throw new Error(JSON.stringify(outcome.error))
    return outcome.snapshot
  }
  const snapshot = await write('an unrelated edit')
  if (snapshot?.fields[field] !== 'an unrelated edit') return 'the edit is not read back'
  const others = Object.entries(snapshot.fields).filter(([name]) => name !== field)
  if (JSON.stringify(Object.fromEntries(others)) !== JSON.stringify(fields)) return 'another field is read otherwise'
  const loss = lossOf(before, readFileSync(file), own)
  if (loss !== '') return loss
  await write(null)
  const back = readFileSync(file)
  return linesOf(before).isUtf8 && !back.equals(before) ? 'taken back, the file is another' : ''
}

const judgedFile = async ({ name, bytes }) => {
  const extension = extname(name).toLowerCase()
  const { parser, split } = shapes[extension]
  const whole = Buffer.from(bytes)
  const second = (await refusedBySecond(extension, whole)) ? 'refused' : 'read'
  const parts = []
  for (const part of split(whole)) {
    parentPort.postMessage('next')
    parts.push(await judged(extension, part))
  }
  const worst = parts.find(({ outcome }) => outcome === 'lost')
  const outcomes = new Set(parts.map(({ outcome }) => outcome))
  return {
    parser,
    second,
    outcome: worst?.outcome ?? (outcomes.size === 1 ? parts[0].outcome : 'in part'),
    paths: [...new Set(parts.flatMap(({ paths }) => paths))],
    items: parts.reduce((sum, { items }) => sum + items, 0),
    edited: parts.reduce((sum, { edited = 0 }) => sum + edited, 0),
    codes: parts.flatMap(({ codes = [] }) => codes),
    detail: worst?.detail
  }
}

// The second parsers warn on the console of what they read all the same.
for (const name of ['log', 'warn', 'error', 'info']) console[name] = () => undefined
parentPort.on('message', async (message) => {
  try {
    parentPort.postMessage(await judgedFile(message))
  } catch (error) {
    parentPort.postMessage({ outcome: 'untyped', paths: [], detail: error.stack })
  }
})
