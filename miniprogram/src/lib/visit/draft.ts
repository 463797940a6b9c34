/** A visit being filled in. It is on the shelf after every tap, and stays there until its receipt is. */
import type { Schemas } from '../api/schema'
import type { FollowUp, VisitKind } from '../pack'

export type Answer = Schemas['miniapp_api__visits__AnswerIn']

/** A picture among the phone's files; its name is the request id it is sent with. */
export interface Picture {
  id: string
  bytes: number
}

/** How the school answers a supervisor's record: here and now by its signature or its defence, or afterwards from
 * the head's own phone. */
export type SchoolSays = 'signature' | 'defence' | 'later'

export type Look = { verdict: Schemas['FollowUpIn']['verdict']; remark: string; photos: string[] }

export interface Draft {
  /** The record in the queue that its check-in began: also the check-in's request id. */
  id: string
  owner: string
  requestId: string
  schoolId: number
  schoolName: string
  kind: VisitKind
  formVersion: number
  /** The server's milliseconds, as well as the phone knew. */
  checkedInAt: number
  /** By item; `photos` name pictures of `pictures`. */
  answers: Record<string, Answer>
  grade: string
  remarks: string
  companions: string
  defence: string
  /** Of the scene. */
  scene: string[]
  signatures: { own?: string; school?: string }
  schoolSays?: SchoolSays
  /** Problems to look at again, as they were known at the check-in; and what was seen of them, by problem. */
  earlier: FollowUp[]
  followUps: Record<number, Look>
  /** The part that is being filled in. */
  part?: number
  /** Why the check-in has no place. */
  placeSaid?: string
  pictures: Record<string, Picture>
  /** Signed and in the queue. */
  sentAt?: number
}

type Begun = 'id' | 'owner' | 'requestId' | 'schoolId' | 'schoolName' | 'kind' | 'formVersion' | 'checkedInAt' | 'earlier'

export function newDraft(given: Pick<Draft, Begun>): Draft {
  return {
    ...given, answers: {}, grade: '', remarks: '', companions: '', defence: '', scene: [], signatures: {}, followUps: {}, pictures: {},
  }
}

/** The pictures that the draft still names. */
export function named(draft: Draft): Set<string> {
  const ofItems = Object.values(draft.answers).flatMap((answer) => answer.photos ?? [])
  const ofFollowUps = Object.values(draft.followUps).flatMap((one) => one.photos)
  const signatures = [draft.signatures.own, draft.signatures.school].filter((id): id is string => Boolean(id))
  return new Set([...ofItems, ...draft.scene, ...ofFollowUps, ...signatures])
}
