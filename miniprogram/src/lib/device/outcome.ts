import { privateOf } from './privacy'

/** What came of asking the phone for something: every way it can go is a value, none is an exception. */
export type Outcome<T> =
  | { kind: 'ok'; value: T }
  /** The person changed their mind. Say nothing. */
  | { kind: 'cancelled' }
  /** The person, or WeChat, does not allow it. `sentence` says how to allow it. */
  | { kind: 'denied'; sentence: string }
  /** This phone has no such thing. */
  | { kind: 'missing'; sentence: string }
  | { kind: 'full'; sentence: string }
  | { kind: 'failed'; sentence: string }

export const ok = <T>(value: T): Outcome<T> => ({ kind: 'ok', value })
export const cancelled: Outcome<never> = { kind: 'cancelled' }
export const FULL: Outcome<never> = { kind: 'full', sentence: '手机存储满了，没有存下。请删掉一些照片或聊天文件后再试。' }

export interface Words {
  denied: string
  missing: string
  failed: string
}

/** WeChat's `errMsg`, such as `scanCode:fail cancel` or `getLocation:fail auth deny`, as an outcome. */
export function failed(fault: unknown, words: Words): Outcome<never> {
  const text = String((fault as { errMsg?: string } | null)?.errMsg ?? (fault as Error | null)?.message ?? fault).toLowerCase()
  if (/cancel/.test(text)) return cancelled
  // refused to WeChat's privacy agreement, which is asked anew the next time
  if (/privacy/.test(text)) return { kind: 'denied', sentence: `您没有同意隐私保护指引。${privateOf(text)?.without ?? ''}再点一次可以重新选。` }
  if (/auth|permission|deny|denied|privacy|not ?allowed|authorize/.test(text)) return { kind: 'denied', sentence: words.denied }
  if (/storage|quota|maximum size|exceed|no space|full/.test(text)) return FULL
  if (/not support|not found|no camera|notfound|can not find|unavailable|system ?err/.test(text)) return { kind: 'missing', sentence: words.missing }
  return { kind: 'failed', sentence: words.failed }
}
