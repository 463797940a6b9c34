/** wx.request: only hosts that are declared, ten at once, text or bytes, and silence after its time. */
import { No, fault, later } from './calls.mjs'

const METHODS = new Set(['OPTIONS', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE', 'CONNECT'])
const AT_ONCE = 10
const ORDINARY_MS = 60_000

export function network(settings) {
  let going = 0
  const waiting = []

  async function turn(act) {
    if (going >= AT_ONCE) await new Promise((resolve) => waiting.push(resolve))
    going++
    try {
      return await act()
    } finally {
      going--
      waiting.shift()?.()
    }
  }

  /** `settings.servers`: declared origins, and where they really are. */
  function real(url) {
    const origin = /^https?:\/\/[^/]+/.exec(url)?.[0]
    if (!origin) throw new No('invalid url', { errno: 600009 })
    const there = settings.servers[origin]
    if (there === undefined) {
      fault(`${origin} is not declared`)
      throw new No('url not in domain list', { errno: 600002 })
    }
    return there + url.slice(origin.length)
  }

  async function request({ url, method = 'GET', header = {}, data, timeout = ORDINARY_MS, dataType = 'json', responseType = 'text' }) {
    if (!METHODS.has(method)) throw new No(`parameter error: invalid method ${method}`)
    for (const [name, value] of Object.entries(header)) {
      if (typeof value !== 'string' && typeof value !== 'number') fault(`request: header ${name} is ${typeof value}`)
      if (name.toLowerCase() === 'referer') fault('request: Referer cannot be set')
    }
    const asked = { method, headers: { 'content-type': 'application/json', ...lower(header) }, cache: 'no-store', credentials: 'omit' }
    if (method === 'GET' && data !== undefined) fault('request: data of a GET')
    if (method !== 'GET' && data !== undefined) asked.body = typeof data === 'string' || data instanceof ArrayBuffer ? data : JSON.stringify(data)
    const patience = new AbortController()
    const late = setTimeout(() => patience.abort(), Math.min(timeout, settings.mostMs ?? timeout))
    try {
      const reply = await fetch(real(url), { ...asked, signal: patience.signal })
      const bytes = await reply.arrayBuffer()
      return { statusCode: reply.status, header: capitals(reply.headers), cookies: [], data: body(bytes, dataType, responseType) }
    } catch (refused) {
      if (refused instanceof No) throw refused
      throw patience.signal.aborted ? new No('timeout', { errno: 5 }) : new No('errcode:-106 cronet_error_code:-106 error_msg:net::ERR_INTERNET_DISCONNECTED', { errno: 600001 })
    } finally {
      clearTimeout(late)
    }
  }

  const heard = []
  for (const name of ['online', 'offline']) addEventListener(name, () => heard.forEach((one) => one({ isConnected: navigator.onLine, networkType: kind() })))
  const kind = () => (navigator.onLine ? (settings.network ?? '4g') : 'none')

  return {
    request: later('request', {
      url: 'String!', method: 'String', header: 'Object', data: 'String|Object|Array|ArrayBuffer', timeout: 'Number', dataType: 'String', responseType: 'String',
      enableHttp2: 'Boolean', enableQuic: 'Boolean', enableCache: 'Boolean',
    }, (given) => turn(() => request(given))),
    getNetworkType: later('getNetworkType', {}, () => ({ networkType: kind(), hasSystemProxy: false })),
    onNetworkStatusChange: (one) => { heard.push(one) },
    offNetworkStatusChange: (one) => { heard.splice(heard.indexOf(one), 1) },
  }
}

function body(bytes, dataType, responseType) {
  if (responseType === 'arraybuffer') return bytes
  const text = new TextDecoder().decode(bytes)
  if (dataType !== 'json') return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const lower = (header) => Object.fromEntries(Object.entries(header).map(([name, value]) => [name.toLowerCase(), String(value)]))

/** As servers write them: a program that looks for another spelling finds nothing. */
function capitals(headers) {
  return Object.fromEntries([...headers].map(([name, value]) => [name.replace(/(^|-)[a-z]/g, (one) => one.toUpperCase()), value]))
}
