/**
 * Writes `samples/calendar` and `samples/tasks`: appointments and tasks as the named programs write them, with those
 * programs' zones, folds and properties. The people are invented and live at reserved domains. Run it again after an
 * edit: `node examples/quickstart/calendar-samples.mjs`.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const samples = join(import.meta.dirname, 'samples')

/** Cuts a content line after 75 bytes of UTF-8, never within a character. */
const fold = (line) => {
  const pieces = ['']
  let used = 0
  for (const character of line) {
    const bytes = Buffer.byteLength(character)
    if (used + bytes > 75) {
      pieces.push('')
      used = 1
    }
    pieces[pieces.length - 1] += character
    used += bytes
  }
  return pieces.join('\r\n ')
}

const calendar = (...lines) => ['BEGIN:VCALENDAR', ...lines.flat(), 'END:VCALENDAR', ''].map(fold).join('\r\n')

const component =
  (name) =>
  (...lines) => [`BEGIN:${name}`, ...lines.flat(), `END:${name}`]

const event = component('VEVENT')
const todo = component('VTODO')
const alarm = component('VALARM')

/** The rules of Central Europe, as each program spells them and under the name that it has for them. */
const centralEurope = (tzid, ...own) =>
  component('VTIMEZONE')(
    `TZID:${tzid}`,
    ...own,
    component('STANDARD')(
      'DTSTART:16010101T030000',
      'TZOFFSETFROM:+0200',
      'TZOFFSETTO:+0100',
      'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10'
    ),
    component('DAYLIGHT')(
      'DTSTART:16010101T020000',
      'TZOFFSETFROM:+0100',
      'TZOFFSETTO:+0200',
      'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3'
    )
  )

const newYork = component('VTIMEZONE')(
  'TZID:America/New_York',
  component('DAYLIGHT')(
    'DTSTART:20070311T020000',
    'TZOFFSETFROM:-0500',
    'TZOFFSETTO:-0400',
    'TZNAME:EDT',
    'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU'
  ),
  component('STANDARD')(
    'DTSTART:20071104T020000',
    'TZOFFSETFROM:-0400',
    'TZOFFSETTO:-0500',
    'TZNAME:EST',
    'RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU'
  )
)

const google = ['PRODID:-//Google Inc//Google Calendar 70.9054//EN', 'VERSION:2.0', 'CALSCALE:GREGORIAN']
const apple = ['VERSION:2.0', 'PRODID:-//Apple Inc.//macOS 14.4//EN', 'CALSCALE:GREGORIAN']
const outlook = ['PRODID:-//Microsoft Corporation//Outlook 16.0 MIMEDIR//EN', 'VERSION:2.0', 'METHOD:PUBLISH']
const exchange = ['METHOD:REQUEST', 'PRODID:Microsoft Exchange Server 2010', 'VERSION:2.0']
const thunderbird = ['PRODID:-//Mozilla.org/NONSGML Mozilla Calendar V1.1//EN', 'VERSION:2.0']
const nextcloud = ['VERSION:2.0', 'PRODID:-//IDN nextcloud.com//Calendar app 4.7.2//EN', 'CALSCALE:GREGORIAN']
const sabre = ['VERSION:2.0', 'PRODID:-//Sabre//Sabre VObject 4.5.4//EN', 'CALSCALE:GREGORIAN']
const davx5 = (app) => ['VERSION:2.0', `PRODID:DAVx5/4.4-ose ical4j/3.2.19 (${app})`]

const ann = 'ORGANIZER;CN=Ann Roy:mailto:ann@contoso.test'

