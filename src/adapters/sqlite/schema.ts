/**
 * The tables, as a list of migrations: `user_version` is how many of them a file has seen. A file of a newer liaison,
 * or of another application that counts for itself, is refused and never misread.
 *
 * Every key of the link store begins with the tenant. Columns that are compared hold keys (`text.ts`); all else of a
 * row is one JSON text, `body`, so that every value comes back exactly as it was.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Result } from '../../model/index.js'
import { fail, ok } from '../../model/index.js'
import type { Connection } from './connection.js'
import { inTransaction } from './connection.js'

/** "liai" in the header of the file: tells our `user_version` from another application's. */
const applicationId = 0x6c696169

const migrations: ReadonlyArray<string> = [
  `
  CREATE TABLE liaison_counters (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO liaison_counters VALUES ('inbox', 0), ('log', 0);

  CREATE TABLE liaison_leases (
    tenant TEXT NOT NULL, name TEXT NOT NULL, holder TEXT, token INTEGER NOT NULL, until_ms INTEGER NOT NULL,
    PRIMARY KEY (tenant, name)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE liaison_claims (
    tenant TEXT NOT NULL, identity TEXT NOT NULL, generation INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (tenant, identity)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE liaison_links (
    tenant TEXT NOT NULL, mailbox TEXT NOT NULL, id TEXT NOT NULL, item TEXT NOT NULL, record TEXT NOT NULL,
    body TEXT NOT NULL, base TEXT NOT NULL,
    PRIMARY KEY (tenant, mailbox, id)
  ) STRICT;
  -- The mailbox comes last: the same index serves one mailbox and all of the tenant.
  CREATE INDEX liaison_links_item ON liaison_links (tenant, item, mailbox);
  CREATE INDEX liaison_links_record ON liaison_links (tenant, record, mailbox);

  CREATE TABLE liaison_related (
    tenant TEXT NOT NULL, ref TEXT NOT NULL, mailbox TEXT NOT NULL, link TEXT NOT NULL,
    PRIMARY KEY (tenant, ref, mailbox, link)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX liaison_related_link ON liaison_related (tenant, mailbox, link);

  CREATE TABLE liaison_former (
    tenant TEXT NOT NULL, mailbox TEXT NOT NULL, id TEXT NOT NULL, item TEXT NOT NULL, record TEXT NOT NULL,
    body TEXT NOT NULL, base TEXT NOT NULL,
    PRIMARY KEY (tenant, mailbox, id)
  ) STRICT;
  CREATE INDEX liaison_former_item ON liaison_former (tenant, item, mailbox);
  CREATE INDEX liaison_former_record ON liaison_former (tenant, record, mailbox);

  CREATE TABLE liaison_intents (
    tenant TEXT NOT NULL, mailbox TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (tenant, mailbox, key)
  ) STRICT, WITHOUT ROWID;

  -- The id alone is the key: it grows over all mailboxes and is never used again, also where rows were removed.
  CREATE TABLE liaison_pending (
    id INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, mailbox TEXT NOT NULL, body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX liaison_pending_mailbox ON liaison_pending (tenant, mailbox, id);

  CREATE TABLE liaison_inbox (
    tenant TEXT NOT NULL, mailbox TEXT NOT NULL, type TEXT NOT NULL, ref TEXT NOT NULL, seq INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant, mailbox, type, ref)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX liaison_inbox_seq ON liaison_inbox (tenant, mailbox, seq);

  CREATE TABLE liaison_due (
    tenant TEXT NOT NULL, mailbox TEXT NOT NULL, key TEXT NOT NULL, rests INTEGER NOT NULL, wakes_at_ms REAL,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant, mailbox, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX liaison_due_awake ON liaison_due (tenant, mailbox, key) WHERE rests = 0;
  CREATE INDEX liaison_due_sleeping ON liaison_due (tenant, mailbox, wakes_at_ms)
    WHERE rests = 1 AND wakes_at_ms IS NOT NULL;

  CREATE TABLE liaison_decisions (
    tenant TEXT NOT NULL, mailbox TEXT NOT NULL, side TEXT NOT NULL, ref TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (tenant, mailbox, side, ref)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE liaison_conflicts (
    tenant TEXT NOT NULL, mailbox TEXT NOT NULL, item TEXT NOT NULL, record TEXT NOT NULL, field TEXT NOT NULL,
    cycle TEXT NOT NULL, at_ms REAL NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (tenant, mailbox, item, record, field, cycle)
  ) STRICT;
  CREATE INDEX liaison_conflicts_age ON liaison_conflicts (tenant, mailbox, at_ms);

  CREATE TABLE liaison_state (
    tenant TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (tenant, name)
  ) STRICT, WITHOUT ROWID;

  -- Records of the application. seq is the place of a record's last change in the log, and so its version; a record
  -- that was removed stays as a tombstone (gone = 1) without content.
  CREATE TABLE liaison_records (
    type TEXT NOT NULL, ref TEXT NOT NULL, seq INTEGER NOT NULL UNIQUE, gone INTEGER NOT NULL,
    owner TEXT, state TEXT NOT NULL, status TEXT, created_ms REAL, changed_ms REAL, fields TEXT NOT NULL,
    PRIMARY KEY (type, ref)
  ) STRICT;
  -- A ref is one record's, whatever its type; tombstones of other types may bear it still.
  CREATE UNIQUE INDEX liaison_records_ref ON liaison_records (ref) WHERE gone = 0;
  CREATE INDEX liaison_records_log ON liaison_records (type, seq);
  CREATE INDEX liaison_records_owner ON liaison_records (type, owner, ref) WHERE gone = 0;

  -- Values of those fields that records are looked up by: a field joins liaison_indexed when it is first asked for.
  CREATE TABLE liaison_indexed (
    type TEXT NOT NULL, field TEXT NOT NULL, PRIMARY KEY (type, field)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE liaison_terms (
    type TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, ref TEXT NOT NULL,
    PRIMARY KEY (type, field, value, ref)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX liaison_terms_ref ON liaison_terms (type, ref);
  `,
  `
  CREATE TABLE liaison_history (
    tenant TEXT NOT NULL, mailbox TEXT NOT NULL, key TEXT NOT NULL, cycle TEXT NOT NULL, side TEXT NOT NULL,
    ref TEXT NOT NULL, other TEXT NOT NULL, at_ms REAL NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (tenant, mailbox, key)
  ) STRICT;
  CREATE INDEX liaison_history_ref ON liaison_history (tenant, mailbox, side, ref, key);
  CREATE INDEX liaison_history_cycle ON liaison_history (tenant, mailbox, cycle, key);
  CREATE INDEX liaison_history_age ON liaison_history (tenant, mailbox, at_ms);

  -- Of a decision: when it was made, or was last found to be about a thing that has a link.
  ALTER TABLE liaison_decisions ADD COLUMN kept_ms REAL NOT NULL DEFAULT 0;
  UPDATE liaison_decisions SET kept_ms = CASE
    WHEN json_valid(body) AND json_type(body, '$.atMs') IN ('integer', 'real') THEN json_extract(body, '$.atMs') ELSE 0
  END;
  CREATE INDEX liaison_decisions_age ON liaison_decisions (tenant, mailbox, kept_ms);
  `,
  `
  -- What records are found by is derived from them: it is made anew when it is first asked for. A release that reads
  -- fields in another way empties both tables.
  DROP TABLE liaison_terms;
  DROP TABLE liaison_indexed;
  CREATE TABLE liaison_indexed (
    id INTEGER PRIMARY KEY, type TEXT NOT NULL, code TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (type, code)
  ) STRICT;
  -- In the order in which hits are told: the first few of a term are a range of the key.
  CREATE TABLE liaison_terms (
    index_id INTEGER NOT NULL, term TEXT NOT NULL, created_ms REAL NOT NULL, ref TEXT NOT NULL,
    PRIMARY KEY (index_id, term, created_ms DESC, ref)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX liaison_terms_ref ON liaison_terms (ref);

  -- A person's answer to a conflict has a member of another name.
  UPDATE liaison_pending
  SET body = json_remove(json_set(body, '$.gesture.answer', json_extract(body, '$.gesture.keep')), '$.gesture.keep')
  WHERE CASE WHEN json_valid(body) THEN json_extract(body, '$.gesture._tag') END = 'Resolve'
    AND json_extract(body, '$.gesture.keep') IS NOT NULL;
  `
]

