/** The verbs of a visit: check in, keep what is filled in, sign and send, mend what was refused. */
import { clock, drafts, ownerNow, queue, send } from '../app'
import { files, kept, keep, type Place } from '../device'
import { newId } from '../ids'
import { askAtTap, lookWhatToAsk } from '../notifying'
import type { FollowUp, Form, KnownSchool, Pack } from '../pack'
import type { PostStep, QueueRecord, Step } from '../queue'
import { named, newDraft, type Draft } from './draft'
import { checkInStep, visitSteps } from './steps'

const ANSWER_WITHIN_MS = 6_000

/** A random id that stays with the phone, so that a known one is told from a strange one. */
function deviceId(): string {
  const known = kept<string>('device') ?? newId()
  keep('device', known)
  return known
}

interface Scanned {
  code: string
  school: KnownSchool
  form: Form
  place: Place | null
  /** Why there is none, when there was to be one. */
  placeSaid?: string
  earlier: FollowUp[]
  /** The person has just agreed that the place is kept: said to the server before the place is. */
  agreed: Pack['consents'][number] | null
}

function checkIn(given: Scanned, id: string): PostStep {
  const body = { code: given.code, request_id: id, scanned_at: new Date(clock.now()).toISOString(), device: deviceId(), ...(given.place ? { place: given.place } : {}) }
  return checkInStep(body, Date.now())
}

/** Check in: on the phone at once, at the server when there is a network. Rejects with StorageFull. */
export async function begin(given: Scanned): Promise<Draft> {
  const draft = newDraft({
    id: newId(), owner: ownerNow(), requestId: newId(), schoolId: given.school.id, schoolName: given.school.name,
    kind: given.form.kind as Draft['kind'], formVersion: given.form.version, checkedInAt: clock.now(), earlier: given.earlier,
  })
  if (given.placeSaid) draft.placeSaid = given.placeSaid
  const consent: Step[] = given.agreed
    ? [{ kind: 'post', id: newId(), title: '同意提供位置', path: '/me/consents', body: { kind: given.agreed.kind, version: given.agreed.version } }]
    : []
  const record: QueueRecord = {
    id: draft.id, owner: draft.owner, kind: 'visit', title: `${draft.schoolName} 入校`, madeAt: Date.now(), open: true,
    steps: [...consent, checkIn(given, draft.id)],
  }
  await drafts.keep(draft)
  await queue.add(record)
  void lookWhatToAsk()
  return draft
}

/** Another scan for a check-in that was refused: the form goes on with it. */
export async function beginAgain(draft: Draft, given: Scanned): Promise<void> {
  Object.assign(draft, { schoolId: given.school.id, schoolName: given.school.name })
  await drafts.keep(draft)
  await queue.checkInAgain(draft.id, checkIn(given, draft.id), `${draft.schoolName} 入校`, draft.schoolId)
}

/** How the check-in stands after a few seconds: a refusal is best heard at the gate. */
export async function heard(draftId: string): Promise<PostStep | undefined> {
  await Promise.race([send(), new Promise((resolve) => setTimeout(resolve, ANSWER_WITHIN_MS))])
  return checkInOf(await queue.find(draftId))
}

export function checkInOf(record: QueueRecord | undefined): PostStep | undefined {
  return record?.steps.find((step): step is PostStep => step.kind === 'post' && step.path === '/check-ins')
}

/** Sign and send: the record is whole on the phone when this resolves. Rejects with StorageFull. */
export async function submit(form: Form, draft: Draft): Promise<void> {
  askAtTap()
  await drafts.keep({ ...draft, sentAt: Date.now() })
  await queue.complete(draft.id, visitSteps(form, draft, Date.now()))
  void send()
}

/** Pictures that were taken and are named no more. Not those of a record on its way. */
export async function forgetPicture(draft: Draft, id: string): Promise<void> {
  if (named(draft).has(id) || draft.sentAt) return
  delete draft.pictures[id]
  await files.erase(id)
}

/** Throw away a visit that was not sent; the check-in that the server has stays. */
export async function discard(draft: Draft): Promise<void> {
  const record = await queue.find(draft.id)
  if (record) await queue.discard(record.id)
  for (const id of Object.keys(draft.pictures)) await files.erase(id)
  await drafts.drop(draft.id)
}

/** My unsent forms. A form whose record is received is over: its words are at the server. */
export async function unfinished(): Promise<Draft[]> {
  const found: Draft[] = []
  for (const draft of await drafts.list(ownerNow())) {
    const record = await queue.find(draft.id)
    if (record?.doneAt !== undefined) await drafts.drop(draft.id)
    else if (!draft.sentAt) found.push(draft)
  }
  return found
}

