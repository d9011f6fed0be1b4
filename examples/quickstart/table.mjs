/** Plain text for a terminal of 100 columns: headings, tables with wrapped cells, counts. */
const widthMax = 100

/** Cuts a text into lines at blanks; a word that is too long is broken. */
const wrapped = (text, width) => {
  const lines = ['']
  for (const word of text.split(' ').flatMap((given) => given.match(new RegExp(`.{1,${width}}`, 'gu')) ?? [])) {
    const joined = lines.at(-1) === '' ? word : `${lines.at(-1)} ${word}`
    if (joined.length <= width) lines[lines.length - 1] = joined
    else lines.push(word)
  }
  return lines
}

/** `columns`: name and greatest width; the last one takes what is left of the line. */
export const table = (columns, rows) => {
  const narrow = columns.slice(0, -1).map(({ name, width }, index) => {
    const longest = Math.max(name.length, ...rows.map((row) => row[index].length))
    return Math.min(longest, width)
  })
  const rest = widthMax - 2 - narrow.reduce((sum, width) => sum + width + 2, 0)
  const widths = [...narrow, rest]
  const line = (cells) => `  ${cells.map((cell, index) => cell.padEnd(widths[index])).join('  ')}`.trimEnd()
  const printed = (row) => {
    const cells = row.map((cell, index) => wrapped(cell, widths[index]))
    const height = Math.max(...cells.map(({ length }) => length))
    return Array.from({ length: height }, (_, at) => line(cells.map((lines) => lines[at] ?? '')))
  }
  const longest = Math.max(
    columns.at(-1).name.length,
    ...rows.flatMap((row) => wrapped(row.at(-1), rest).map((l) => l.length))
  )
  console.log(line(columns.map(({ name }) => name)))
  console.log(line([...narrow, longest].map((width) => '-'.repeat(width))))
  for (const row of rows) for (const text of printed(row)) console.log(text)
}

export const heading = (text) => console.log(`\n${text}\n${'='.repeat(text.length)}`)

export const say = (text, indent = '') => {
  for (const line of wrapped(text, widthMax - indent.length)) console.log(`${indent}${line}`)
}

const written = ({ created, updated, deleted }) => `${created} created, ${updated} updated, ${deleted} deleted`

/** What a cycle did, in four lines. Every thing it looked at is in exactly one of the five groups. */
export const counts = ({ outcome, counts: c, writes, links }) => {
  console.log(`  outcome  ${outcome}`)
  console.log(
    `  looked   ${c.looked} = ${c.done} done + ${c.left} left + ${c.conflicted} conflicted + ${c.held} held + ${c.failed} failed`
  )
  console.log(`  mailbox  ${written(writes.mail)}`)
  console.log(`  records  ${written(writes.record)}`)
  console.log(`  links    ${links.made} made, ${links.ended} ended`)
}

/** Events of a running cycle, one line each. */
export const progress = ({ stage, done, total }) => console.log(`  ... ${stage} ${done} of ${total}`)
