/** Promises of claims: an identity is taken once, whoever asks and however often, and raised by one of many. */
import { type Claim, uuidOf } from '../../model/index.js'
import type { Check } from './check.js'
import { check } from './check.js'
import { equal, hostileTexts, must, right } from './expect.js'
import { at, atMs, claimOf } from './sample.js'
import type { LinkStage } from './stage.js'

const { tenant } = at

const otherId = (identity: string, generation = 0) => ({
  ...claimOf(identity, generation),
  id: uuidOf('another machine', identity)
})

const madeBy = (mailbox: string, claim: Claim): Claim => ({ ...claim, by: { mailbox, atMs: atMs + mailbox.length } })

export const claimChecks: ReadonlyArray<Check<LinkStage>> = [
  check('claim: a free identity is taken, answers come in order', async ({ store }) => {
    const claims = ['c', 'a', 'b'].map((identity) => claimOf(identity))
    equal(await right(store.claim(tenant, claims), 'claim'), claims, 'the claims that stand')
    equal(await right(store.claim(tenant, []), 'claim'), [], 'the answer to no claims')
  }),
  check('claim: one that stands is not replaced, and is the answer', async ({ store }) => {
    await right(store.claim(tenant, [claimOf('a')]), 'claim')
    const answer = await right(store.claim(tenant, [claimOf('b'), otherId('a', 3)]), 'claim')
    equal(answer, [claimOf('b'), claimOf('a')], 'the claims that stand')
  }),
  check('claim: who makes the thing, and since when, is the first to have claimed it', async ({ store }) => {
    const first = madeBy('ann', claimOf('a'))
    equal(
      await right(store.claim(tenant, [first, claimOf('b')]), 'claim'),
      [first, claimOf('b')],
      'the claims that stand'
    )
    const answer = await right(store.claim(tenant, [madeBy('bob', claimOf('a')), madeBy('bob', claimOf('b'))]), 'claim')
    equal(answer, [first, claimOf('b')], 'the claims that stand')
  }),
  check('claim: one identity twice in a call is taken once', async ({ store }) => {
    const answer = await right(store.claim(tenant, [claimOf('a'), otherId('a')]), 'claim')
    equal(answer, [claimOf('a'), claimOf('a')], 'the claims that stand')
  }),
  check('claim: of many who claim at once, all are told of one', async ({ store }) => {
    const claims = Array.from({ length: 10 }, (_, index) => ({ ...claimOf('a'), id: uuidOf('machine', index) }))
    const answers = await Promise.all(claims.map((claim) => right(store.claim(tenant, [claim]), 'claim')))
    equal(new Set(answers.map(([claim]) => claim?.id)).size, 1, 'different winners')
  }),
  check('claim: identities are compared exactly', async ({ store }) => {
    const identities = [...hostileTexts, 'a', 'A', 'a ', '\ud800', '\ud801', 'x\u0000', 'x\u0000y', 'x']
    const claims = [...new Set(identities)].map((identity) => claimOf(identity))
    equal(await right(store.claim(tenant, claims), 'claim'), claims, 'the claims that stand')
    equal(await right(store.claim(tenant, claims), 'claim'), claims, 'the same once more')
  }),
  check('raise: replaces a claim whose generation is the expected one', async ({ store }) => {
    await right(store.claim(tenant, [claimOf('a'), claimOf('b')]), 'claim')
    equal(await right(store.raise(tenant, 0, claimOf('a', 1)), 'raise'), claimOf('a', 1), 'the claim that stands')
    const claims = await right(store.claim(tenant, [claimOf('a'), claimOf('b')]), 'claim')
    equal(claims, [claimOf('a', 1), claimOf('b')], 'the claims that stand')
  }),
  check('raise: who makes the thing is from now on whom the raised claim names', async ({ store }) => {
    await right(store.claim(tenant, [madeBy('ann', claimOf('a')), madeBy('ann', claimOf('b'))]), 'claim')
    const raised = madeBy('bob', claimOf('a', 1))
    equal(await right(store.raise(tenant, 0, raised), 'raise'), raised, 'the claim that stands')
    equal(await right(store.raise(tenant, 0, madeBy('cid', claimOf('a', 1))), 'raise'), raised, 'the claim that stands')
    equal(await right(store.raise(tenant, 0, claimOf('b', 1)), 'raise'), claimOf('b', 1), 'a claim that names nobody')
    const again = await right(store.claim(tenant, [madeBy('ann', claimOf('a')), claimOf('b')]), 'claim')
    equal(again, [raised, claimOf('b', 1)], 'the claims that stand')
  }),
  check('raise: leaves a claim of another generation as it is, and answers it', async ({ store }) => {
    await right(store.claim(tenant, [claimOf('a')]), 'claim')
    await right(store.raise(tenant, 0, claimOf('a', 1)), 'raise')
    equal(await right(store.raise(tenant, 0, otherId('a', 1)), 'raise'), claimOf('a', 1), 'the claim that stands')
    equal(await right(store.raise(tenant, 2, claimOf('a', 3)), 'raise'), claimOf('a', 1), 'the claim that stands')
  }),
  check('raise: of many who raise at once, all are told of one', async ({ store }) => {
    await right(store.claim(tenant, [claimOf('a')]), 'claim')
    const raised = Array.from({ length: 10 }, (_, index) => ({ ...claimOf('a', 1), id: uuidOf('machine', index) }))
    const answers = await Promise.all(raised.map((claim) => right(store.raise(tenant, 0, claim), 'raise')))
    equal(new Set(answers.map(({ id }) => id)).size, 1, 'different winners')
    must(
      answers.every(({ generation }) => generation === 1),
      'a raise answered another generation'
    )
  })
]
