/** What a refusal means for the queue: try later, or tell the person what to do. By the server's stable codes. */
import { Refused } from '../api/refusals'
import type { Remedy, Step, Trouble } from './records'

const REMEDIES: Record<string, Remedy> = {
  school_merged: 'rescan',
  school_closed: 'contact',
  code_revoked: 'rescan',
  code_foreign: 'rescan',
  code_malformed: 'rescan',
  code_mistyped: 'rescan',
  code_wrong: 'rescan',
  answers_refused: 'edit',
  photo_count: 'edit',
  photo_missing: 'edit',
  signature_missing: 'edit',
  wrong_post: 'edit',
  form_unknown: 'update',
  validation: 'edit',
  evidence_needed: 'edit',
  words_needed: 'edit',
  answer_refused: 'edit',
  defence_empty: 'edit',
  follow_up_refused: 'edit',
  follow_up_unknown: 'edit',
  entry_refused: 'edit',
  questionnaire_unknown: 'update',
  version_unknown: 'update',
  photo_refused: 'retake',
  photo_too_large: 'retake',
  too_large: 'retake',
  file_gone: 'retake',
}

// not now, but perhaps later: other uploads have to end first, a part was damaged on its way
const LATER = new Set(['too_many_uploads', 'checksum_mismatch', 'wrong_offset'])

/** Whether the same request may be answered otherwise another time. */
export function isPassing(refused: Refused): boolean {
  return refused.status >= 500 || refused.status === 429 || refused.status === 408 || LATER.has(refused.code)
}

export function trouble(refused: Refused, step: Step): Trouble {
  const remedy = REMEDIES[refused.code] ?? (step.kind === 'photo' && refused.status !== 403 ? 'retake' : 'contact')
  // nobody photographs a signature
  const signed = step.kind === 'photo' && step.purpose === 'signature'
  return { code: refused.code, sentence: refused.sentence, remedy: remedy === 'retake' && signed ? 'resign' : remedy, facts: refused.facts }
}

/** What the person reads below the reason. */
export const ADVICE: Record<Remedy, string> = {
  rescan: '请到学校重新扫码，已填写的内容会接着用。',
  edit: '请点“去修改”，改好后再发送。',
  retake: '请重新拍一张，会补到这份记录里。',
  resign: '请重新签名，会补到这份记录里。',
  contact: '内容还在手机里。请联系学校或县教体局。',
  update: '请关闭小程序重新打开，更新后再发送。',
}
