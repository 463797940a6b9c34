/** A long form in parts, each a page for itself: the sections the server declares, then what ends the visit. */
import type { Form } from '../pack'
import type { Item } from './rules'
import type { Draft } from './draft'

/** What a part asks for besides its items. */
export type Ending = 'earlier' | 'scene' | 'school' | 'sign'

export interface Part {
  code: string
  title: string
  items: Item[]
  ends: Ending[]
}

// a declaration's item of earlier problems: the problems themselves stand above it
const LOOKED_AT_AGAIN = 'I'

/** A form without sections is one part: twenty items for one thumb. */
export function partsOf(form: Form): Part[] {
  if (!form.sections.length) return [{ code: '', title: form.title, items: form.items, ends: ['earlier', 'scene', 'sign'] }]
  const sections = form.sections.map(([code, title]): Part => ({
    code, title, items: form.items.filter((item) => item.code.startsWith(code)), ends: code === LOOKED_AT_AGAIN ? ['earlier'] : [],
  }))
  return [
    ...sections,
    { code: '照片', title: '现场照片和备注', items: [], ends: ['scene'] },
    { code: '学校', title: '请学校负责人看', items: [], ends: ['school'] },
    { code: '签名', title: '督学签名，发送', items: [], ends: ['sign'] },
  ]
}

/** Where a fault is mended. */
export function partOf(parts: readonly Part[], at: string): number {
  const ending: Ending = at.startsWith('earlier-') ? 'earlier' : at === 'scene' || at === 'school' ? at : 'sign'
  const found = parts.findIndex((part) => part.items.some((item) => item.code === at))
  return Math.max(0, found >= 0 ? found : parts.findIndex((part) => part.ends.includes(ending)))
}

/** How much of a part is answered, of how much. */
export function progress(part: Part, draft: Draft): { done: number; all: number } {
  const items = part.items.filter((item) => draft.answers[item.code]).length
  const ends = part.ends.flatMap((end): boolean[] => {
    if (end === 'earlier') return draft.earlier.map((one) => draft.followUps[one.problem_id] !== undefined)
    if (end === 'scene') return [draft.scene.length > 0]
    if (end === 'school') return [draft.schoolSays !== undefined]
    return [draft.signatures.own !== undefined]
  })
  return { done: items + ends.filter(Boolean).length, all: part.items.length + ends.length }
}
