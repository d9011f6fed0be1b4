/** As much of a Kinto server as a collection's sync asks for, as a `fetch` of this process: real requests, real JSON. */

const path = '/v1/buckets/bench/collections/contacts'

const answer = (status, body, headers = {}) => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body
})

export const kintoServer = (documents) => {
  const rows = new Map()
  let stamp = 1000
  const put = (document) => {
    stamp += 1
    const kept = { ...document, last_modified: stamp }
    rows.set(document.id, kept)
    return kept
  }
  for (const document of documents) put(document)

  const list = (query) => {
    const since = Number(JSON.parse(query.get('_since') ?? '0'))
    const excluded = new Set((query.get('exclude_id') ?? '').split(','))
    const data = [...rows.values()].filter((row) => row.last_modified > since && !excluded.has(row.id))
    return answer(200, { data: data.reverse() }, { etag: `"${stamp}"` })
  }

  /** A conditional PUT of one record, as the client sends it in a batch. */
  const write = ({ path: at, headers, body }) => {
    const id = at.slice(at.lastIndexOf('/') + 1)
    const standing = rows.get(id)
    const expected = headers['If-Match']
    const isStale = expected === undefined ? standing !== undefined : expected !== `"${standing?.last_modified}"`
    if (isStale) return { path: at, ...answer(412, { details: { existing: standing } }) }
    return { path: at, ...answer(200, { data: put({ ...body.data, id }) }) }
  }

  const respond = (url, request) => {
    const { pathname, searchParams } = new URL(url)
    if (pathname === '/v1/') return answer(200, { settings: { batch_max_requests: 25 } })
    if (pathname === '/v1/batch') return answer(200, { responses: JSON.parse(request.body).requests.map(write) })
    if (pathname === path) return answer(200, { data: { id: 'contacts', last_modified: 1 } })
    if (pathname === `${path}/records`) return list(searchParams)
    return answer(404, { message: `no such path ${pathname}` })
  }
  return {
    put,
    get: (id) => rows.get(id),
    fetch: async (url, request) => {
      const { status, headers, body } = respond(url, request ?? {})
      return new Response(JSON.stringify(body), { status, headers })
    }
  }
}
