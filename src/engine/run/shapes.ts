/** The mappings of an engine, compiled. Its settings never change, so that each is compiled once, not in every cycle. */
import { type Converter, type Shape, shapeOf } from '../../mapping/index.js'
import type { RecordType } from '../../model/index.js'
import type { Settings } from '../settings.js'

/** The shape of a type that has a mapping. */
export type ShapeFor = (type: RecordType) => Shape | undefined

export const shapesFor = (settings: Settings, converters: { readonly [id: string]: Converter }): ShapeFor => {
  const compiled = new Map<RecordType, Shape>()
  return (type) => {
    const known = compiled.get(type)
    const mapping = settings.mappings[type]
    if (known !== undefined || mapping === undefined) return known
    const shape = shapeOf(mapping, settings, converters)
    compiled.set(type, shape)
    return shape
  }
}
