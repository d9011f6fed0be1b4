/**
 * Writes `samples/mail`: a Maildir with a folder beside the inbox, as mail servers keep them. The people are invented
 * and live at reserved domains. Run it again after an edit: `node examples/quickstart/mail-samples.mjs`.
 *
 * A Maildir writes flags behind a colon, which no name of a file may hold on Windows. Here a semicolon stands for it,
 * as programs do there; the adapter reads both.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const target = join(import.meta.dirname, 'samples', 'mail')

const base64 = (text) => Buffer.from(text).toString('base64')

const message = (headers, body) => [...headers, '', ...[body].flat(), ''].join('\r\n')

const text = ['MIME-Version: 1.0', 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: 8bit']

const files = {
  'cur/1772179200.M101P1.mx;2,S': message(
    [
      'Received: from mx.fabrikam.test by mx.contoso.test; Fri, 27 Feb 2026 08:00:00 +0000',
      'From: Luis Ortega <luis.ortega@fabrikam.test>',
      'To: Ann Roy <ann@contoso.test>',
      'Subject: Samples of the new paper',
      'Date: Fri, 27 Feb 2026 09:00:00 +0100',
      'Message-ID: <samples-1@fabrikam.test>',
      ...text
    ],
    ['Good morning Ann,', '', 'two samples are on their way to you.', '', 'Luis']
  ),
  'cur/1772204400.M102P1.mx;2,RS': message(
    [
      'From: =?utf-8?Q?Jos=C3=A9_N=C3=BA=C3=B1ez?= <jose.nunez@fabrikam.test>',
      'To: ann@contoso.test',
      `Subject: =?UTF-8?B?${base64('¿Almorzamos el viernes? 🍴')}?=`,
      'Date: Fri, 27 Feb 2026 16:00:00 +0100',
      'Message-ID: <almuerzo-1@fabrikam.test>',
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=iso-8859-1',
      'Content-Transfer-Encoding: quoted-printable'
    ],
    ['=BFA las dos en el Caf=E9 Ni=F1a?']
  ),
  'cur/1772294400.M103P1.mx;2,FS': message(
    [
      'From: Petra Lang <petra.lang@fabrikam.test>',
      'To: Ann Roy <ann@contoso.test>',
      'Cc: Dana Whitfield <dana.whitfield@fabrikam.test>',
      'Subject: Minutes of the steering committee',
      'Date: Sat, 28 Feb 2026 17:00:00 +0100',
      'Message-ID: <minutes-1@fabrikam.test>',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary="outer-1"'
    ],
    [
      '--outer-1',
      'Content-Type: multipart/alternative; boundary="inner-1"',
      '',
      '--inner-1',
      'Content-Type: text/plain; charset=utf-8',
      '',
      'The minutes are attached.',
      '--inner-1',
      'Content-Type: text/html; charset=utf-8',
      '',
      '<p>The minutes are <b>attached</b>.</p>',
      '--inner-1--',
      '--outer-1',
      'Content-Type: text/plain; name="minutes.txt"',
      'Content-Disposition: attachment; filename="minutes.txt"',
      'Content-Transfer-Encoding: base64',
      '',
      base64('Present: Ann, Dana, Petra.\n'),
      '--outer-1--'
    ]
  ),
  'cur/1772359200.M104P1.mx;2,': message(
    [
      'From: "Supplies, Fabrikam" <orders@fabrikam.test>',
      'To: purchasing: ann@contoso.test, bob@contoso.test;',
      'Subject: Order 4711 has left',
      'Date: Sun, 1 Mar 2026 11:00:00 +0100',
      'Message-ID: <order-4711@fabrikam.test>',
      'MIME-Version: 1.0',
      'Content-Type: text/html; charset=utf-8'
    ],
    ['<html><body><h1>Order 4711</h1><p>It has left our warehouse.</p></body></html>']
  ),
  'new/1772434800.M105P1.mx': message(
    [
      'From: Dana Whitfield <dana.whitfield@fabrikam.test>',
      'To: Ann Roy <ann@contoso.test>',
      'Subject: Re: Minutes of the steering committee',
      'Date: Mon, 2 Mar 2026 08:00:00 +0100',
      'Message-ID: <minutes-3@fabrikam.test>',
      'In-Reply-To: <minutes-2@contoso.test>',
      'References: <minutes-1@fabrikam.test> <minutes-2@contoso.test>',
      ...text
    ],
    ['Agreed.', '', '> One correction: the fair is in April.']
  ),
  // Not readable, on purpose: somebody's script delivered a text without any headers.
  'new/1772436600.M106P1.malformed-on-purpose':
    '\r\nThis was to be a message, and its headers were lost on the way.\r\n',
  // Nobody's message yet: its delivery has not ended.
  'tmp/1772438400.M107P1.mx': 'From: Luis Ortega <luis.ortega@fabrikam.test>\r\nSubject: Still being deliv',
  '.Sent/cur/1772190000.M108P1.mx;2,S': message(
    [
      'From: Ann Roy <ann@contoso.test>',
      'To: Luis Ortega <luis.ortega@fabrikam.test>',
      'Subject: Re: Samples of the new paper',
      'Date: Fri, 27 Feb 2026 12:00:00 +0100',
      'Message-ID: <samples-2@contoso.test>',
      'In-Reply-To: <samples-1@fabrikam.test>',
      'References: <samples-1@fabrikam.test>',
      ...text
    ],
    ['Thank you, Luis.']
  ),
  '.Sent/cur/1772301600.M109P1.mx;2,S': message(
    [
      'From: Ann Roy <ann@contoso.test>',
      'To: Petra Lang <petra.lang@fabrikam.test>',
      'Cc: Dana Whitfield <dana.whitfield@fabrikam.test>',
      'Subject: Re: Minutes of the steering committee',
      'Date: Sat, 28 Feb 2026 19:00:00 +0100',
      'Message-ID: <minutes-2@contoso.test>',
      'In-Reply-To: <minutes-1@fabrikam.test>',
      'References: <minutes-1@fabrikam.test>',
      ...text
    ],
    ['One correction: the fair is in April.']
  )
}

rmSync(target, { recursive: true, force: true })
for (const [name, content] of Object.entries(files)) {
  mkdirSync(dirname(join(target, name)), { recursive: true })
  writeFileSync(join(target, name), content)
}
console.log(`${Object.keys(files).length} files in ${target}`)
