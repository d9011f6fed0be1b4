/**
 * I8, golden vectors: what `nextSync` answers to long histories is the same to the last bit on each Node that the
 * package promises, on an engine that is not V8, and in a browser.
 */
import { describe, expect, test } from 'vitest'
import { findBrowser, findNodes } from '../../scripts/engines.mjs'
import { goldenModules } from '../../scripts/golden.mjs'
import { foundIn, missing } from '../browser.js'
import { foundInNode } from './golden/in-node.js'
import { foundInQuickJs } from './golden/in-quickjs.js'

const [modules, nodes, browser] = await Promise.all([goldenModules(), findNodes(), findBrowser()])

describe('I8: golden vectors', () => {
  for (const { major, path, version } of nodes) {
    if (path === '') missing(`Node ${major}`)
    else test(`on Node ${version}`, async () => expect(await foundInNode(path, modules)).toEqual([]))
  }

  test('on QuickJS', async () => expect(await foundInQuickJs(modules)).toEqual([]))

  if (browser === undefined) missing('a browser')
  else test(`in ${browser.name}`, async () => expect(await foundIn(browser, modules)).toEqual([]))
})
