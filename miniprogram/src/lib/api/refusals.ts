/** How the server says no (RFC 9457): `sentence` is Chinese and meant for the screen, `code` for programs. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly sentence: string,
    readonly facts: Record<string, unknown> = {},
    readonly waitSeconds: number | null = null,
  ) {
    super(sentence)
  }
}

/** No answer came; what was asked may have been done all the same. */
export class Unreached extends Error {
  readonly sentence = '网络不通。填写的内容都在手机里，有网后会自动发送。'
  constructor() {
    super('网络不通')
  }
}

interface Problem {
  code?: string
  detail?: string
  facts?: Record<string, unknown>
}

export function refusal(status: number, headers: Record<string, string>, body: unknown): Refused {
  const said: Problem = typeof body === 'object' && body !== null ? (body as Problem) : {}
  const wait = Number(headers['retry-after'])
  const sentence = said.detail ?? '服务器暂时没有办成，请稍后再试。填写的内容都在手机里。'
  return new Refused(status, said.code ?? 'http', sentence, said.facts ?? {}, wait > 0 ? wait : null)
}

/** What to show for anything that was thrown. */
export function sentenceOf(fault: unknown): string {
  if (fault instanceof Refused || fault instanceof Unreached) return fault.sentence
  return '出了点问题，请再试一次。填写的内容都在手机里。'
}
