// The floors of the house: imports go downwards, and siblings do not see each other.
const below = (name, folder, floors) => ({
  name: `floor-${name}`,
  comment: `${name} sees ${floors.join(', ')} and nothing above`,
  severity: 'error',
  from: { path: folder },
  to: { path: '^src/', pathNot: floors.map((floor) => `^src/${floor}`) }
})

const codec = '[.]codec[.]ts$'

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    below('model', '^src/model/', ['model/']),
    below('mapping', '^src/mapping/', ['model/', 'mapping/']),
    below('filters', '^src/filters/', ['model/', 'filters/']),
    below('schedule', '^src/schedule/', ['model/', 'schedule/']),
    below('engine', '^src/engine/(?!run/)', ['model/', 'mapping/', 'filters/', 'schedule/', 'engine/(?!run/)']),
    below('run', '^src/engine/run/', ['model/', 'mapping/', 'filters/', 'schedule/', 'engine/']),
    below('adapters', '^src/adapters/([^/]+)/', ['model/', 'engine/ports', 'filters/rewrite', 'adapters/$1/']),
    below('testing', '^src/testing/', [
      ...['model/', 'mapping/', 'filters/', 'schedule/', 'engine/', 'testing/'],
      'adapters/memory/'
    ]),
    {
      name: 'face',
      comment: 'the face brings neither an adapter nor the testing kit into every bundle',
      severity: 'error',
      from: { path: '^src/[^/]+$' },
      to: { path: '^src/(adapters|testing)/' }
    },
    {
      name: 'circular',
      severity: 'error',
      from: {},
      to: { circular: true }
    },
    {
      name: 'circular-stages',
      comment: 'stages hand on to each other in one direction',
      severity: 'error',
      scope: 'folder',
      from: { path: '^src/engine/[^/]+$' },
      to: { circular: true, viaOnly: '^src/engine/[^/]+$' }
    },
    {
      name: 'platform',
      comment: 'the package runs in browsers: only adapters and the testing kit know Node',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(adapters|testing)/' },
      to: { dependencyTypes: ['core'] }
    },
    {
      name: 'io-ts-in-codecs-only',
      comment: 'bundlers keep top-level io-ts calls: one beside logic brings io-ts into every bundle',
      severity: 'error',
      from: { path: '^src/', pathNot: codec },
      to: { path: 'node_modules/io-ts/' }
    },
    {
      name: 'codecs-at-doors-only',
      comment: 'codecs are for settings, run, adapters and liaison/codecs; what is inside is decoded already',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: [codec, '^src/codecs[.]ts$', '^src/engine/settings', '^src/engine/run/', '^src/adapters/']
      },
      to: { path: codec }
    },
    {
      name: 'optional-peers',
      comment: 'an optional peer may be missing: only adapters and the testing kit may name one',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(adapters|testing)/' },
      to: { path: 'node_modules/(better-sqlite3|fast-check|nodemailer|postal-mime)/' }
    },
    {
      name: 'unlisted',
      comment: 'users do not have what is in devDependencies only',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm-peer'] }
    },
    {
      name: 'unresolvable',
      comment: 'what cannot be resolved cannot be checked',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true }
    }
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] }
  }
}
