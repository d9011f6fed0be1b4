/** The converters that ship. */
import { basic } from './basic.js'
import type { Converter } from './converter.js'
import { people } from './people.js'
import { status } from './status.js'
import { time } from './time.js'

export { type ConvertContext, type Converter, plainConvert } from './converter.js'

/** The converters that ship, by the name under which a mapping row calls them. @public */
export const converters: { readonly [id: string]: Converter } = { ...basic, ...people, ...status, ...time }
