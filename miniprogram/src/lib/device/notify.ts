/** WeChat's question whether we may send messages: it opens inside a tap alone, and each yes is good for one message. */
import { failed, ok, type Outcome } from './outcome'
import { kept } from './settings'
import type { Played } from './wechat'

// WeChat takes no more at once
const MOST = 3

const WORDS = {
  denied: '微信里关掉了“膳督”的消息。请在小程序的设置里打开“通知管理”。',
  missing: '这里不能开启微信提醒，消息都在“消息”里。',
  failed: '没有开成，请再点一次。',
}

/** Which templates, the server says (`GET /me/subscriptions`), those that are most needed first. */
export async function askToNotify(templates: string[]): Promise<Outcome<void>> {
  // #ifdef H5
  const who = kept<Played>('as')
  if (!who) return { kind: 'missing', sentence: WORDS.missing }
  try {
    const choices = Object.fromEntries(templates.slice(0, MOST).map((template) => [template, 'accept']))
    const answer = await fetch(`/sandbox/phones/${encodeURIComponent(who.user)}/subscribe`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ choices }) })
    return answer.ok ? ok(undefined) : { kind: 'failed', sentence: WORDS.failed }
  } catch (fault) {
    return failed(fault, WORDS)
  }
  // #endif
  // #ifndef H5
  return await new Promise((resolve) => {
    uni.requestSubscribeMessage({ tmplIds: templates.slice(0, MOST), success: () => resolve(ok(undefined)), fail: (fault) => resolve(failed(fault, WORDS)) })
  })
  // #endif
}
