/** One organisation, one mailbox of it, one installation synchronises an address (4.4/3). */
import { rmSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { memoryLinks, memoryMail, memoryRecords } from '../../src/adapters/memory/index.js'
import { sqlite } from '../../src/adapters/sqlite/index.js'
import { ownerClaim, ownershipOf, type Owner } from '../../src/engine/owner.js'
import { type Alert, createEngine, type EngineOptions, type LinkStore } from '../../src/index.js'
import { runs } from '../runs.js'

const address = 'ann@contoso.test'

/** Engines over one link store, each with a mailbox of its own that shows the same address. */
const shared = (links: LinkStore = memoryLinks()) => {
  const alerts: Array<Alert> = []
  const engine = (options: Partial<EngineOptions> & { readonly id?: string } = {}) => {
    const { id = 'ann', ...more } = options
    return createEngine({
      mailboxes: { [id]: { address, user: 'ann', mail: memoryMail().port } },
      records: memoryRecords().port,
      links,
      preset: 'dynamics',
      acrossTenants: true,
      onAlert: (alert) => alerts.push(alert),
      ...more
    })
  }
  return { engine, alerts, links }
}

const takenBy = async (sync: Promise<{ readonly stoppedBy?: { readonly facts?: object } }>) =>
  (await sync).stoppedBy?.facts

describe('whoever comes first has the mailbox', () => {
  test('another organisation is refused, and told once; nothing of its mailbox moves', async () => {
    const { engine, alerts } = shared()
    await engine({ tenant: 'contoso' }).sync('ann')
    const other = engine({ tenant: 'fabrikam' })
    const report = await other.sync('ann')
    expect(report).toMatchObject({
      outcome: 'completed',
      stoppedBy: { code: 'not-approved', facts: { takenBy: 'other-organisation' } },
      counts: { looked: 0 }
    })
    await other.sync('ann')
    expect(alerts.map(({ code, facts }) => [code, facts])).toEqual([
      ['not-approved', { trouble: 'taken', takenBy: 'other-organisation' }]
    ])
    expect((await other.explain('ann', 'mail', 'nothing')).code).toBe('not-approved')
  })

  test('no tenant feels another where nobody has said that they share mailboxes', async () => {
    const { engine } = shared()
    for (const tenant of ['contoso', 'fabrikam']) {
      const own = engine({ tenant, acrossTenants: false })
      expect(await takenBy(own.sync('ann'))).toBeUndefined()
      const mailboxes = { copy: { address, user: 'ann', mail: memoryMail().port } }
      expect(await takenBy(engine({ tenant, mailboxes, acrossTenants: false }).sync('copy'))).toEqual({
        takenBy: 'other-mailbox'
      })
      await own.forget({ mailbox: 'ann' })
      expect(await takenBy(engine({ tenant, mailboxes, acrossTenants: false }).sync('copy'))).toBeUndefined()
    }
  })

  test('the name under which all tenants claim is nobody’s tenant', () => {
    expect(() => shared().engine({ tenant: 'liaison/mailboxes' })).toThrow('tenant')
  })

  test('the report is plain JSON and names no other organisation’s mailbox', async () => {
    const { engine } = shared()
    await engine({ tenant: 'contoso', id: 'secret-id' }).sync('secret-id')
    const report = await engine({ tenant: 'fabrikam' }).sync('ann')
    expect(JSON.stringify(report)).not.toContain('secret-id')
  })

  test('so is another mailbox of the same organisation with that address, whatever its case', async () => {
    const { engine } = shared()
    await engine().sync('ann')
    const mailboxes = { copy: { address: 'ANN@Contoso.test', user: 'ann', mail: memoryMail().port } }
    expect(await takenBy(engine({ mailboxes }).sync('copy'))).toEqual({ takenBy: 'other-mailbox' })
  })

  test('the same mailbox from another machine is no other', async () => {
    const { engine } = shared()
    await engine({ seed: 'one' }).sync('ann')
    expect(await takenBy(engine({ seed: 'two' }).sync('ann'))).toBeUndefined()
  })

  test('taken over: the new one goes on, the former one finds so at its next cycle', async () => {
    const { engine } = shared()
    const former = engine({ tenant: 'contoso' })
    const next = engine({ tenant: 'fabrikam' })
    await former.sync('ann')
    await next.takeOver('ann')
    await next.takeOver('ann')
    expect(await takenBy(next.sync('ann'))).toBeUndefined()
    expect(await takenBy(former.sync('ann'))).toEqual({ takenBy: 'other-organisation' })
    await former.takeOver('ann')
    expect(await takenBy(former.sync('ann'))).toBeUndefined()
    expect(await takenBy(next.sync('ann'))).toEqual({ takenBy: 'other-organisation' })
  })

  test('a dry run claims nothing', async () => {
    const { engine } = shared()
    await engine({ tenant: 'contoso' }).plan('ann')
    expect(await takenBy(engine({ tenant: 'fabrikam' }).sync('ann'))).toBeUndefined()
  })

  test('nor does a mailbox that is not approved', async () => {
    const { engine } = shared()
    const mailboxes = { ann: { address, approved: false, mail: memoryMail().port } }
    await engine({ tenant: 'contoso', mailboxes }).sync('ann')
    expect(await takenBy(engine({ tenant: 'fabrikam' }).sync('ann'))).toBeUndefined()
  })

  test('a forgotten mailbox leaves no claim; one that is somebody else’s stays his', async () => {
    const { engine } = shared()
    await engine({ tenant: 'contoso' }).sync('ann')
    await engine({ tenant: 'fabrikam' }).forget({ mailbox: 'ann' })
    expect(await takenBy(engine({ tenant: 'fabrikam' }).sync('ann'))).toEqual({ takenBy: 'other-organisation' })
    await engine({ tenant: 'contoso' }).forget({ mailbox: 'ann' })
    expect(await takenBy(engine({ tenant: 'fabrikam' }).sync('ann'))).toBeUndefined()
  })

  test('the claim of a mailbox is one call of a quiet cycle, and no address stands in it', async () => {
    const { engine, links } = shared()
    await engine().sync('ann')
    const calls: Array<string> = []
    const counting: LinkStore = {
      ...links,
      claim: async (tenant, claims) => {
        calls.push(JSON.stringify([tenant, claims]))
        return links.claim(tenant, claims)
      }
    }
    const quiet = createEngine({
      mailboxes: { ann: { address, user: 'ann', mail: memoryMail().port } },
      records: memoryRecords().port,
      links: counting,
      preset: 'dynamics',
      acrossTenants: true
    })
    await quiet.sync('ann')
    expect(calls).toHaveLength(1)
    expect(calls[0]).not.toContain('contoso.test')
  })

  test('in SQLite, across two connections', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'liaison-owner-'))
    try {
      const path = join(folder, 'crm.db')
      const [one, two] = [sqlite({ path }), sqlite({ path })]
      await shared(one.links).engine({ tenant: 'contoso' }).sync('ann')
      const next = shared(two.links).engine({ tenant: 'fabrikam' })
      expect(await takenBy(next.sync('ann'))).toEqual({ takenBy: 'other-organisation' })
      await next.takeOver('ann')
      expect(await takenBy(next.sync('ann'))).toBeUndefined()
      await next.forget({ mailbox: 'ann' })
      await one.close()
      await two.close()
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

describe('one installation of a user (method client)', () => {
  const mailboxes = () => ({ ann: { address, method: 'client' as const, mail: memoryMail().port } })

  test('the first has it, the second is refused until it takes over', async () => {
    const { engine } = shared()
    const desk = engine({ mailboxes: mailboxes(), client: 'desk' })
    const laptop = engine({ mailboxes: mailboxes(), client: 'laptop' })
    await desk.sync('ann')
    expect(await takenBy(laptop.sync('ann'))).toEqual({ takenBy: 'other-client' })
    await laptop.takeOver('ann')
    expect(await takenBy(laptop.sync('ann'))).toBeUndefined()
    expect(await takenBy(desk.sync('ann'))).toEqual({ takenBy: 'other-client' })
  })

  test('an installation that is started again is the same one', async () => {
    const { engine } = shared()
    await engine({ mailboxes: mailboxes(), client: 'desk', seed: 'one' }).sync('ann')
    expect(await takenBy(engine({ mailboxes: mailboxes(), client: 'desk', seed: 'two' }).sync('ann'))).toBeUndefined()
  })

  test('a mailbox that was synchronised by a server is free for the first installation', async () => {
    const { engine } = shared()
    await engine({ client: 'server' }).sync('ann')
    await engine({ mailboxes: mailboxes(), client: 'desk' }).sync('ann')
    expect(await takenBy(engine({ mailboxes: mailboxes(), client: 'laptop' }).sync('ann'))).toEqual({
      takenBy: 'other-client'
    })
  })

  test('installations without a name are not told apart', async () => {
    const { engine } = shared()
    await engine({ mailboxes: mailboxes() }).sync('ann')
    expect(await takenBy(engine({ mailboxes: mailboxes() }).sync('ann'))).toBeUndefined()
  })
})

test('OWNER-1: of two that are not the same, at most one is told `own` by one claim', () => {
  const anyOwner: fc.Arbitrary<Owner> = fc.record({
    tenant: fc.constantFrom('a', 'b', 'a b'),
    mailbox: fc.constantFrom('m', 'n', 'b m'),
    client: fc.constantFrom('x', 'y')
  })
  fc.assert(
    fc.property(anyOwner, anyOwner, anyOwner, (holder, one, two) => {
      const stands = ownerClaim(address, holder, 0, 0)
      const isSame = JSON.stringify(one) === JSON.stringify(two)
      expect(ownershipOf(stands, holder)).toBe('own')
      if (!isSame) expect([one, two].filter((asking) => ownershipOf(stands, asking) === 'own').length).toBeLessThan(2)
    }),
    runs()
  )
})
