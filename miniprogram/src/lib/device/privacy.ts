/** WeChat's privacy agreement: WeChat asks before the first private interface is used, in our words, and each time
 * again after a no. A browser has no such question. */
import { reactive } from 'vue'
import guide from '../../../privacy-guide.json'

export type Private = (typeof guide.interfaces)[number]

interface Answer { event: 'agree' | 'disagree' | 'exposureAuthorization'; buttonId?: string }
type Resolve = (answer: Answer) => void
interface Asks {
  onNeedPrivacyAuthorization?(ask: (resolve: Resolve, about: { referrer: string }) => void): void
  openPrivacyContract?(options: object): void
}

/** What is being asked now; `null` for nothing. */
export const privacy = reactive({ asks: null as { about: Private | null } | null })
export const AGREE_BUTTON = 'agree-to-privacy'

let resolve: Resolve | null = null

/** The interface that a fault or a question is about. */
export function privateOf(text: string): Private | null {
  return guide.interfaces.find((one) => text.toLowerCase().includes(one.name.toLowerCase())) ?? null
}

/** Hear WeChat's question from now on; `ui-privacy` shows it. */
export function hearPrivacy(): void {
  // #ifndef H5
  const wechat = uni as unknown as Asks
  wechat.onNeedPrivacyAuthorization?.((answer, { referrer }) => {
    // a question that was left open is a no
    resolve?.({ event: 'disagree' })
    resolve = answer
    privacy.asks = { about: privateOf(referrer) }
    answer({ event: 'exposureAuthorization' })
  })
  // #endif
}

/** After the tap on WeChat's own button, or on the other one. */
export function answerPrivacy(agreed: boolean): void {
  resolve?.(agreed ? { event: 'agree', buttonId: AGREE_BUTTON } : { event: 'disagree' })
  resolve = null
  privacy.asks = null
}

export function readPrivacyGuide(): void {
  // #ifndef H5
  ;(uni as unknown as Asks).openPrivacyContract?.({})
  // #endif
}
