/** The program's one set of parts, put together. Pages import from here. */
import { reactive } from 'vue'
import { Api } from './api/client'
import { overUni } from './api/transport'
import { Clock, type Offset } from './clock'
import { files, keep, kept, network, onNetwork, shelf } from './device'
import { Drafts } from './drafts'
import { Queue, type PassEnd, type QueueRecord } from './queue'
import { session, setMe, signIn } from './session'
import type { Draft } from './visit/draft'

// the H5 comes from the API's own server; a mini-program that was told of none finds a demonstration on this machine
const ORIGIN = import.meta.env.VITE_API_ORIGIN || (process.env.UNI_PLATFORM === 'h5' ? '' : 'http://127.0.0.1:8080')

export const transport = overUni(ORIGIN)

/** An address that the server gave without a host, for `<image>`: uni takes a path for one of the build's own files. */
export const addressed = (path: string): string => (ORIGIN || location.origin) + path
export const clock = new Clock(() => Date.now(), kept<Offset>('clock'), (offset) => keep('clock', offset))

let renewing: Promise<boolean> | null = null

/** One renewal for all that were refused at once. */
function renew(): Promise<boolean> {
  renewing ??= signIn(transport)
    .then((outcome) => outcome.kind === 'ok')
    .catch(() => false)
    .finally(() => { renewing = null })
  return renewing
}

export const api = new Api({
  transport,
  token: () => session.token,
  renew,
  heard: (headers) => clock.heard(headers['date'], headers['x-demonstration'] === '1'),
})

const owner = (): string | null => (session.me?.person_id ? String(session.me.person_id) : null)

/** What the pages show of the queue. */
export const sending = reactive({ records: [] as QueueRecord[], end: 'done' as PassEnd, online: true, waiting: 0, failed: 0, turn: 0 })

export const queue = new Queue(
  {
    shelf,
    files,
    send: (ask) => api.send(ask),
    network,
    now: () => Date.now(),
    random: Math.random,
    serverTime: (phoneMs) => phoneMs + (clock.now() - Date.now()),
    changed: () => { void show() },
  },
  owner,
)

export const drafts = new Drafts<Draft>(shelf, 'visit:')

let timer: ReturnType<typeof setTimeout> | undefined

/** Send what can be sent; comes back by itself when something waits for its time. */
export async function send(): Promise<void> {
  clearTimeout(timer)
  sending.end = await queue.run()
  sending.online = sending.end !== 'offline' && queue.reachable
  const next = sending.end === 'later' ? queue.nextAt() : null
  if (next !== null) timer = setTimeout(() => { void send() }, Math.max(500, next - Date.now()))
}

async function show(): Promise<void> {
  const records = await queue.list()
  const steps = records.flatMap((record) => record.steps)
  Object.assign(sending, {
    records: JSON.parse(JSON.stringify(records)) as QueueRecord[],
    waiting: steps.filter((step) => queue.standing(step) === 'waiting' || queue.standing(step) === 'sending').length,
    failed: steps.filter((step) => queue.standing(step) === 'failed').length,
    turn: sending.turn + 1,
  })
}

/** Once, at the start. */
export function begin(): void {
  onNetwork((there) => {
    sending.online = there
    if (there) {
      queue.networkCame()
      void send()
    }
  })
  void network().then((found) => { sending.online = found !== 'none' })
}

/** Know who this is: by the session there is, or by WeChat. Without a network, by what the phone remembers. */
export async function enter(): Promise<void> {
  const me = await api.ask('GET /me')
  // somebody may have signed out meanwhile
  if (session.token) setMe(me)
}

export function ownerNow(): string {
  return owner() ?? ''
}
