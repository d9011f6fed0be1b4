/** Every sentence that the quickstart prints as a fact is held against the world first. One that fails is exit 1. */
let failed = 0
let held = 0

export const claim = (sentence, holds) => {
  if (holds) held += 1
  else failed += 1
  console.log(`  ${holds ? 'ok  ' : 'FAIL'} ${sentence}`)
}

/** The last line, and the exit status. */
export const verdict = () => {
  console.log(failed === 0 ? `All ${held} claims hold.` : `${failed} of ${held + failed} claims do not hold.`)
  return failed === 0 ? 0 : 1
}
