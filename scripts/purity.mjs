// Below floor 3 the same inputs give the same outputs on every platform, locale and time zone: no clock, randomness,
// I/O, local time, locale. The rules are about syntax, so a global under another name is a breach as well.
import { globSync, readFileSync } from 'node:fs'
import ts from 'typescript'

const folders = ['model', 'mapping', 'filters', 'schedule', 'engine']

const dateParts = '(FullYear|Month|Date|Day|Hours|Minutes|Seconds|Milliseconds|Year)'
const localTime = new RegExp(`^([gs]et${dateParts}|getTimezoneOffset|to(Date|Time)String)$`)
const outside =
  /^(fetch|setTimeout|setInterval|setImmediate|queueMicrotask|process|crypto|performance|globalThis|Intl|console)$/
const exactMath = /^(abs|min|max|floor|ceil|round|sqrt|trunc|imul)$/

/** `x.name` or `x['name']`: the name. */
const memberOf = (node) => {
  if (ts.isPropertyAccessExpression(node)) return node.name.text
  if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression))
    return node.argumentExpression.text
  return undefined
}
const isMemberOf = (node, object) => memberOf(node) !== undefined && node.expression.getText() === object

/** A name that stands for a value here: no member's, property's or declaration's name. */
const isUse = (node) =>
  ts.isIdentifier(node) &&
  !(ts.isPropertyAccessExpression(node.parent) && node.parent.name === node) &&
  !(ts.isPropertyAssignment(node.parent) && node.parent.name === node) &&
  !(ts.isBindingElement(node.parent) && node.parent.propertyName === node) &&
  !(ts.isDeclarationStatement(node.parent) || ts.isParameter(node.parent) || ts.isMethodDeclaration(node.parent)) &&
  !(ts.isVariableDeclaration(node.parent) && node.parent.name === node)

/** Of `Date` the core may use instants only: `new Date(instant)`, `Date.UTC`, `Date.parse`, `instanceof Date`. */
const isInstantUse = ({ parent }) =>
  (ts.isNewExpression(parent) && parent.arguments?.length === 1) ||
  /^(UTC|parse)$/.test(memberOf(parent) ?? '') ||
  (ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword)

/** Each rule with snippets that it must catch: the check proves itself before it judges. */
const rules = [
  {
    name: 'clock or local time through Date',
    breaks: (node) => isUse(node) && node.text === 'Date' && !isInstantUse(node),
    caught: 'Date.now() | Date["now"]() | new Date() | new Date | Date() | new Date(2026, 0, 1) | const { now } = Date'
  },
  {
    name: 'local time of a Date',
    breaks: (node) => localTime.test(memberOf(node) ?? ''),
    caught: 'd.getHours() | d.setDate(1) | d["getDay"]() | d.getTimezoneOffset() | new Date(0).getFullYear()'
  },
  {
    name: 'randomness',
    breaks: (node) => isMemberOf(node, 'Math') && memberOf(node) === 'random',
    caught: 'Math.random() | Math["random"]() | const r = Math.random'
  },
  {
    name: 'Math under another name',
    breaks: (node) => isUse(node) && node.text === 'Math' && memberOf(node.parent) === undefined,
    caught: 'const { random } = Math | const m = Math | f(Math)'
  },
  {
    name: 'the world outside',
    breaks: (node) => isUse(node) && outside.test(node.text),
    caught:
      'fetch("x") | setTimeout(f, 1) | setInterval(f, 1) | process.env.X | crypto.randomUUID() | f({ fetch }) | ' +
      'new Intl.NumberFormat() | globalThis.fetch | performance.now() | const now = fetch | console.log(1)'
  },
  {
    name: 'locale',
    breaks: (node) => /^(localeCompare|toLocale.*)$/.test(memberOf(node) ?? ''),
    caught: 'a.localeCompare(b) | a.toLocaleUpperCase() | n.toLocaleString() | a["toLocaleLowerCase"]()'
  },
  {
    name: 'Math function whose last digit differs between platforms',
    folder: 'schedule',
    breaks: (node) => isMemberOf(node, 'Math') && !exactMath.test(memberOf(node)),
    caught: 'Math.pow(2, x) | Math.exp(x) | Math.log(x) | Math.PI'
  },
  {
    name: 'power, whose last digit differs between platforms',
    folder: 'schedule',
    breaks: ({ kind }) =>
      kind === ts.SyntaxKind.AsteriskAsteriskToken || kind === ts.SyntaxKind.AsteriskAsteriskEqualsToken,
    caught: 'x ** 2 | x **= 2'
  }
]

/** And what no rule may catch. */
const allowed =
  'new Date(atMs).getUTCHours() | new Date(atMs).toISOString() | Date.UTC(2026, 0, 1) | x instanceof Date | ' +
  'Math.floor(x / 2) | clock.now() | x.process | ({ fetch: 1 }) | const { process: p } = x | ' +
  'const f = (process: number) => 1 | let d: Date | let f: typeof fetch | let z: Intl.NumberFormat | ' +
  'interface Clock { now(): Date }'

const breachesOf = (path, text) => {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true)
  const applying = rules.filter(({ folder }) => folder === undefined || path.startsWith(`src/${folder}/`))
  const breaches = []
  const visit = (node) => {
    const isType = ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)
    if (isType || ts.isInterfaceDeclaration(node) || ts.isImportDeclaration(node)) return
    for (const { name, breaks } of applying) {
      if (!breaks(node)) continue
      const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1
      breaches.push({ name, at: `${path}:${line}`, text: node.parent.getText().split('\n')[0] })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return breaches
}

const snippets = (list) => list.split(' | ')
const misses = rules.flatMap(({ name, caught }) =>
  snippets(caught).filter((snippet) => !breachesOf('src/schedule/x.ts', snippet).some((breach) => breach.name === name))
)
const alarms = [
  ...snippets(allowed).filter((snippet) => breachesOf('src/schedule/x.ts', snippet).length > 0),
  ...snippets('Math.log(x) | x ** 2').filter((snippet) => breachesOf('src/model/x.ts', snippet).length > 0)
]
for (const snippet of misses) console.error(`self-test: not caught: ${snippet}`)
for (const snippet of alarms) console.error(`self-test: false alarm: ${snippet}`)

const files = folders.map((folder) =>
  globSync(`src/${folder}/**/*.ts`).filter((path) => !path.startsWith('src/engine/run/'))
)
const unseen = folders.filter((_, index) => files[index].length === 0)
for (const folder of unseen) console.error(`no files in src/${folder}`)

const breaches = files.flat().flatMap((path) => breachesOf(path, readFileSync(path, 'utf8')))
for (const { name, at, text } of breaches) console.error(`${at}: ${name}: ${text}`)

const failed = misses.length + alarms.length + unseen.length + breaches.length > 0
console.log(`purity: ${files.flat().length} files, ${breaches.length} breaches`)
process.exit(failed ? 1 : 0)
