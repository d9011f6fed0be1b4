/** Servers that send by themselves with every write (`invitations: implicit`): nobody hears what nobody has allowed. */
import { describe, expect, test } from 'vitest'
import { ann, bob, cycleOf, dayMs, meetingFields, onlyItem, silence, startMs, worldOf } from './world.js'

const zoe = 'zoe@fabrikam.test'
const future = startMs + 9 * dayMs
const implicit = { mailCan: { invitations: 'implicit' } as const }

const meeting = (attendees: ReadonlyArray<string>, more = {}) => ({
  ref: 'a1',
  type: 'appointment',
  owner: 'ann',
  state: 'scheduled',
  status: 'busy',
  fields: meetingFields(future, attendees, more)
})

describe('a server that sends by itself', () => {
  test('`send`: the organizer’s meeting is made, changed and deleted, and the report says who was told', async () => {
    const world = worldOf(implicit)
    world.records.host.put(meeting([zoe]))
    expect((await cycleOf(world, 'ann')).messages).toEqual({ ...silence, invitations: 1 })
    world.records.host.edit('a1', { set: { location: 'Hall' } })
    expect((await world.engine.sync('ann')).messages).toMatchObject({ ...silence, updates: 1 })
    world.records.host.remove('a1')
    expect((await cycleOf(world, 'ann')).messages).toEqual({ ...silence, cancellations: 1 })
  })

  test('`hold`: a new meeting waits for the yes, and is not made before', async () => {
    const world = worldOf({ ...implicit, settings: { invitations: 'hold' } })
    world.records.host.put(meeting([zoe]))
    const [held] = (await world.engine.sync('ann')).held
    expect(held?.guard).toBe('invitations')
    expect(world.mail.ann.host.all()).toEqual([])
    await world.engine.approve('ann', held?.planHash ?? '')
    expect((await cycleOf(world, 'ann')).messages).toEqual({ ...silence, invitations: 1 })
  })

  test('`hold`: an attendee more, another place and the deletion wait like the invitation', async () => {
    const world = worldOf({ ...implicit, settings: { invitations: 'hold' } })
    world.records.host.put(meeting([]))
    await world.engine.sync('ann')
    for (const set of [{ requiredattendees: [zoe] }, { location: 'Hall' }]) {
      world.records.host.edit('a1', { set })
      expect(await cycleOf(world, 'ann')).toEqual({ mail: 0, records: 0, messages: silence })
    }
    const { ref } = onlyItem(world.mail.ann)
    world.mail.ann.host.edit(ref, { set: { requiredAttendees: [zoe] } })
    await world.engine.sync('ann')
    world.records.host.remove('a1')
    expect(await cycleOf(world, 'ann')).toEqual({ mail: 0, records: 0, messages: silence })
    expect((await world.engine.explain('ann', 'mail', ref)).code).toBe('awaiting-approval')
  })

  test('`none`: nothing is told: no meeting with attendees is made, none is deleted', async () => {
    const world = worldOf({ ...implicit, settings: { invitations: 'none' } })
    world.records.host.put(meeting([zoe]))
    expect(await cycleOf(world, 'ann')).toEqual({ mail: 0, records: 0, messages: silence })
    expect((await world.engine.explain('ann', 'record', 'a1')).code).toBe('kept-silent')
    world.records.host.edit('a1', { set: { requiredattendees: [] } })
    await world.engine.sync('ann')
    const item = onlyItem(world.mail.ann)
    world.mail.ann.host.edit(item.ref, { set: { requiredAttendees: [zoe] } })
    await world.engine.sync('ann')
    world.records.host.remove('a1')
    expect(await cycleOf(world, 'ann')).toEqual({ mail: 0, records: 0, messages: silence })
    expect((await world.engine.explain('ann', 'mail', item.ref)).code).toBe('kept-silent')
  })

  test('an attendee’s copy and a past meeting are not made: the server would invite from there', async () => {
    const world = worldOf(implicit)
    world.records.host.put(meeting([zoe, bob]))
    expect(await cycleOf(world, 'bob')).toEqual({ mail: 0, records: 0, messages: silence })
    world.records.host.put({
      ...meeting([zoe]),
      ref: 'a2',
      fields: meetingFields(startMs - dayMs, [zoe])
    })
    expect((await cycleOf(world, 'ann')).messages).toEqual({ ...silence, invitations: 2 })
    expect((await world.engine.explain('ann', 'record', 'a2')).code).toBe('kept-silent')
  })

  test('a service activity has no attendees there, and nobody is told of it', async () => {
    const world = worldOf(implicit)
    world.records.host.put({ ...meeting([ann, zoe]), type: 'service-appointment' })
    expect(await cycleOf(world, 'ann')).toMatchObject({ mail: 1, messages: silence })
    const { fields } = onlyItem(world.mail.ann)
    expect(fields['requiredAttendees'] ?? null).toBeNull()
    world.records.host.edit('a1', { set: { location: 'Yard', requiredattendees: [zoe, bob] } })
    expect((await cycleOf(world, 'ann')).messages).toEqual(silence)
    expect(onlyItem(world.mail.ann).fields).toMatchObject({ location: 'Yard' })
    expect(await cycleOf(world, 'ann')).toEqual({ mail: 0, records: 0, messages: silence })
  })
})
