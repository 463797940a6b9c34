/** The queue: what a person did is kept on the phone until the server has said that it has it.
 *
 * One pass sends all that can be sent now, record by record, oldest first, and each record's steps in order: the
 * check-in, the words, then the pictures. It may be killed at any moment and begun again: ids never change, so
 * what the server has already counts once, and nothing is deleted before its receipt is on the shelf.
 */
import { Refused, Unreached } from '../api/refusals'
import type { Ask, Reply } from '../api/transport'
import { delayMs } from './backoff'
import { FileGone, StorageFull, type Files, type NetworkKind, type Shelf } from './ports'
import { filesOf, isReceived, isSent, type PhotoStep, type PostStep, type QueueRecord, type Standing, type Step } from './records'
import { isPassing, trouble } from './remedies'
import { PartSize, upload } from './uploading'

export interface QueuePorts {
  shelf: Shelf
  files: Files
  /** With the session; throws Refused (401 only when a person has to sign in again) or Unreached. */
  send(ask: Ask): Promise<Reply>
  network(): Promise<NetworkKind>
  /** Milliseconds of the phone's clock. */
  now(): number
  random(): number
  /** What the server's clock showed when the phone's showed this. */
  serverTime(phoneMs: number): number
  /** Something to be shown has changed. */
  changed(): void
}

/** Why a pass ended. `later`: something waits for its time (`nextAt`). */
export type PassEnd = 'done' | 'later' | 'offline' | 'signed-out'

const KEPT_AFTER_MS = 30 * 24 * 3_600_000
const PREFIX = 'record:'
const CLOCK_CODES = new Set(['from_the_future', 'too_late'])

interface Failing {
  times: number
  notBefore: number
}

export class Queue {
  private records = new Map<string, QueueRecord>()
  private loaded: Promise<void> | null = null
  private passing: Promise<PassEnd> | null = null
  private again = false
  private readonly parts = new PartSize()
  /** Failures in a row, by step; `*` is the network itself. Forgotten when the program starts anew. */
  private failing = new Map<string, Failing>()
  private sendingId: string | null = null
  end: PassEnd = 'done'
  /** Whether the server answered when it was last asked. */
  reachable = true

  constructor(
    private readonly ports: QueuePorts,
    private readonly owner: () => string | null,
  ) {}

  /** My records, newest first. */
  async list(): Promise<QueueRecord[]> {
    await this.load()
    return this.mine().reverse()
  }

  async find(recordId: string): Promise<QueueRecord | undefined> {
    await this.load()
    return this.records.get(recordId)
  }

  standing(step: Step): Standing {
    if (isSent(step)) return 'sent'
    if (step.trouble) return 'failed'
    return step.id === this.sendingId ? 'sending' : 'waiting'
  }

  /** Whether a step's words may still be changed: the server cannot have it. */
  static changeable(step: Step): boolean {
    return !isSent(step) && (!step.tried || step.trouble !== undefined)
  }

  /** Take something in. It is safe when this resolves; rejects with StorageFull. */
  async add(record: QueueRecord): Promise<void> {
    await this.load()
    await this.write(record)
    this.records.set(record.id, record)
    this.ports.changed()
  }

  /** The rest of an open record: its form has been signed. Steps that the server cannot have are replaced. */
  async complete(recordId: string, steps: Step[]): Promise<void> {
    await this.load()
    const record = this.required(recordId)
    const stay = record.steps.filter((step) => !Queue.changeable(step) || isCheckIn(step))
    const known = new Set(stay.map((step) => step.id))
    await this.replace({ ...record, open: false, steps: [...stay, ...steps.filter((step) => !known.has(step.id))] })
  }

  /** Put another check-in in the place of one that was refused, and the pictures to its school. */
  async checkInAgain(recordId: string, again: PostStep, title: string, schoolId: number): Promise<void> {
    await this.load()
    const record = this.required(recordId)
    const steps = record.steps.map((step): Step => {
      if (isSent(step)) return step
      if (isCheckIn(step)) return { ...again, id: step.id, body: { ...again.body, request_id: step.id } }
      const { trouble: _, ...rest } = step
      return rest.kind === 'photo' ? { ...rest, schoolId } : rest
    })
    await this.replace({ ...record, title, steps })
  }

  /** A new picture, or signature, for one that was refused; it keeps the id by which its record waits for it. */
  async retake(recordId: string, stepId: string, file: string, bytes: number): Promise<void> {
    await this.load()
    const record = this.required(recordId)
    const old = record.steps.find((step) => step.id === stepId)
    const steps = record.steps.map((step): Step => {
      if (step.id !== stepId || step.kind !== 'photo') return step
      const { trouble: _, ...rest } = step
      return { ...rest, file, bytes, sentBytes: 0, tried: false }
    })
    await this.replace({ ...record, steps })
    if (old?.kind === 'photo') await this.ports.files.erase(old.file)
  }

