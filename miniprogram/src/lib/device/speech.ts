/** Speech, on the phone alone: a browser that would send a voice, or a text, to somebody else's server is not asked. A
 * mini-program has no speech without another's plugin; there the keyboard's own dictation and the phone's own reader
 * of screens do both. */
import { cancelled, failed, ok, type Outcome } from './outcome'

const LANGUAGE = 'zh-CN'

const WORDS = {
  denied: '没有话筒权限。请在手机的设置里允许使用话筒，或者用键盘上的话筒。',
  missing: '这台手机不能听写，请用键盘上的话筒。',
  failed: '没有听清，请再说一次。',
}

// #ifdef H5
interface Listener {
  lang: string
  processLocally: boolean
  onresult: (heard: { results: ArrayLike<ArrayLike<{ transcript: string }>> }) => void
  onerror: (fault: { error: string }) => void
  onend: () => void
  start(): void
}
interface Listeners {
  new (): Listener
  available?(asked: { langs: string[]; processLocally: true }): Promise<string>
}

const listeners = (): Listeners | undefined => {
  const { SpeechRecognition, webkitSpeechRecognition } = window as unknown as Record<string, Listeners | undefined>
  return SpeechRecognition ?? webkitSpeechRecognition
}
const own = (): SpeechSynthesisVoice | undefined =>
  window.speechSynthesis?.getVoices().find((voice) => voice.localService && /^(zh|cmn)\b/i.test(voice.lang))
// #endif

/** Whether this phone writes down what is said, by itself. */
export async function canDictate(): Promise<boolean> {
  // #ifdef H5
  return (await listeners()?.available?.({ langs: [LANGUAGE], processLocally: true }).catch(() => '')) === 'available'
  // #endif
  // #ifndef H5
  return false
  // #endif
}

/** What somebody says now, until they pause. */
export function dictate(): Promise<Outcome<string>> {
  return new Promise((resolve) => {
    // #ifdef H5
    const Known = listeners()
    if (!Known) return resolve({ kind: 'missing', sentence: WORDS.missing })
    const listener = new Known()
    Object.assign(listener, { lang: LANGUAGE, processLocally: true })
    listener.onresult = ({ results }) => resolve(ok(Array.from(results, (one) => one[0]?.transcript ?? '').join('')))
    listener.onerror = ({ error }) => resolve(error === 'aborted' ? cancelled : failed(new Error(error.replace(/^service-/, '')), WORDS))
    // heard nothing: an answer was given before, where there is one
    listener.onend = () => resolve({ kind: 'failed', sentence: WORDS.failed })
    listener.start()
    // #endif
    // #ifndef H5
    resolve({ kind: 'missing', sentence: WORDS.missing })
    // #endif
  })
}

/** Whether this phone has a Chinese voice of its own. */
export async function canRead(): Promise<boolean> {
  // #ifdef H5
  if (!window.speechSynthesis) return false
  if (own()) return true
  // voices come a moment after the page
  await new Promise<void>((resolve) => {
    setTimeout(resolve, 1_000)
    window.speechSynthesis.addEventListener?.('voiceschanged', () => resolve(), { once: true })
  })
  return own() !== undefined
  // #endif
  // #ifndef H5
  return false
  // #endif
}

/** Read a text aloud, and nothing that is still being read; `over` when it is through, or stopped. */
export function read(text: string, over: () => void): void {
  // #ifdef H5
  hush()
  const spoken = Object.assign(new SpeechSynthesisUtterance(text), { lang: LANGUAGE, voice: own() ?? null, rate: 0.9 })
  spoken.onend = spoken.onerror = over
  window.speechSynthesis.speak(spoken)
  // #endif
  // #ifndef H5
  over()
  // #endif
}

export function hush(): void {
  // #ifdef H5
  window.speechSynthesis?.cancel()
  // #endif
}
