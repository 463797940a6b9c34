/** A phone that can be killed at any moment and a server that remembers, for the tests of the queue. */
import { Refused, Unreached, refusal } from '@/lib/api/refusals'
import type { Ask, Reply } from '@/lib/api/transport'
import { FileGone, Queue, StorageFull, type Files, type NetworkKind, type PhotoStep, type PostStep, type QueueRecord, type Shelf, type Step } from '@/lib/queue'

/** The program was killed: nothing after it happens. */
export class Killed extends Error {}

export const OWNER = '7'

/** What outlives a kill. */
export class Disk {
  things = new Map<string, string>()
  files = new Map<string, Uint8Array>()
  /** Every change, in order: what was deleted, and after which receipts. */
  log: string[] = []
  full = false
}

interface Upload { id: string; length: number; data: number[]; key?: string; school: string; purpose: string }

/** As the real one answers: one row a request id, and a receipt however often it is asked. */
export class Server {
  posts: { path: string; id: string; body: Record<string, unknown> }[] = []
  uploads = new Map<string, Upload>()
  photos = new Map<string, Uint8Array>()
  asked: string[] = []
  /** Answers by the path's beginning, one use each; `null` is an answer lost on its way: done, but not heard. */
  next: { path: string; answer: Reply | null }[] = []
  token = 'good'

  order(path: string, answer: Reply | null, times = 1): void {
    for (let n = 0; n < times; n++) this.next.push({ path, answer })
  }

  answer(ask: Ask, token: string): Reply {
    this.asked.push(`${ask.method} ${ask.path}`)
    const at = this.next.findIndex((one) => ask.path.startsWith(one.path))
    const ordered = at < 0 ? undefined : this.next.splice(at, 1)[0]
    if (ordered?.answer) return ordered.answer
    if (token !== this.token) return problem(401, 'not_signed_in')
    const reply = ask.path.startsWith('/uploads') ? this.upload(ask) : this.post(ask)
    if (ordered) throw new Unreached()
    return reply
  }

  private post(ask: Ask): Reply {
    const body = JSON.parse(String(ask.body)) as Record<string, unknown>
    const id = String(body.request_id)
    const known = this.posts.find((one) => one.path === ask.path && one.id === id)
    if (known && JSON.stringify(known.body) !== JSON.stringify(body)) return problem(409, 'request_reused')
    if (!known) this.posts.push({ path: ask.path, id, body })
    return { status: known ? 200 : 201, headers: {}, body: { id: this.posts.length } }
  }

  private upload(ask: Ask): Reply {
    const headers = ask.headers ?? {}
    if (ask.path === '/uploads') {
      const said = Object.fromEntries((headers['Upload-Metadata'] ?? '').split(',').map((pair) => pair.split(' ')).map(([name, value]) => [name, atob(value ?? '')]))
      const id = said.request_id ?? ''
      const open = this.uploads.get(id) ?? { id, length: Number(headers['Upload-Length']), data: [], school: said.school_id ?? '', purpose: said.purpose ?? '' }
      if (open.length !== Number(headers['Upload-Length'])) return problem(409, 'request_reused')
      this.uploads.set(id, open)
      return { status: 201, headers: { location: `/api/uploads/${id}`, ...standing(open) }, body: '' }
    }
    const open = this.uploads.get(ask.path.slice('/uploads/'.length))
    if (!open) return problem(404, 'not_found')
    if (ask.method === 'DELETE') {
      this.uploads.delete(open.id)
      return { status: 204, headers: {}, body: '' }
    }
    if (Number(headers['Upload-Offset']) !== open.data.length) return problem(409, 'wrong_offset')
    open.data.push(...new Uint8Array(ask.body as ArrayBuffer))
    if (open.data.length === open.length) {
      open.key = `key-${open.id}`
      this.photos.set(open.id, Uint8Array.from(open.data))
    }
    return { status: 204, headers: standing(open), body: '' }
  }
}

function standing(open: Upload): Record<string, string> {
  return { 'upload-offset': String(open.data.length), ...(open.key ? { 'shandu-photo': open.key } : {}) }
}

export function problem(status: number, code: string, detail = `不行：${code}`, more: Record<string, unknown> = {}, headers: Record<string, string> = {}): Reply {
  return { status, headers, body: { status, code, detail, ...more } }
}

/** A program on a phone. `killAt`: it dies at that many steps into anything it waits for. */
export class Phone {
  now = 1_000_000
  kind: NetworkKind = 'mobile'
  token = 'good'
  renewals = 0
  mayRenew = true
  serverOffset = 0
  private steps = 0
  queue: Queue