  /** Try again now what failed, and what waits for its time or for Wi-Fi. */
  async hurry(recordId: string): Promise<void> {
    await this.load()
    const record = this.required(recordId)
    const steps = record.steps.map((step): Step => {
      if (isSent(step)) return step
      this.failing.delete(step.id)
      const { trouble: _, ...rest } = step
      if (rest.kind === 'photo') delete rest.wifiUntil
      return rest
    })
    this.failing.delete('*')
    await this.replace({ ...record, steps })
  }

  /** Throw a record away because its owner says so. What the server has stays there. */
  async discard(recordId: string): Promise<void> {
    await this.load()
    const record = this.records.get(recordId)
    if (!record) return
    this.records.delete(recordId)
    await this.ports.shelf.erase(PREFIX + recordId)
    for (const file of filesOf(record)) await this.ports.files.erase(file)
    this.ports.changed()
  }

  /** The network is there again: what waits for its time waits no longer. */
  networkCame(): void {
    this.failing.clear()
  }

  /** When a pass is worth beginning again, in the phone's milliseconds; null when nothing waits for a time. */
  nextAt(): number | null {
    const times = [...this.sendable()].map(([, step]) => this.dueAt(step))
    return times.length ? Math.min(...times) : null
  }

  /** Send all that can be sent now. Asked again while it runs, it looks once more before it ends. */
  run(): Promise<PassEnd> {
    if (this.passing) {
      this.again = true
      return this.passing
    }
    this.passing = this.pass().finally(() => {
      this.passing = null
      this.sendingId = null
      this.ports.changed()
    })
    return this.passing
  }

  private async pass(): Promise<PassEnd> {
    await this.load()
    do {
      this.again = false
      this.end = await this.sendAll()
      await this.tidy()
    } while (this.again)
    return this.end
  }

  private async sendAll(): Promise<PassEnd> {
    for (;;) {
      if ((await this.ports.network()) === 'none') return 'offline'
      const found = await this.next()
      if (!found) return this.nextAt() === null ? 'done' : 'later'
      const outcome = await this.attempt(...found)
      if (outcome !== 'go-on') return outcome
    }
  }

  /** The next step whose time has come; pictures of a record pass each other. */
  private async next(): Promise<[QueueRecord, Step] | null> {
    for (const found of this.sendable()) if (await this.isDue(found[1])) return found
    return null
  }

  /** Steps that wait for nothing but their time: nothing goes before the words it belongs to. */
  private *sendable(): Generator<[QueueRecord, Step]> {
    for (const record of this.mine()) {
      for (const step of record.steps) {
        if (isSent(step)) continue
        if (!step.trouble) yield [record, step]
        if (step.kind === 'post') break
      }
    }
  }

  private async isDue(step: Step): Promise<boolean> {
    if (this.dueAt(step) <= this.ports.now()) return true
    const onlyWifi = this.backedOffUntil(step) <= this.ports.now()
    return onlyWifi && (await this.ports.network()) === 'wifi'
  }

  private dueAt(step: Step): number {
    return Math.max(this.backedOffUntil(step), step.kind === 'photo' ? (step.wifiUntil ?? 0) : 0)
  }

  private backedOffUntil(step: Step): number {
    return Math.max(this.failing.get(step.id)?.notBefore ?? 0, this.failing.get('*')?.notBefore ?? 0)
  }

  private async attempt(record: QueueRecord, step: Step): Promise<'go-on' | PassEnd> {
    this.sendingId = step.id
    this.ports.changed()
    try {
      if (!step.tried) {
        step.tried = true
        await this.keepIfRoom(record)
      }
      step.receipt = step.kind === 'post' ? await this.post(step) : await this.picture(record, step)
      this.failing.delete(step.id)
      this.failing.delete('*')
      this.reachable = true
      await this.keepIfRoom(record)
      return 'go-on'
    } catch (fault) {
      return await this.failed(record, step, fault)
    } finally {
      this.sendingId = null
      this.ports.changed()
    }
  }

  private async post(step: PostStep): Promise<unknown> {
    const ask: Ask = { method: 'POST', path: step.path, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(step.body) }
    return (await this.ports.send(ask)).body ?? true
  }

  private picture(record: QueueRecord, step: PhotoStep): Promise<string> {
    return upload(step, this.ports, this.parts, async (bytes) => {
      step.sentBytes = bytes
      await this.keepIfRoom(record)
      this.ports.changed()
    })
  }