const events = {
  // Google: the zone is an IANA name, or everything is UTC.
  'google-quarterly-review.ics': calendar(
    google,
    'X-WR-CALNAME:ann@contoso.test',
    'X-WR-TIMEZONE:Europe/Madrid',
    centralEurope('Europe/Madrid', 'X-LIC-LOCATION:Europe/Madrid'),
    event(
      'DTSTART;TZID=Europe/Madrid:20260312T100000',
      'DTEND;TZID=Europe/Madrid:20260312T113000',
      'DTSTAMP:20260220T091500Z',
      ann,
      'UID:3k9q2f7m1v5n8b4c6x0z@google.com',
      'ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN=Luis Ortega;X-NUM-GUESTS=0:mailto:luis.ortega@fabrikam.test',
      'ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=OPT-PARTICIPANT;PARTSTAT=NEEDS-ACTION;CN=Dana Whitfield;X-NUM-GUESTS=0:mailto:dana.whitfield@fabrikam.test',
      'ATTENDEE;CUTYPE=RESOURCE;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN=Room Ebro:mailto:room-ebro@contoso.test',
      'X-GOOGLE-CONFERENCE:https://meet.contoso.test/qrt-vbnm-pqr',
      'CREATED:20260218T160204Z',
      'DESCRIPTION:Figures of the first quarter\\, and what follows from them.',
      'LAST-MODIFIED:20260220T091500Z',
      'LOCATION:Room Ebro',
      'SEQUENCE:1',
      'STATUS:CONFIRMED',
      'SUMMARY:Quarterly review',
      'TRANSP:OPAQUE',
      alarm('ACTION:DISPLAY', 'DESCRIPTION:This is an event reminder', 'TRIGGER:-P0DT0H30M0S')
    )
  ),
  'google-supplier-call-in-utc.ics': calendar(
    google,
    event(
      'DTSTART:20260310T140000Z',
      'DTEND:20260310T143000Z',
      'DTSTAMP:20260301T080000Z',
      'ORGANIZER;CN=Luis Ortega:mailto:luis.ortega@fabrikam.test',
      'UID:5t8w1c4r7y0u3i6o9p2a@google.com',
      'ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=TENTATIVE;CN=Ann Roy;X-NUM-GUESTS=0:mailto:ann@contoso.test',
      'SUMMARY:Supplier call',
      'STATUS:CONFIRMED',
      'TRANSP:OPAQUE'
    )
  ),
  'google-weekly-stand-up.ics': calendar(
    google,
    centralEurope('Europe/Madrid', 'X-LIC-LOCATION:Europe/Madrid'),
    event(
      'DTSTART;TZID=Europe/Madrid:20260304T091500',
      'DTEND;TZID=Europe/Madrid:20260304T093000',
      'RRULE:FREQ=WEEKLY;WKST=MO;UNTIL=20260624T071500Z;BYDAY=WE',
      'EXDATE;TZID=Europe/Madrid:20260401T091500',
      'DTSTAMP:20260220T091500Z',
      ann,
      'UID:7h2j5k8l1m4n7b0v3c6x@google.com',
      'SUMMARY:Stand-up of the purchasing team',
      'STATUS:CONFIRMED',
      'TRANSP:OPAQUE'
    )
  ),

  // Apple: places with coordinates, alarms with ids and with what was done about them.
  'apple-site-visit.ics': calendar(
    apple,
    centralEurope('Europe/Madrid'),
    event(
      'CREATED:20260210T101112Z',
      'UID:6F1D0A52-3B7E-4C1B-9E55-0D4A7C2B1101',
      'DTEND;TZID=Europe/Madrid:20260318T180000',
      'TRANSP:OPAQUE',
      'X-APPLE-TRAVEL-ADVISORY-BEHAVIOR:AUTOMATIC',
      'SUMMARY:Site visit',
      'LAST-MODIFIED:20260211T070000Z',
      'DTSTAMP:20260211T070001Z',
      'DTSTART;TZID=Europe/Madrid:20260318T163000',
      'LOCATION:Calle del Puerto 8\\n28001 Madrid',
      'X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-ADDRESS=Calle del Puerto 8\\, 28001 Madrid;X-APPLE-RADIUS=70;X-TITLE=Warehouse:geo:40.416900,-3.703500',
      'SEQUENCE:2',
      alarm(
        'X-WR-ALARMUID:0B7C2C1E-6A0E-4D53-9C39-1B8F0F4A1101',
        'UID:0B7C2C1E-6A0E-4D53-9C39-1B8F0F4A1101',
        'TRIGGER:-PT1H',
        'ATTACH;VALUE=URI:Chord',
        'ACTION:AUDIO',
        'X-APPLE-DEFAULT-ALARM:TRUE',
        'ACKNOWLEDGED:20260211T070000Z'
      )
    )
  ),
  'apple-holiday-all-day.ics': calendar(
    apple,
    event(
      'CREATED:20260105T090000Z',
      'UID:6F1D0A52-3B7E-4C1B-9E55-0D4A7C2B1102',
      'DTEND;VALUE=DATE:20260320',
      'TRANSP:TRANSPARENT',
      'X-APPLE-UNIVERSAL-ID:2f7a8e10-bd52-4a70-8b16-3f3e1d5c1102',
      'SUMMARY:Office closed',
      'DTSTAMP:20260105T090001Z',
      'DTSTART;VALUE=DATE:20260319',
      'SEQUENCE:0'
    )
  ),

  // Outlook and Exchange: zones by the names of Windows, the text a second time as HTML, properties of their own.
  'outlook-budget-round.ics': calendar(
    outlook,
    'X-MS-OLK-FORCEINSPECTOROPEN:TRUE',
    centralEurope('Romance Standard Time'),
    event(
      'CLASS:PUBLIC',
      'CREATED:20260223T083000Z',
      'DESCRIPTION:Bring the figures.\\n\\nAnn\\n',
      'DTEND;TZID="Romance Standard Time":20260316T160000',
      'DTSTAMP:20260223T083000Z',
      'DTSTART;TZID="Romance Standard Time":20260316T150000',
      'LAST-MODIFIED:20260223T083000Z',
      'LOCATION:Room Duero',
      'PRIORITY:1',
      'SEQUENCE:0',
      'SUMMARY;LANGUAGE=en-gb:Budget round',
      'TRANSP:OPAQUE',
      'UID:040000008200E00074C5B7101A82E00800000000B0A1C3D4E5F60718000000000000000010000000A1B2C3D4E5F60718293A4B5C6D7E8F90',
      'X-ALT-DESC;FMTTYPE=text/html:<html><head></head><body><p>Bring the <b>figures</b>.</p><p>Ann</p></body></html>',
      'X-MICROSOFT-CDO-BUSYSTATUS:BUSY',
      'X-MICROSOFT-CDO-IMPORTANCE:2',
      'X-MICROSOFT-DISALLOW-COUNTER:FALSE',
      'X-MS-OLK-AUTOFILLLOCATION:FALSE',
      alarm('TRIGGER:-PT15M', 'ACTION:DISPLAY', 'DESCRIPTION:Reminder')
    )
  ),
  'outlook-out-of-office.ics': calendar(
    outlook,
    event(
      'CLASS:PUBLIC',
      'CREATED:20260223T084500Z',
      'DTEND;VALUE=DATE:20260411',
      'DTSTAMP:20260223T084500Z',
      'DTSTART;VALUE=DATE:20260406',
      'PRIORITY:5',
      'SEQUENCE:0',
      'SUMMARY;LANGUAGE=en-gb:Easter leave',
      'TRANSP:OPAQUE',
      'UID:040000008200E00074C5B7101A82E00800000000B0A1C3D4E5F60719000000000000000010000000B1B2C3D4E5F60718293A4B5C6D7E8F91',
      'X-MICROSOFT-CDO-BUSYSTATUS:OOF',
      'X-MICROSOFT-CDO-ALLDAYEVENT:TRUE',
      'X-MICROSOFT-CDO-IMPORTANCE:1'
    )
  ),
  'exchange-steering-committee.ics': calendar(
    exchange,
    centralEurope('W. Europe Standard Time'),
    event(
      'ORGANIZER;CN=Ann Roy:mailto:ann@contoso.test',
      'ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN=Petra Lang:mailto:petra.lang@fabrikam.test',
      'DESCRIPTION;LANGUAGE=en-GB:Agenda follows.\\n',
      'RRULE:FREQ=WEEKLY;COUNT=8;INTERVAL=1;BYDAY=TU;WKST=MO',
      'UID:040000008200E00074C5B7101A82E00800000000C0A1C3D4E5F60720000000000000000010000000C1B2C3D4E5F60718293A4B5C6D7E8F92',
      'SUMMARY;LANGUAGE=en-GB:Steering committee',
      'DTSTART;TZID=W. Europe Standard Time:20260310T130000',
      'DTEND;TZID=W. Europe Standard Time:20260310T140000',
      'CLASS:PUBLIC',
      'PRIORITY:5',
      'DTSTAMP:20260224T101500Z',
      'TRANSP:OPAQUE',
      'STATUS:CONFIRMED',
      'SEQUENCE:0',
      'LOCATION;LANGUAGE=en-GB:Room Tajo',
      'X-MICROSOFT-CDO-APPT-SEQUENCE:0',
      'X-MICROSOFT-CDO-BUSYSTATUS:BUSY',
      'X-MICROSOFT-CDO-INTENDEDSTATUS:BUSY',
      'X-MICROSOFT-CDO-INSTTYPE:1'
    ),
    event(
      'ORGANIZER;CN=Ann Roy:mailto:ann@contoso.test',
      'ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN=Petra Lang:mailto:petra.lang@fabrikam.test',
      'UID:040000008200E00074C5B7101A82E00800000000C0A1C3D4E5F60720000000000000000010000000C1B2C3D4E5F60718293A4B5C6D7E8F92',
      'RECURRENCE-ID;TZID=W. Europe Standard Time:20260324T130000',
      'SUMMARY;LANGUAGE=en-GB:Steering committee (an hour later)',
      'DTSTART;TZID=W. Europe Standard Time:20260324T140000',
      'DTEND;TZID=W. Europe Standard Time:20260324T150000',
      'DTSTAMP:20260224T101500Z',
      'TRANSP:OPAQUE',
      'STATUS:CONFIRMED',
      'SEQUENCE:1',
      'LOCATION;LANGUAGE=en-GB:Room Duero',
      'X-MICROSOFT-CDO-BUSYSTATUS:BUSY'
    )
  ),
  // A zone that somebody made up: only the file says what it means.
  'exchange-customized-zone.ics': calendar(
    exchange.slice(1),
    component('VTIMEZONE')(
      'TZID:Customized Time Zone',
      component('STANDARD')('DTSTART:16010101T000000', 'TZOFFSETFROM:+0330', 'TZOFFSETTO:+0330')
    ),
    event(
      'UID:040000008200E00074C5B7101A82E00800000000D0A1C3D4E5F60721000000000000000010000000D1B2C3D4E5F60718293A4B5C6D7E8F93',
      'SUMMARY:Handover with the other site',
      'DTSTART;TZID=Customized Time Zone:20260317T113000',
      'DTEND;TZID=Customized Time Zone:20260317T123000',
      'DTSTAMP:20260224T110000Z',
      'TRANSP:OPAQUE',
      'X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE',
      'STATUS:TENTATIVE'
    )
  ),

  // Thunderbird: several days, a file within the event.
  'thunderbird-trade-fair.ics': calendar(
    thunderbird,
    event(
      'CREATED:20260128T140000Z',
      'LAST-MODIFIED:20260128T140512Z',
      'DTSTAMP:20260128T140512Z',
      'UID:a3c1f6de-0b47-4d1e-8a52-7c9e1f2d1201',
      'SUMMARY:Trade fair',
      'CATEGORIES:Travel,Customers',
      'DTSTART;VALUE=DATE:20260421',
      'DTEND;VALUE=DATE:20260424',
      'LOCATION:Fira de Barcelona',
      'TRANSP:OPAQUE',
      'X-MOZ-GENERATION:2'
    )
  ),
  'thunderbird-contract-talk.ics': calendar(
    thunderbird,
    centralEurope('Europe/Madrid'),
    event(
      'CREATED:20260202T090000Z',
      'LAST-MODIFIED:20260202T090310Z',
      'DTSTAMP:20260202T090310Z',
      'UID:a3c1f6de-0b47-4d1e-8a52-7c9e1f2d1202',
      'SUMMARY:Contract talk',
      'DTSTART;TZID=Europe/Madrid:20260325T110000',
      'DTEND;TZID=Europe/Madrid:20260325T120000',
      'CLASS:CONFIDENTIAL',
      `ATTACH;FMTTYPE=text/plain;ENCODING=BASE64;VALUE=BINARY;X-FILENAME=terms.txt:${Buffer.from('Payment within thirty days.\n').toString('base64')}`,
      'X-MOZ-LASTACK:20260202T090300Z',
      alarm('ACTION:DISPLAY', 'TRIGGER;VALUE=DURATION:-PT10M', 'DESCRIPTION:Mozilla Standard Beschreibung')
    )
  ),

  // Nextcloud and sabre/dav: so long from a start, a time of no zone, characters beyond ASCII.
  'nextcloud-lunch.ics': calendar(
    nextcloud,
    centralEurope('Europe/Berlin'),
    event(
      'CREATED:20260225T121500Z',
      'DTSTAMP:20260225T121530Z',
      'LAST-MODIFIED:20260225T121530Z',
      'SEQUENCE:2',
      'UID:4b1e9d70-6a2c-4f0f-bd0e-52a7f3c91301',
      'DTSTART;TZID=Europe/Berlin:20260306T130000',
      'DURATION:PT1H30M',
      'STATUS:CONFIRMED',
      'SUMMARY:Almuerzo con José Núñez 🍴',
      'LOCATION:Café Niña'
    )
  ),
  'sabre-alarm-clock-floating.ics': calendar(
    sabre,
    event(
      'UID:4b1e9d70-6a2c-4f0f-bd0e-52a7f3c91302',
      'DTSTAMP:20260225T122000Z',
      'DTSTART:20260305T073000',
      'DTEND:20260305T074500',
      'SUMMARY:Read the morning papers',
      'TRANSP:TRANSPARENT'
    )
  ),

  // DAVx5: a flight begins in one zone and ends in another.
  'davx5-flight.ics': calendar(
    davx5('com.android.calendar'),
    newYork,
    centralEurope('Europe/Madrid'),
    event(
      'DTSTAMP:20260226T180000Z',
      'UID:9d5c2a18-73f4-4e0b-a1c6-8e3b0f6d1401',
      'DTSTART;TZID=America/New_York:20260428T183000',
      'DTEND;TZID=Europe/Madrid:20260429T080000',
      'SUMMARY:Flight home',
      'COLOR:steelblue',
      'STATUS:CONFIRMED',
      alarm('TRIGGER:-PT3H', 'ACTION:DISPLAY', 'DESCRIPTION:Flight home')
    )
  ),

  // Not readable, on purpose: the upload broke off.
  'malformed-on-purpose-cut-off.ics': [
    'BEGIN:VCALENDAR',
    ...google,
    'BEGIN:VEVENT',
    'DTSTART:20260311T090000Z',
    'UID:0d4e1f2a3b4c5d6e7f80@google.com',
    'SUMMARY:Half a mee'
  ].join('\r\n')
}

