/** How figures and codes are said. */
import { session } from '@/lib/session'
import type { Schemas } from '@/lib/api/schema'

/** The division of the first post that is held over one; null for those who hold none. */
export function myDivision(): string | null {
  return session.me?.posts.find((post) => post.division_code !== null)?.division_code ?? null
}

/** 25%; a dash where there is nothing to divide by. */
export function percent(part: number, whole: number): string {
  return whole ? `${Math.round((part / whole) * 100)}%` : '—'
}

export function spokenMonth(month: string): string {
  return `${month.slice(0, 4)}年${Number(month.slice(5))}月`
}

/** `2026-11` moved by some months. */
export function moved(month: string, by: number): string {
  const count = Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1 + by
  return `${Math.floor(count / 12)}-${String((count % 12) + 1).padStart(2, '0')}`
}

export const SEVERITIES: Record<string, string> = { general: '一般', serious: '较大', major: '重大' }
export const VISITS: Record<string, string> = { committee: '家委会入校', supervisor: '督学入校' }
export const GRADES: Record<string, string> = { excellent: '优', good: '良', fair: '中', poor: '差' }
export const MOVES: Record<Schemas['Move'], string> = {
  report: '反映问题', withhold: '未通过内容审核', fix: '当场改好', assign: '限期整改', submit: '学校提交整改', close: '核查通过，销号', return: '核查退回',
  appeal: '学校申辩', uphold: '申辩成立', reject: '申辩不成立', reopen: '反映没解决', expire: '超过期限', followed_up: '回头看，已改好', still_wrong: '回头看，没改好',
  reschedule: '调整期限', remind: '到期提醒', postpone: '期限遇假期顺延',
}
export const POSTS: Record<string, string> = {
  parent: '家长', committee: '家委会委员', supervisor: '责任督学', head: '学校负责人', manager: '食堂管理员', finance: '财务人员', county: '县教体局', prefecture: '州市教体局', province: '省教体局',
  regulator: '市场监管', administrator: '管理员',
}
