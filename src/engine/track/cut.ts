/** Lengths are UTF-16 units, as stores and servers count them; half of a surrogate pair is left behind by no cut. */

/** The beginning of a text, at most `lengthMax` long. */
export const cutText = (text: string, lengthMax: number): string => {
  if (text.length <= lengthMax) return text
  const end = Math.max(0, lengthMax)
  return text.slice(0, isLeading(text.charCodeAt(end - 1)) ? end - 1 : end)
}

const isLeading = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff
