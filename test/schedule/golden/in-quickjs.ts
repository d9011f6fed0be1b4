/** Runs modules on QuickJS, an engine that shares no code with V8, compiled to WebAssembly with its own mathematics. */
import { newQuickJSWASMModuleFromVariant } from 'quickjs-emscripten-core'
import type { Modules } from '../../browser.js'

const main = `import { found } from './main.js'; globalThis.answer = JSON.stringify(found)`

export const foundInQuickJs = async (modules: Modules): Promise<unknown> => {
  const engine = await newQuickJSWASMModuleFromVariant(import('@jitl/quickjs-wasmfile-release-sync'))
  using context = engine.newContext()
  context.runtime.setModuleLoader((name) => modules[name] ?? { error: new Error(`no module ${name}`) })
  context.unwrapResult(context.evalCode(main, 'print.js', { type: 'module' })).dispose()
  using answer = context.getProp(context.global, 'answer')
  return JSON.parse(context.getString(answer))
}