  private async failed(record: QueueRecord, step: Step, fault: unknown): Promise<'go-on' | PassEnd> {
    if (fault instanceof Unreached) {
      this.reachable = false
      this.backOff('*', null)
      return 'later'
    }
    if (fault instanceof FileGone) {
      fault = new Refused(0, 'file_gone', step.kind === 'photo' && step.purpose === 'signature' ? '这个签名已经不在手机里了。' : '这张照片已经不在手机里了。')
    }
    if (!(fault instanceof Refused)) throw fault
    this.reachable = true
    if (fault.status === 401) return 'signed-out'
    if (isPassing(fault)) {
      // a server that is busy is busy for everything
      this.backOff(fault.status >= 429 ? '*' : step.id, fault.waitSeconds)
      return 'go-on'
    }
    if (!this.corrected(step, fault)) step.trouble = trouble(fault, step)
    await this.keepIfRoom(record)
    return 'go-on'
  }

  /** A scan with a wrong clock: the answer has told us the right one, so say the true time, once. */
  private corrected(step: Step, fault: Refused): boolean {
    if (step.kind !== 'post' || step.phoneMs === undefined || !CLOCK_CODES.has(fault.code)) return false
    const scannedAt = new Date(this.ports.serverTime(step.phoneMs)).toISOString()
    if (step.body.scanned_at === scannedAt) return false
    step.body = { ...step.body, scanned_at: scannedAt }
    return true
  }

  private backOff(name: string, waitSeconds: number | null): void {
    const times = (this.failing.get(name)?.times ?? 0) + 1
    const wait = Math.max(delayMs(times, this.ports.random), (waitSeconds ?? 0) * 1000)
    this.failing.set(name, { times, notBefore: this.ports.now() + wait })
  }

  /** Of what is received, forget the files, and after a month the record. */
  private async tidy(): Promise<void> {
    for (const record of this.mine()) {
      if (record.open || !isReceived(record)) continue
      if (record.doneAt === undefined) {
        // the receipts have to be on the shelf before a file goes
        if (!(await this.keepIfRoom(record))) continue
        for (const file of filesOf(record)) await this.ports.files.erase(file)
        record.doneAt = this.ports.now()
        if (record.secret) record.steps = record.steps.map((step) => (step.kind === 'post' ? { ...step, body: {} } : step))
        await this.keepIfRoom(record)
      } else if (this.ports.now() - record.doneAt > KEPT_AFTER_MS) {
        this.records.delete(record.id)
        await this.ports.shelf.erase(PREFIX + record.id)
      }
    }
  }

  private load(): Promise<void> {
    this.loaded ??= this.read().catch((fault: unknown) => {
      this.loaded = null
      throw fault
    })
    return this.loaded
  }

  private async read(): Promise<void> {
    for (const key of await this.ports.shelf.keys(PREFIX)) {
      const record = await this.ports.shelf.read<QueueRecord>(key)
      if (record) this.records.set(record.id, record)
    }
  }

  private mine(): QueueRecord[] {
    const owner = this.owner()
    return [...this.records.values()].filter((record) => record.owner === owner).sort((a, b) => a.madeAt - b.madeAt || (a.id < b.id ? -1 : 1))
  }

  private required(recordId: string): QueueRecord {
    const record = this.records.get(recordId)
    if (!record) throw new Error(`no record ${recordId}`)
    return record
  }

  /** On the shelf first, then in the hand; a pass that runs sees it at its next look. */
  private async replace(record: QueueRecord): Promise<void> {
    await this.write(record)
    this.records.set(record.id, record)
    this.again = true
    this.ports.changed()
  }

  private write(record: QueueRecord): Promise<void> {
    return this.ports.shelf.write(PREFIX + record.id, JSON.parse(JSON.stringify(record)))
  }

  /** What is not kept for want of room is asked of the server again: it counts once. */
  private async keepIfRoom(record: QueueRecord): Promise<boolean> {
    // another has taken its place while this one was on its way
    const now = this.records.get(record.id)
    if (!now) return false
    if (now !== record) adopt(now, record)
    try {
      await this.write(now)
      return true
    } catch (fault) {
      if (fault instanceof StorageFull) return false
      throw fault
    }
  }
}

function isCheckIn(step: Step): boolean {
  return step.kind === 'post' && step.path === '/check-ins'
}

/** Take over receipts that came for a record while it was being changed. */
function adopt(into: QueueRecord, from: QueueRecord): void {
  for (const step of into.steps) {
    const known = from.steps.find((one) => one.id === step.id)
    if (known && isSent(known) && !isSent(step)) Object.assign(step, { receipt: known.receipt, tried: true, trouble: undefined })
  }
}
