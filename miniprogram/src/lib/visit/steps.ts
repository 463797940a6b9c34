/** A signed draft as the queue sends it: the words first, then the pictures by the ids the words name. */
import type { Schemas } from '../api/schema'
import type { Form } from '../pack'
import type { PhotoStep, PostStep, Step } from '../queue/records'
import type { Draft } from './draft'

// what is larger waits for Wi-Fi, for a day
const LARGE_BYTES = 1_000_000
const WIFI_FOR_MS = 24 * 3_600_000

const BY_REQUEST = 'request:'

export function checkInStep(body: Schemas['CheckInIn'], phoneMs: number): PostStep {
  return { kind: 'post', id: body.request_id, title: '签到', path: '/check-ins', body: { ...body }, phoneMs }
}

export function visitSteps(form: Form, draft: Draft, phoneMs: number): Step[] {
  const words: PostStep = { kind: 'post', id: draft.requestId, title: form.title, path: '/visits', body: { ...visitBody(form, draft) } }
  return [words, ...pictureSteps(form, draft, phoneMs)]
}

function visitBody(form: Form, draft: Draft): Schemas['VisitIn'] {
  const awaited = (ids: string[] = []): string[] => ids.map((id) => BY_REQUEST + id)
  const answers = form.items.flatMap((item) => {
    const answer = draft.answers[item.code]
    return answer ? [answer.photos ? { ...answer, photos: awaited(answer.photos) } : answer] : []
  })
  const { own, school } = signaturesOf(draft)
  return {
    request_id: draft.requestId,
    check_in: draft.id,
    kind: draft.kind,
    form_version: draft.formVersion,
    answers,
    grade: draft.grade,
    remarks: draft.remarks,
    companions: draft.companions,
    defence: draft.schoolSays === 'defence' ? draft.defence : '',
    photos: awaited(draft.scene),
    signatures: awaited([own, school].filter((id): id is string => Boolean(id))),
    follow_ups: Object.entries(draft.followUps).map(([id, one]) => ({
      problem_id: Number(id), verdict: one.verdict, remark: one.remark, photos: awaited(one.photos),
    })),
  }
}

/** The school's goes along where it answers by it. */
function signaturesOf({ signatures, schoolSays }: Draft): Draft['signatures'] {
  const { own, school } = signatures
  return { ...(own ? { own } : {}), ...(school && schoolSays === 'signature' ? { school } : {}) }
}

/** Signatures first: they are small and make the record whole; then what proves failures, then the scene. */
function pictureSteps(form: Form, draft: Draft, phoneMs: number): PhotoStep[] {
  const { own, school } = signaturesOf(draft)
  const step = (id: string, purpose: PhotoStep['purpose'], title: string): PhotoStep => {
    const bytes = draft.pictures[id]?.bytes ?? 0
    const large = bytes > LARGE_BYTES ? { wifiUntil: phoneMs + WIFI_FOR_MS } : {}
    return { kind: 'photo', id, title, schoolId: draft.schoolId, purpose, file: id, bytes, sentBytes: 0, ...large }
  }
  const titles = new Map(form.items.map((item) => [item.code, item.title]))
  return [
    ...(own ? [step(own, 'signature', '签名')] : []),
    ...(school ? [step(school, 'signature', '学校签名')] : []),
    ...Object.values(draft.answers).flatMap((answer) => (answer.photos ?? []).map((id) => step(id, 'visit', `照片：${titles.get(answer.item) ?? ''}`))),
    ...Object.values(draft.followUps).flatMap((one) => one.photos.map((id) => step(id, 'problem', '照片：回头看'))),
    ...draft.scene.map((id, n) => step(id, 'visit', `现场照片${n + 1}`)),
  ]
}