const tasks = {
  'nextcloud-prepare-the-offer.ics': calendar(
    'VERSION:2.0',
    'PRODID:-//Nextcloud Tasks v0.16.0',
    todo(
      'UID:4b1e9d70-6a2c-4f0f-bd0e-52a7f3c91501',
      'CREATED:20260220T100000',
      'LAST-MODIFIED:20260227T153000',
      'DTSTAMP:20260227T153000',
      'SUMMARY:Prepare the offer',
      'DESCRIPTION:Prices of last year\\, plus four per cent.',
      'DTSTART;VALUE=DATE:20260223',
      'DUE;VALUE=DATE:20260309',
      'PRIORITY:1',
      'PERCENT-COMPLETE:40',
      'STATUS:IN-PROCESS',
      'X-OC-HIDESUBTASKS:0',
      'X-PINNED:true'
    )
  ),
  'apple-call-the-bank.ics': calendar(
    apple,
    centralEurope('Europe/Madrid'),
    todo(
      'CREATED:20260226T074500Z',
      'UID:6F1D0A52-3B7E-4C1B-9E55-0D4A7C2B1601',
      'SUMMARY:Call the bank',
      'DTSTART;TZID=Europe/Madrid:20260304T090000',
      'DUE;TZID=Europe/Madrid:20260304T090000',
      'DTSTAMP:20260226T074501Z',
      'X-APPLE-SORT-ORDER:760000000',
      alarm(
        'UID:0B7C2C1E-6A0E-4D53-9C39-1B8F0F4A1601',
        'TRIGGER;VALUE=DATE-TIME:20260304T080000Z',
        'ACTION:DISPLAY',
        'DESCRIPTION:Reminder'
      )
    )
  ),
  'thunderbird-tax-return.ics': calendar(
    thunderbird,
    todo(
      'CREATED:20260115T093000Z',
      'DTSTAMP:20260115T093055Z',
      'UID:a3c1f6de-0b47-4d1e-8a52-7c9e1f2d1601',
      'SUMMARY:Tax return',
      'DUE;VALUE=DATE:20260630',
      'CATEGORIES:Finance',
      'X-MOZ-GENERATION:1'
    )
  ),
  'davx5-order-paper.ics': calendar(
    davx5('org.dmfs.tasks'),
    todo(
      'DTSTAMP:20260225T070000Z',
      'UID:9d5c2a18-73f4-4e0b-a1c6-8e3b0f6d1601',
      'SUMMARY:Order paper',
      'STATUS:COMPLETED',
      'COMPLETED:20260227T101500Z',
      'PERCENT-COMPLETE:100',
      'PRIORITY:9'
    )
  ),
  'evolution-renew-the-lease.ics': calendar(
    'PRODID:-//Ximian//NONSGML Evolution Calendar//EN',
    'VERSION:2.0',
    todo(
      'UID:7c0a1b2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f1701',
      'DTSTAMP:20260219T113000Z',
      'SUMMARY:Renew the lease of the copier',
      'DUE;TZID=/freeassociation.sourceforge.net/Europe/Madrid:20260331T120000',
      'STATUS:NEEDS-ACTION',
      'CLASS:PUBLIC',
      'X-EVOLUTION-CALDAV-ETAG:"1701-1"'
    )
  ),
  // A series of tasks: it is left where it is.
  'nextcloud-water-the-plants.ics': calendar(
    'VERSION:2.0',
    'PRODID:-//Nextcloud Tasks v0.16.0',
    todo(
      'UID:4b1e9d70-6a2c-4f0f-bd0e-52a7f3c91502',
      'DTSTAMP:20260227T154000',
      'SUMMARY:Water the plants',
      'DTSTART;VALUE=DATE:20260302',
      'DUE;VALUE=DATE:20260302',
      'RRULE:FREQ=WEEKLY;BYDAY=MO',
      'STATUS:NEEDS-ACTION'
    )
  ),

  // Not readable, on purpose: a day that is none.
  'malformed-on-purpose-no-day.ics': calendar(
    sabre,
    todo(
      'UID:0c9b8a7f-6e5d-4c3b-2a19-08f7e6d51801',
      'DTSTAMP:20260225T122500Z',
      'SUMMARY:Do it soon',
      'DUE;VALUE=DATE:next Tuesday'
    )
  )
}

const write = (folder, files) => {
  const target = join(samples, folder)
  mkdirSync(target, { recursive: true })
  for (const name of readdirSync(target)) if (name.endsWith('.ics')) rmSync(join(target, name))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(target, name), text)
  console.log(`${Object.keys(files).length} files in ${target}`)
}

write('calendar', events)
write('tasks', tasks)
