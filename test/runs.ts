/** How often a property runs: a thousand times, or as often as LIAISON_RUNS asks. `part` is the share of a costly one. */
const asked = Number(process.env['LIAISON_RUNS'] ?? '1000')

export const runs = (part = 1): { readonly numRuns: number } => ({
  numRuns: Math.max(1, Math.round((Number.isFinite(asked) && asked > 0 ? asked : 1000) * part))
})
