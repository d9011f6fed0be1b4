/** Promises of leases: one holder at a time by the store's clock, a token that grows, and no commit by an old one. */
import type { LeaseAnswer } from '../../engine/ports.js'
import type { Check } from './check.js'
import { check } from './check.js'
import { equal, left, must, right } from './expect.js'
import { at, lease, linkOf, longMs } from './sample.js'
import type { LinkStage } from './stage.js'

/** A term that a check may see the end of, and the wait for its end. */
const termMs = (stage: LinkStage): number => (stage.advance === undefined ? 100 : longMs)

const pass = async (stage: LinkStage, ms: number): Promise<void> => {
  if (stage.advance !== undefined) await stage.advance(ms)
  else await new Promise((resolve) => setTimeout(resolve, ms))
}

const ask = (stage: LinkStage, holder: string, ttlMs = longMs): Promise<LeaseAnswer> =>
  right(stage.store.lease(at.tenant, at.mailbox, holder, ttlMs), 'lease')

const leased = (answer: LeaseAnswer) => {
  must(answer._tag === 'Leased', 'expected the lease, got Busy')
  return answer
}

const touched = (
  token: { readonly token: number; readonly holder?: string },
  held: Awaited<ReturnType<typeof lease>>
) => ({
  lease: { ...held, ...token },
  mailbox: at.mailbox,
  links: [linkOf('refused')]
})

export const leaseChecks: ReadonlyArray<Check<LinkStage>> = [
  check('lease: the first holder gets it', async (stage) => {
    const answer = leased(await ask(stage, 'holder-1'))
    equal(
      [answer.lease.tenant, answer.lease.name, answer.lease.holder, answer.forced],
      [at.tenant, at.mailbox, 'holder-1', false],
      'tenant, name, holder, forced'
    )
  }),
  check('lease: a live one is busy for another holder', async (stage) => {
    const { untilMs } = await lease(stage.store)
    const answer = await ask(stage, 'holder-2')
    must(answer._tag === 'Busy', 'two holders have one lease')
    equal(answer.untilMs, untilMs, 'the end of the term')
  }),
  check('lease: its holder renews it with the same token and a later end', async (stage) => {
    const first = await lease(stage.store)
    await pass(stage, 10)
    const again = leased(await ask(stage, 'holder-1'))
    equal([again.lease.token, again.forced], [first.token, false], 'token, forced')
    must(again.lease.untilMs > first.untilMs, 'the term did not grow')
  }),
  check('lease: an expired one goes to who asks, with a larger token, as forced', async (stage) => {
    const first = await lease(stage.store, 'holder-1', at, termMs(stage))
    await pass(stage, termMs(stage) + 1)
    const answer = leased(await ask(stage, 'holder-2'))
    must(answer.lease.token > first.token, 'the token did not grow')
    equal(answer.forced, true, 'forced')
    equal((await ask(stage, 'holder-1'))._tag, 'Busy', 'the lease to the old holder')
  }),
  check('lease: an expired one is taken anew by its old holder too, with a larger token', async (stage) => {
    const first = await lease(stage.store, 'holder-1', at, termMs(stage))
    await pass(stage, termMs(stage) + 1)
    const again = await lease(stage.store)
    must(again.token > first.token, 'the token did not grow')
    await left(stage.store.transact(touched({ token: first.token }, first)), 'LeaseLost', 'a commit with the old token')
  }),
  check('lease: after a release the next holder gets a larger token, and not by force', async (stage) => {
    const first = await lease(stage.store)
    await right(stage.store.release(first), 'release')
    const answer = leased(await ask(stage, 'holder-2'))
    must(answer.lease.token > first.token, 'the token did not grow')
    equal(answer.forced, false, 'forced')
  }),
  check('lease: who takes it again after a release gets a larger token too', async (stage) => {
    const first = await lease(stage.store)
    await right(stage.store.release(first), 'release')
    must((await lease(stage.store)).token > first.token, 'the token did not grow')
  }),
  check('lease: an old holder cannot release the lease of the new one', async (stage) => {
    const old = await lease(stage.store, 'holder-1', at, termMs(stage))
    await pass(stage, termMs(stage) + 1)
    await lease(stage.store, 'holder-2')
    await right(stage.store.release(old), 'release of an old lease')
    equal((await ask(stage, 'holder-3'))._tag, 'Busy', 'the lease of the new holder')
  }),
  check('lease: of many who ask at once, one gets it', async (stage) => {
    const holders = Array.from({ length: 10 }, (_, index) => `holder-${index}`)
    const answers = await Promise.all(holders.map((holder) => ask(stage, holder)))
    equal(answers.filter(({ _tag }) => _tag === 'Leased').length, 1, 'holders')
  }),
  check('lease: other names and other tenants are other leases', async (stage) => {
    await lease(stage.store)
    for (const [tenant, name] of [
      [at.tenant, 'bob'],
      ['tenant-2', at.mailbox],
      ['tenant-1\u0000', at.mailbox],
      [at.tenant + at.mailbox, '']
    ] as const) {
      const { lease: theirs } = leased(await right(stage.store.lease(tenant, name, 'holder-1', longMs), 'lease'))
      await right(stage.store.release(theirs), 'release')
    }
    equal((await ask(stage, 'holder-2'))._tag, 'Busy', 'the first lease')
  }),
  check('fencing: a commit by an old holder is LeaseLost and leaves nothing', async (stage) => {
    const old = await lease(stage.store, 'holder-1', at, termMs(stage))
    await pass(stage, termMs(stage) + 1)
    await lease(stage.store, 'holder-2')
    await left(stage.store.transact(touched({ token: old.token }, old)), 'LeaseLost', 'a commit with an old token')
    equal(await right(stage.store.walk(at, undefined, 10), 'walk'), [], 'links')
  }),
  check('fencing: a commit after a release is LeaseLost', async (stage) => {
    const held = await lease(stage.store)
    await right(stage.store.release(held), 'release')
    await left(stage.store.transact(touched({ token: held.token }, held)), 'LeaseLost', 'a commit after a release')
    equal(await right(stage.store.walk(at, undefined, 10), 'walk'), [], 'links')
  }),
  check('fencing: a commit with a token that nobody gave is LeaseLost', async (stage) => {
    const held = await lease(stage.store)
    for (const token of [held.token + 1, held.token - 1, 0]) {
      await left(stage.store.transact(touched({ token }, held)), 'LeaseLost', `token ${token - held.token} off`)
    }
    await left(stage.store.transact(touched({ token: held.token, holder: 'x' }, held)), 'LeaseLost', 'another holder')
    const elsewhere = { ...held, tenant: 'tenant-2' }
    await left(stage.store.transact(touched({ token: held.token }, elsewhere)), 'LeaseLost', "another tenant's lease")
    const unnamed = { ...held, name: 'nobody' }
    await left(stage.store.transact(touched({ token: held.token }, unnamed)), 'LeaseLost', 'a lease nobody took')
    equal(await right(stage.store.walk(at, undefined, 10), 'walk'), [], 'links')
  }),
  check('fencing: a commit by the holder goes through, also after a renewal', async (stage) => {
    const first = await lease(stage.store)
    await lease(stage.store)
    await right(stage.store.transact({ lease: first, mailbox: at.mailbox, links: [linkOf('a')] }), 'transact')
    equal((await right(stage.store.walk(at, undefined, 10), 'walk')).length, 1, 'links')
  })
]
