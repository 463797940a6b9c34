/** What people say to a problem, with what goes with it. The server decides who may (`may` of a problem). */
export interface Verb {
  /** The button, and the title of its page. */
  words: string
  /** What the words are to say; asked for before it is sent where `needsWords`. */
  ask: string
  needsWords?: boolean
  leastPhotos?: number
  kind: 'primary' | 'plain' | 'danger'
  /** Said with one tap. */
  phrases: string[]
  done: string
}

export const VERBS: Record<string, Verb> = {
  submit: { words: '提交整改', ask: '改了什么', leastPhotos: 1, kind: 'primary', phrases: ['已当场整改', '已清洗消毒', '已更换', '已补记录', '已安排专人负责'], done: '整改已提交，等反映的人核查。' },
  appeal: { words: '申辩', ask: '为什么不认可（写明理由）', needsWords: true, kind: 'plain', phrases: [], done: '申辩已提交，期限停止计时，等县里处理。' },
  close: { words: '核查通过，销号', ask: '看到的情况', kind: 'primary', phrases: ['已到现场看过', '看照片，已改好'], done: '已销号，谢谢您。' },
  return: { words: '还没改好，退回', ask: '哪里没改好', needsWords: true, kind: 'danger', phrases: ['照片看不清', '只改了一部分'], done: '已退回学校重新整改。' },
  reopen: { words: '没解决', ask: '哪里没有解决', needsWords: true, kind: 'danger', phrases: ['和以前一样', '改了又坏了'], done: '已反映，学校要重新整改。' },
  uphold: { words: '申辩成立，撤销问题', ask: '理由', kind: 'plain', phrases: [], done: '问题已撤销。' },
  reject: { words: '申辩不成立', ask: '不予采纳的理由', needsWords: true, kind: 'danger', phrases: [], done: '已答复学校，继续整改。' },
}

/** In the order of the buttons. */
export const verbsOf = (may: readonly string[]): [string, Verb][] =>
  Object.entries(VERBS).filter(([code]) => may.includes(code))
