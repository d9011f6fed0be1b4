import { test } from 'vitest'
import { runSteps, syncOnce, World } from '../../src/testing/scenario/index.js'
import { worldOf } from './worlds.js'
import { stepsOf } from './steps.js'
test('x', async () => {
  const { now, given, steps } = stepsOf(worldOf(1, [{ deleteMail: 'm0' }, { editRecord: 'r0', set: { jobtitle: 'B' } }], { preset: 'careful' }))
  const world = new World(now, given); await world.seedLinks(given); await runSteps(world, steps)
  for (let i = 0; i < 3; i++) { await syncOnce(world, 'ann', false); console.log(JSON.stringify(world.lastReport?.decisions), JSON.stringify(world.lastReport?.held), world.lastReport?.outcome) }
})
