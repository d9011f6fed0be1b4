/**
 * An independent reference of what becomes of the fields of one pair: written from `reliability.md` section 3, `sync.md`
 * 2.2 to 2.4 and 2.0 alone, before `src/mapping/merge.ts` was read, and without a line in common with it. It is slow and
 * literal on purpose: a table is looked up, nothing is inferred.
 */

/** Canonical values: `null` is empty, a text is a scalar, a list is an aggregate. Equal texts of JSON are equal values. */
export type V = string | null | ReadonlyArray<string | null>

type Way = 'both' | 'toRecord' | 'toMail' | 'none'
type Where = 'mail' | 'record'

interface OracleRow {
  readonly name: string
  readonly way: Way
  readonly read: boolean
  readonly update: boolean
  readonly baseMail: V
  readonly mail: V
  readonly baseRecord: V
  readonly record: V
}

export interface OraclePair {
  readonly rows: ReadonlyArray<OracleRow>
  readonly policy: 'record-wins' | 'mail-wins' | 'latest-wins' | 'latest-else-ask' | 'ask'
  readonly answer?: Where
  readonly refuse?: 'closed-record' | 'private-item' | 'wrong-side-edit'
  readonly securityWrite: 'reset' | 'keep'
  readonly mailAt: number
  readonly recordAt: number
  readonly serverTimes: boolean
  readonly skew: number
}

export interface OracleMerge {
  readonly code: string
  readonly toMail: { readonly [row: string]: V }
  readonly toRecord: { readonly [row: string]: V }
  readonly base: { readonly [row: string]: { readonly mail: V; readonly record: V } }
  readonly conflicts: ReadonlyArray<{ readonly field: string; readonly kept: Where }>
}

/** 2.0, last point. */
export const precedence = [
  'needs-decision',
  'private-item',
  'closed-record',
  'conflict-resolved',
  'security-reset',
  'security-blocked',
  'missing-privilege',
  'kept-past',
  'both-ways',
  'to-record',
  'to-mail',
  'wrong-side-edit',
  'converged',
  'unchanged'
]

const eq = (x: V, y: V): boolean => JSON.stringify(x) === JSON.stringify(y)

/** The four directions as the two bits of 2.1/4, spelled out. */
const hasToRecord: { readonly [way in Way]: boolean } = { both: true, toRecord: true, toMail: false, none: false }
const hasToMail: { readonly [way in Way]: boolean } = { both: true, toRecord: false, toMail: true, none: false }

type Cell = 'nothing' | 'write record' | 'write mail' | 'ask the policy'

/** The field decision table of `reliability.md`, section 3, column by column for values that differ now. */
const table: { readonly [effective in Way]: { readonly mail: Cell; readonly record: Cell; readonly different: Cell } } =
  {
    both: { mail: 'write record', record: 'write mail', different: 'ask the policy' },
    toRecord: { mail: 'write record', record: 'nothing', different: 'write record' },
    toMail: { mail: 'nothing', record: 'write mail', different: 'write mail' },
    none: { mail: 'nothing', record: 'nothing', different: 'nothing' }
  }

/** 2.4/21 and the row `conflict` of `careful.md`. */
const winner = (pair: OraclePair): Where | 'ask' => {
  if (pair.answer !== undefined) return pair.answer
  if (pair.policy === 'record-wins') return 'record'
  if (pair.policy === 'mail-wins') return 'mail'
  if (pair.policy === 'ask') return 'ask'
  if (pair.policy === 'latest-wins') return pair.mailAt > pair.recordAt ? 'mail' : 'record'
  if (!pair.serverTimes || Math.abs(pair.mailAt - pair.recordAt) <= pair.skew) return 'ask'
  return pair.mailAt > pair.recordAt ? 'mail' : 'record'
}

interface RowResult {
  readonly codes: ReadonlyArray<string>
  readonly cell: Cell
  readonly conflict?: Where | 'ask'
}

