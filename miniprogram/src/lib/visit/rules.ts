/** What a form still lacks, said before it is sent: out of reach of the server nobody else can. The server has
 * the last word (`models/visits/rules.py`). */
import type { Form } from '../pack'
import type { Answer, Draft } from './draft'

export type Item = Form['items'][number]

export const TASTES: Record<string, string> = { look: '外观', smell: '气味', taste: '味道', warmth: '温度', portion: '分量' }
export const COUNTS: Record<string, string> = { dust: '防尘', rat: '防鼠', fly: '防蝇' }
export const SEVERITIES: [string, string][] = [['general', '一般'], ['serious', '较大'], ['major', '重大']]
export const HANDLINGS: [string, string][] = [['deadline', '限期整改'], ['on_spot', '即知即改'], ['report', '上报']]
const NOT_ANSWERED = ['unseen', 'na']

export interface Fault {
  /** An item's code, `earlier-ID`, or `grade`, `scene`, `school`, `signature`, for where to take the person. */
  at: string
  sentence: string
}

export const isBad = (verdict: string): boolean => verdict !== 'pass' && !NOT_ANSWERED.includes(verdict)

/** Everything that is missing, in the form's order. */
export function faults(form: Form, draft: Draft): Fault[] {
  const found: Fault[] = []
  for (const item of form.items) {
    for (const sentence of itemFaults(item, draft.answers[item.code])) found.push({ at: item.code, sentence })
  }
  if (form.kind === 'supervisor') found.push(...supervisorsFaults(draft))
  if (form.grades.length && !draft.grade) found.push({ at: 'grade', sentence: '请选择总体评价。' })
  const scene = draft.scene.length
  if (scene < form.min_photos || scene > form.max_photos) found.push({ at: 'scene', sentence: `请拍${form.min_photos}到${form.max_photos}张现场照片（现在${scene}张）。` })
  if (!draft.signatures.own) found.push({ at: 'signature', sentence: '请签名。' })
  return found
}

const DEFENCE_LEAST = 2

/** Each earlier problem wants a word, 没看 is one; and the school its say. */
function supervisorsFaults(draft: Draft): Fault[] {
  const found = draft.earlier.flatMap((one): Fault[] => {
    const look = draft.followUps[one.problem_id]
    const at = `earlier-${one.problem_id}`
    if (!look) return [{ at, sentence: `“${one.title}”改好了没有，还没有选。` }]
    if (look.verdict === 'not_done' && !look.remark.trim()) return [{ at, sentence: `“${one.title}”没改好，请写明哪里没改。` }]
    return []
  })
  const { schoolSays, signatures, defence } = draft
  const sentence = !schoolSays ? '请问学校负责人：签字、申辩，还是事后确认。'
    : schoolSays === 'signature' && !signatures.school ? '请学校负责人签名。'
      : schoolSays === 'defence' && defence.trim().length < DEFENCE_LEAST ? '请写明学校的申辩意见。' : ''
  return sentence ? [...found, { at: 'school', sentence }] : found
}

function itemFaults(item: Item, answer: Answer | undefined): string[] {
  if (!answer) return [`“${item.title}”还没有填。`]
  const looked = !NOT_ANSWERED.includes(answer.verdict)
  const photos = answer.photos ?? []
  const found: string[] = []
  if (item.key && isBad(answer.verdict) && !photos.length) found.push(`“${item.title}”不合格，请拍一张照片。`)
  if (item.kind === 'tasting' && looked && Object.keys(TASTES).some((taste) => !answer.scores?.[taste])) found.push('请给外观、气味、味道、温度、分量各打一个分。')
  if (answer.verdict === 'problem') found.push(...problemFaults(item, answer, photos.length))
  return found
}

function problemFaults(item: Item, answer: Answer, photos: number): string[] {
  const found: string[] = []
  if (!answer.severity) found.push(`请选择“${item.title}”的严重程度。`)
  if (!answer.handling) found.push(`请选择“${item.title}”的处理方式。`)
  if (!answer.remark?.trim()) found.push(`请写明“${item.title}”的问题。`)
  if (answer.handling === 'on_spot' && photos < 2) found.push(`“${item.title}”即知即改，请附整改前和整改后的照片。`)
  return found
}

/** An item's answer with another verdict: what still fits stays. */
export function answered(item: Item, verdict: string, before: Answer | undefined): Answer {
  const looked = !NOT_ANSWERED.includes(verdict)
  const answer: Answer = { item: item.code, verdict }
  if (before?.remark) answer.remark = before.remark
  if (item.kind === 'tasting' && looked) answer.scores = before?.scores ?? {}
  if (item.kind === 'counts' && looked) answer.counts = before?.counts ?? { dust: null, rat: null, fly: null }
  if (isBad(verdict)) answer.photos = before?.photos ?? []
  if (verdict === 'problem') Object.assign(answer, { severity: before?.severity ?? item.severity, handling: before?.handling ?? 'deadline' })
  return answer
}
