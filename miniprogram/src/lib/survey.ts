/** A guardian's answer being given, and what it still lacks. The server has the last word. */
import type { Schemas } from './api/schema'
import type { ActDraft } from './acts/draft'

export type Questionnaire = Schemas['Questionnaire']
export type Asked = Schemas['AskedOut']

export interface Given {
  marks: Record<string, number>
  days?: number
  channel?: string
}

export const given = (draft: ActDraft): Given => ({ marks: (draft.more.marks ?? {}) as Record<string, number>, days: draft.more.days as number | undefined, channel: draft.more.channel as string | undefined })

export interface Lack {
  at: string
  sentence: string
}

/** Everything that is missing, in the form's order. */
export function lacks(form: Questionnaire, answer: Given): Lack[] {
  const found: Lack[] = form.questions.filter((one) => answer.marks[one.code] === undefined).map((one) => ({ at: one.code, sentence: `“${one.title}”还没有选。` }))
  if (answer.days === undefined) found.push({ at: 'days', sentence: `“${form.days_title}”还没有选。` })
  if (!answer.channel) found.push({ at: 'channel', sentence: `“${form.channel_title}”还没有选。` })
  return found
}

export const progress = (form: Questionnaire, answer: Given): number => form.questions.length + 2 - lacks(form, answer).length