const effectiveOf = (row: OracleRow): Way => {
  const record = hasToRecord[row.way] && row.update
  const mail = hasToMail[row.way] && row.read
  return record && mail ? 'both' : record ? 'toRecord' : mail ? 'toMail' : 'none'
}

const judge = (row: OracleRow, pair: OraclePair): RowResult => {
  const dMail = !eq(row.mail, row.baseMail)
  const dRecord = !eq(row.record, row.baseRecord)
  // No edit: nothing, even where the two differ (2.2/11).
  if (!dMail && !dRecord) return { codes: [], cell: 'nothing' }
  // What the other side holds already (2.4/20): nothing to refuse, to reset or to decide.
  if (eq(row.mail, row.record)) return { codes: [dMail && dRecord ? 'converged' : 'unchanged'], cell: 'nothing' }

  const codes: Array<string> = []
  const effective = effectiveOf(row)
  let mailEdit = dMail

  // A change of the record that configuration sends to the mailbox, held back for want of read.
  if (dRecord && hasToMail[row.way] && !row.read) codes.push('security-blocked')

  if (mailEdit && pair.refuse !== undefined) {
    // "Before the table": closed, private, somebody else's copy: no edit is taken, wherever it would flow; the record
    // still flows.
    codes.push(pair.refuse)
    mailEdit = false
  } else if (mailEdit && hasToRecord[row.way] && !row.update) {
    mailEdit = false
    if (pair.securityWrite === 'reset' && hasToMail[row.way] && row.read)
      return { codes: ['security-reset'], cell: 'write mail' }
    codes.push('security-blocked')
  }

  if (!mailEdit && !dRecord) return { codes, cell: 'nothing' }
  const cells = table[effective]
  const cell = mailEdit && dRecord ? cells.different : mailEdit ? cells.mail : cells.record
  if (cell === 'ask the policy') {
    const conflict = winner(pair)
    if (conflict === 'ask') return { codes: [...codes, 'needs-decision'], cell: 'nothing', conflict }
    return {
      codes: [...codes, 'conflict-resolved'],
      cell: conflict === 'mail' ? 'write record' : 'write mail',
      conflict
    }
  }
  if (cell === 'nothing' && codes.length === 0) codes.push('wrong-side-edit')
  return { codes, cell }
}

export const oracle = (pair: OraclePair): OracleMerge => {
  const judged = pair.rows.map((row) => ({ row, result: judge(row, pair) }))
  // Policy `ask`: nothing of that pair is written until someone decides.
  if (judged.some(({ result }) => result.conflict === 'ask')) {
    return {
      code: 'needs-decision',
      toMail: {},
      toRecord: {},
      base: Object.fromEntries(pair.rows.map((row) => [row.name, { mail: row.baseMail, record: row.baseRecord }])),
      conflicts: []
    }
  }
  const toMail = judged.filter(({ result }) => result.cell === 'write mail')
  const toRecord = judged.filter(({ result }) => result.cell === 'write record')
  const written =
    toMail.length > 0 && toRecord.length > 0
      ? ['both-ways']
      : toMail.length > 0
        ? ['to-mail']
        : toRecord.length > 0
          ? ['to-record']
          : []
  const codes = new Set([...judged.flatMap(({ result }) => result.codes), ...written, 'unchanged'])
  return {
    code: precedence.find((code) => codes.has(code)) ?? 'unchanged',
    toMail: Object.fromEntries(toMail.map(({ row }) => [row.name, row.record])),
    toRecord: Object.fromEntries(toRecord.map(({ row }) => [row.name, row.mail])),
    // Whatever was decided, both bases hold what the sides hold afterwards.
    base: Object.fromEntries(
      judged.map(({ row, result }) => [
        row.name,
        {
          mail: result.cell === 'write mail' ? row.record : row.mail,
          record: result.cell === 'write record' ? row.mail : row.record
        }
      ])
    ),
    conflicts: judged.flatMap(({ row, result }) =>
      result.conflict === 'mail' || result.conflict === 'record' ? [{ field: row.name, kept: result.conflict }] : []
    )
  }
}
