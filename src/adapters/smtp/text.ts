/** Texts as a header or a body may hold them. nodemailer encodes; what it is given holds no line break to begin with. */

/** A text of one line without control characters. */
export const onOneLine = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what goes
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim()

/** A text whose lines end in LF alone. NUL has no place in a message. */
export const inLines = (text: string): string => text.replace(/\r\n?/g, '\n').replaceAll('\u0000', '\ufffd')

/** Whether a text is HTML: it has a tag that HTML has, and not only an address in angle brackets. */
export const isMarkup = (text: string): boolean =>
  /<(?:!doctype|\/?(?:html|head|body|div|p|br|hr|span|a|b|i|u|em|strong|font|table|tr|td|ul|ol|li|pre|blockquote|img|h[1-6]|style|center|section|article))(?:\s[^<>]*)?\/?>/i.test(
    text
  )

/** Message-IDs as RFC 5322 writes them, by what may stand in one. */
export const isMessageId = (text: string): boolean => /^<[!-;=?-~]{1,990}>$/.test(text)
