/** An appointment and a task on either side, as the presets know them; no meeting, which nobody is told of. */

const day = (n) => `2026-03-${String(1 + (n % 28)).padStart(2, '0')}`

const notes = (n) => `Notes of activity ${n}: ${'what was said and what is to be done, '.repeat(8)}`

export const appointment = {
  kind: 'appointment',
  type: 'appointment',
  state: 'scheduled',
  status: 'busy',
  mail: (n) => ({
    subject: `Appointment ${n}`,
    location: `Room ${n % 40}`,
    importance: 'normal',
    body: notes(n),
    start: `${day(n)}T09:00:00Z`,
    end: `${day(n)}T10:00:00Z`,
    isAllDay: false,
    timeZone: 'UTC',
    showAs: 'busy'
  }),
  record: (n) => ({
    subject: `Appointment ${n}`,
    location: `Room ${n % 40}`,
    prioritycode: 'normal',
    description: notes(n),
    scheduledstart: `${day(n)}T09:00:00Z`,
    scheduledend: `${day(n)}T10:00:00Z`,
    scheduleddurationminutes: 60,
    isalldayevent: false
  }),
  edit: (n) => ({ location: `Hall ${n}` })
}

export const task = {
  kind: 'task',
  type: 'task',
  state: 'open',
  status: 'inProgress',
  mail: (n) => ({
    subject: `Task ${n}`,
    importance: 'high',
    body: notes(n),
    startDate: day(n),
    dueDate: day(n + 7),
    percentComplete: 40,
    status: 'inProgress'
  }),
  record: (n) => ({
    subject: `Task ${n}`,
    prioritycode: 'high',
    description: notes(n),
    scheduledstart: day(n),
    scheduledend: day(n + 7),
    percentcomplete: 40
  }),
  edit: (n) => ({ subject: `New task ${n}` })
}
