/** An SVG as a PNG, the same on every machine: in WebAssembly, with the one font that comes along. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { initWasm, Resvg } from '@resvg/resvg-wasm'

const bytesOf = (url) => readFileSync(fileURLToPath(url))
const fontBuffers = [
  bytesOf(import.meta.resolve('@fontsource/lato/files/lato-latin-400-normal.woff2')),
  bytesOf(import.meta.resolve('@fontsource/lato/files/lato-latin-700-normal.woff2'))
]

await initWasm(bytesOf(import.meta.resolve('@resvg/resvg-wasm/index_bg.wasm')))

export const pngFromSvg = (svg) => {
  const drawing = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: 2 },
    font: { fontBuffers, defaultFontFamily: 'Lato' }
  })
  return drawing.render().asPng()
}
