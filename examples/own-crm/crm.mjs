/**
 * An application that was there before: three tables, ids that count up, a time of the last change, and a mark where
 * somebody was deleted. It knows nothing of liaison.
 */
import { DatabaseSync } from 'node:sqlite'

const tables = `
  CREATE TABLE companies (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, updated_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
  );
  CREATE TABLE people (
    id INTEGER PRIMARY KEY AUTOINCREMENT, company_id INTEGER REFERENCES companies, first_name TEXT, last_name TEXT,
    email TEXT, phone TEXT, mobile TEXT, position TEXT,
    updated_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, deleted_at TEXT
  );
  CREATE TABLE notes (id INTEGER PRIMARY KEY AUTOINCREMENT, person_id INTEGER NOT NULL REFERENCES people, body TEXT);
  CREATE VIEW address_book AS
    SELECT people.*, companies.name AS company,
      max(people.updated_at, coalesce(companies.updated_at, people.updated_at)) AS changed_at
    FROM people LEFT JOIN companies ON companies.id = people.company_id;`

const columns = ['company_id', 'first_name', 'last_name', 'email', 'phone', 'mobile', 'position']

export const openCrm = (path = ':memory:') => {
  const db = new DatabaseSync(path)
  db.exec(tables)
  const insert = (table, row) => {
    const names = Object.keys(row)
    const sql = `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`
    return Number(db.prepare(sql).run(...Object.values(row)).lastInsertRowid)
  }
  const known = (row) => Object.fromEntries(Object.entries(row).filter(([name]) => columns.includes(name)))
  return {
    addCompany: (name) => insert('companies', { name }),
    renameCompany: (id, name) =>
      db.prepare('UPDATE companies SET name = ?, updated_at = CURRENT_TIMESTAMP WHERE id = ?').run(name, id),
    addPerson: (row) => insert('people', known(row)),
    changePerson: (id, row) => {
      const set = [...Object.keys(known(row)).map((name) => `${name} = ?`), 'updated_at = CURRENT_TIMESTAMP']
      db.prepare(`UPDATE people SET ${set.join(', ')} WHERE id = ?`).run(...Object.values(known(row)), id)
    },
    removePerson: (id) =>
      db
        .prepare('UPDATE people SET updated_at = CURRENT_TIMESTAMP, deleted_at = CURRENT_TIMESTAMP WHERE id = ?')
        .run(id),
    addNote: (personId, body) => insert('notes', { person_id: personId, body }),
    notes: () => db.prepare('SELECT * FROM notes ORDER BY id').all(),
    person: (id) => db.prepare('SELECT * FROM address_book WHERE id = ?').get(id),
    people: () => db.prepare('SELECT * FROM address_book ORDER BY id').all(),
    query: (sql, ...values) => db.prepare(sql).all(...values),
    close: () => db.close()
  }
}