/** How many migrations this release knows. */
const schemaVersion = migrations.length

const header = (db: Connection, name: 'user_version' | 'application_id'): number => {
  const row = db.row(`PRAGMA ${name}`)
  return typeof row === 'object' && row !== null ? Number(Reflect.get(row, name)) : 0
}

/** Brings a file to this release's schema, in one transaction; refuses what it does not know. */
export const migrate = (db: Connection): Result<void> => {
  const seen = knownVersion(db)
  if (seen._tag === 'Left' || seen.right === schemaVersion) return E.map(() => undefined)(seen)
  return inTransaction(db, () => {
    // Asked again: another process may have migrated while this one waited for the lock.
    const version = knownVersion(db)
    if (version._tag === 'Left') return version
    for (const migration of migrations.slice(version.right)) db.exec(migration)
    db.exec(`PRAGMA application_id = ${applicationId}`)
    db.exec(`PRAGMA user_version = ${schemaVersion}`)
    return ok(undefined)
  })
}

const knownVersion = (db: Connection): Result<number> => {
  const application = header(db, 'application_id')
  const version = header(db, 'user_version')
  if (application !== applicationId && (application !== 0 || version !== 0)) {
    return fail({
      _tag: 'Unsupported',
      what: `a database of another application (application_id ${application}, user_version ${version})`,
      remedy: 'give liaison a database file of its own'
    })
  }
  if (version <= schemaVersion) return ok(version)
  return fail({
    _tag: 'Unsupported',
    what: `a database of schema ${version}; this release knows ${schemaVersion}`,
    remedy: 'install the newer release of liaison that wrote it'
  })
}