  constructor(readonly disk: Disk, readonly server: Server, readonly killAt = Infinity, owner: () => string | null = () => OWNER) {
    this.queue = new Queue(
      {
        shelf: this.shelf, files: this.files, send: (ask) => this.send(ask), network: async () => this.kind,
        now: () => this.now, random: () => 0.5, serverTime: (ms) => ms + this.serverOffset, changed: () => {},
      },
      owner,
    )
  }

  get used(): number { return this.steps }

  /** Time passes until nothing waits for its time; as long as it gets on. */
  async runToTheEnd(): Promise<string> {
    for (let turn = 0; turn < 200; turn++) {
      const end = await this.queue.run()
      const next = this.queue.nextAt()
      if (end !== 'later' || next === null) return end
      this.now = Math.max(this.now + 1, next)
    }
    throw new Error('it never ends')
  }

  /** A moment at which the program may be killed: before what was asked is done, or after and before it is heard. */
  private async moment<T>(act: () => T): Promise<T> {
    if (++this.steps === this.killAt) throw new Killed()
    const done = act()
    if (++this.steps === this.killAt) throw new Killed()
    return done
  }

  private room(): void {
    if (this.disk.full) throw new StorageFull()
  }

  readonly shelf: Shelf = {
    keys: (prefix) => this.moment(() => [...this.disk.things.keys()].filter((key) => key.startsWith(prefix))),
    read: <T>(key: string) => this.moment(() => { const text = this.disk.things.get(key); return text === undefined ? undefined : (JSON.parse(text) as T) }),
    write: (key, value) => this.moment(() => { this.room(); this.disk.things.set(key, JSON.stringify(value)) }),
    erase: (key) => this.moment(() => { this.disk.things.delete(key); this.disk.log.push(`erased ${key}`) }),
  }

  readonly files: Files = {
    write: (name, data) => this.moment(() => { this.room(); this.disk.files.set(name, new Uint8Array(data)) }),
    read: (name, offset, length) => this.moment(() => {
      const data = this.disk.files.get(name)
      if (!data) throw new FileGone(name)
      return data.slice(offset, offset + length).buffer
    }),
    erase: (name) => this.moment(() => {
      const receipts = [...this.disk.things.values()].some((text) => { const record = JSON.parse(text) as QueueRecord; return record.steps?.some((step) => step.kind === 'photo' && step.file === name && step.receipt !== undefined) })
      this.disk.files.delete(name)
      this.disk.log.push(`file ${name} ${receipts ? 'after' : 'BEFORE'} its receipt`)
    }),
    names: () => this.moment(() => [...this.disk.files.keys()]),
  }

  private async send(ask: Ask): Promise<Reply> {
    if (this.kind === 'none') throw new Unreached()
    let reply = await this.moment(() => this.server.answer(ask, this.token))
    if (reply.status === 401 && this.mayRenew) {
      this.renewals++
      this.token = this.server.token
      reply = await this.moment(() => this.server.answer(ask, this.token))
    }
    if (reply.status >= 400) throw refusal(reply.status, reply.headers, reply.body)
    return reply
  }
}

export const checkIn = (id = 'check-in'): PostStep => ({ kind: 'post', id, title: '签到', path: '/check-ins', body: { request_id: id, code: 'CODE', scanned_at: 'THEN' } })
export const words = (id = 'visit'): PostStep => ({ kind: 'post', id, title: '表', path: '/visits', body: { request_id: id, check_in: 'check-in' } })
export const photo = (id: string, bytes: number, more: Partial<PhotoStep> = {}): PhotoStep => ({ kind: 'photo', id, title: id, schoolId: 3, purpose: 'visit', file: id, bytes, sentBytes: 0, ...more })

export function picture(bytes: number, seed = 1): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, n) => (n * 31 + seed) % 251)
}

/** A signed visit with its check-in and pictures, on the phone. */
export async function aVisit(phone: Phone, photos: PhotoStep[] = [photo('p1', 90_000), photo('p2', 200_000)], id = 'record'): Promise<void> {
  for (const [n, one] of photos.entries()) phone.disk.files.set(one.file, picture(one.bytes, n))
  const steps: Step[] = [checkIn(), words(), ...photos]
  await phone.queue.add({ id, owner: OWNER, kind: 'visit', title: '入校', madeAt: 1, open: false, steps })
}

export { Refused }
