/** What WeChat knows of the person. In a browser a demonstration's sandbox plays WeChat. */
import { failed, ok, type Outcome } from './outcome'
import { kept } from './settings'

/** Whose phone a demonstration's page plays. */
export interface Played {
  id: number
  user: string
  name: string
  phone: string | null
  post: string
}

const WORDS = {
  denied: '微信没有允许登录，请稍后再试。',
  missing: '请在微信里打开“膳督”小程序登录。',
  failed: '微信登录没有成功，请检查网络后再试。',
}

/** The code that the server exchanges for who this is. */
export async function loginCode(): Promise<Outcome<string>> {
  // #ifdef H5
  return await played('login')
  // #endif
  // #ifndef H5
  return await new Promise((resolve) => {
    uni.login({ provider: 'weixin', success: ({ code }) => resolve(ok(code)), fail: (fault) => resolve(failed(fault, WORDS)) })
  })
  // #endif
}

// #ifdef H5
/** The code of the getPhoneNumber button, which a mini-program's page has itself. */
export async function phoneCode(): Promise<Outcome<string>> {
  return await played('phone-number')
}

async function played(what: 'login' | 'phone-number'): Promise<Outcome<string>> {
  const who = kept<Played>('as')
  if (!who) return { kind: 'missing', sentence: WORDS.missing }
  const address = `/sandbox/phones/${encodeURIComponent(who.user)}`
  const headers = { 'Content-Type': 'application/json' }
  try {
    await fetch(address, { method: 'PUT', headers, body: JSON.stringify({ nickname: who.name, phone: who.phone ?? '' }) })
    const answer = await fetch(`${address}/${what}`, { method: 'POST', headers, body: '{}' })
    if (!answer.ok) return { kind: 'missing', sentence: WORDS.missing }
    return ok(((await answer.json()) as { code: string }).code)
  } catch (fault) {
    return failed(fault, WORDS)
  }
}
// #endif
