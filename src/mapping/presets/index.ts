/** The mappings that ship, by record type. */
import type { Mapping } from '../rule.js'
import { contactMapping } from './contact.js'

/** @public */
export const presetMappings: { readonly [type: string]: Mapping } = { contact: contactMapping }

export { contactMapping }
