/**
 * The plain text of a rich text. Linear in its length, knows no styles, fetches nothing; used to compare and to
 * carry notes and bodies to a record, never to show HTML to anybody.
 */

const knownTag =
  /<\/?(?:html|head|body|p|div|span|br|b|i|u|s|em|strong|font|a|ul|ol|li|table|tr|td|th|h[1-6]|pre|blockquote|img|hr|style)\b[^<>]*>/i
const anyTag = /<(?:!--[\s\S]*?-->|\/?[a-z][^<>]*>|![^<>]*>)/gi
const unseen = /<(style|script|head|title)\b[^<>]*>[\s\S]*?<\/\1\s*>/gi
const blockEnd = /<\/(?:p|div|tr|h[1-6]|blockquote|pre|ul|ol|table)\s*>/gi
const lineBreak = /<(?:br|hr)\b[^<>]*>|<\/li\s*>/gi

const entities: { readonly [name: string]: string } = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0'
}

const entityText = (whole: string, name: string): string => {
  if (name.startsWith('#')) {
    const code =
      name[1] === 'x' || name[1] === 'X' ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10)
    return Number.isInteger(code) && code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole
  }
  return Object.hasOwn(entities, name) ? (entities[name] ?? whole) : whole
}

/** Whether a text is HTML: it holds a tag of those that mail programs write. `1 < 2` is none. @public */
export const isRich = (text: string): boolean => knownTag.test(text)

/** @public */
export const plainOfRich = (text: string): string =>
  isRich(text)
    ? text
        .replace(unseen, '')
        .replace(/[\r\n\t ]+/g, ' ')
        .replace(lineBreak, '\n')
        .replace(blockEnd, '\n')
        .replace(anyTag, '')
        .replace(/&(#x?[0-9a-f]+|[a-z]+);/gi, entityText)
        .replace(/ *\n */g, '\n')
        .replace(/^\s+|\s+$/g, '')
    : text

const escapes: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '\n': '<br>',
  '\t': '&#9;'
}

/** A rich text that reads as this plain one: `plainOfRich` gives it back. @public */
export const richOfPlain = (text: string): string =>
  `<div>${text
    .replace(/\r\n?/g, '\n')
    .replace(/[&<>\n\t]/g, (character) => escapes[character] ?? character)
    .replace(/ {2,}|^ | $/g, (blanks) => '&#32;'.repeat(blanks.length))}</div>`
