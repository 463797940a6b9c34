/** Words and pictures half written: on the phone after every tap, until the server's receipt is. */
import { ownerNow, queue, send } from '../app'
import { files, shelf } from '../device'
import { Drafts } from '../drafts'
import { newId } from '../ids'
import { askAtTap, lookWhatToAsk } from '../notifying'
import type { PhotoStep, QueueRecord, Step } from '../queue'

export interface ActDraft {
  /** Whose and what, such as `7:submit:12`: the same page finds it again. */
  id: string
  owner: string
  /** Of the request, and of its record in the queue. */
  requestId: string
  words: string
  photos: string[]
  bytes: Record<string, number>
  /** What else the page asks. */
  more: Record<string, unknown>
  sentAt?: number
}

export const acts = new Drafts<ActDraft>(shelf, 'act:')

/** The draft of a thing to do, begun or not. One that was received is over, and another begins. */
export async function draftOf(what: string, more: Record<string, unknown> = {}): Promise<ActDraft> {
  void lookWhatToAsk()
  const id = `${ownerNow()}:${what}`
  const found = await acts.find(id)
  if (found && !(await isOver(found))) return found
  if (found) await acts.drop(id)
  return { id, owner: ownerNow(), requestId: newId(), words: '', photos: [], bytes: {}, more }
}

/** What of a kind was begun and not sent, such as `survey:12:3`. */
export async function begun(kind: string): Promise<Set<string>> {
  const owner = ownerNow()
  const half = (await acts.list(owner)).filter((one) => !one.sentAt && one.id.startsWith(`${owner}:${kind}:`) && (one.words || Object.values(one.more).some(isGiven)))
  return new Set(half.map((one) => one.id.slice(owner.length + 1)))
}

const isGiven = (value: unknown): boolean => (typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : value !== undefined && value !== '')

async function isOver(draft: ActDraft): Promise<boolean> {
  if (!draft.sentAt) return false
  const record = await queue.find(draft.requestId)
  return record === undefined || record.doneAt !== undefined
}

/** Whether it is on its way and may not be changed. */
export async function isUnderWay(draft: ActDraft): Promise<boolean> {
  const record = draft.sentAt ? await queue.find(draft.requestId) : undefined
  return record !== undefined && record.doneAt === undefined && !record.steps.some((step) => step.trouble)
}

/** The server's words about it, when it has refused it. */
export async function refusalOf(draft: ActDraft): Promise<QueueRecord['steps'][number]['trouble']> {
  const record = draft.sentAt ? await queue.find(draft.requestId) : undefined
  return record?.steps.find((step) => step.trouble && step.receipt === undefined)?.trouble
}

export const named = (ids: string[]): string[] => ids.map((id) => `request:${id}`)

export function photoSteps(draft: ActDraft, schoolId: number, purpose: PhotoStep['purpose']): PhotoStep[] {
  return draft.photos.map((id, n) => ({
    kind: 'photo', id, title: `照片${n + 1}`, schoolId, purpose, file: id, bytes: draft.bytes[id] ?? 0, sentBytes: 0,
  }))
}

export type Said = Pick<QueueRecord, 'kind' | 'title'> & Partial<Pick<QueueRecord, 'about' | 'page' | 'secret'>>

/** Into the queue: it is whole on the phone when this resolves. Rejects with StorageFull. To be called in the tap. */
export async function sendAct(draft: ActDraft, said: Said, steps: Step[]): Promise<void> {
  askAtTap()
  const sentAt = Date.now()
  await acts.keep({ ...draft, sentAt })
  if (await queue.find(draft.requestId)) await queue.complete(draft.requestId, steps)
  else await queue.add({ ...said, id: draft.requestId, owner: draft.owner, madeAt: Date.now(), open: false, steps })
  draft.sentAt = sentAt
  void send()
}

export async function dropPicture(draft: ActDraft, id: string): Promise<void> {
  draft.photos = draft.photos.filter((one) => one !== id)
  delete draft.bytes[id]
  if (!draft.sentAt) await files.erase(id)
}
