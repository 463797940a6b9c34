import { Unreached } from './refusals'

export interface Ask {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** From `/api` on. */
  path: string
  headers?: Record<string, string>
  /** JSON as text, or the bytes of a picture. */
  body?: string | ArrayBuffer
  timeoutMs?: number
  /** The answer is a file: its bytes are the body. */
  file?: boolean
}

/** Header names are in lower case. */
export interface Reply {
  status: number
  headers: Record<string, string>
  body: unknown
}

/** Rejects with Unreached and nothing else. */
export type Transport = (ask: Ask) => Promise<Reply>

const ORDINARY_MS = 30_000

/** Both platforms have uni.request; HTTP refusals are replies, silence is Unreached. */
export function overUni(origin: string): Transport {
  return (ask) =>
    new Promise((resolve, reject) => {
      uni.request({
        url: `${origin}/api${ask.path}`,
        method: ask.method,
        header: ask.headers ?? {},
        data: ask.body,
        timeout: ask.timeoutMs ?? ORDINARY_MS,
        ...(ask.file ? { responseType: 'arraybuffer' as const } : {}),
        success: (reply) => {
          // a browser that is cut off answers with status 0
          if (!reply.statusCode) return reject(new Unreached())
          resolve({ status: reply.statusCode, headers: lower(reply.header), body: ask.file && reply.statusCode >= 400 ? said(reply.data) : reply.data })
        },
        fail: () => reject(new Unreached()),
      })
    })
}

function lower(headers: unknown): Record<string, string> {
  const plain: Record<string, string> = {}
  for (const [name, value] of Object.entries((headers ?? {}) as Record<string, unknown>)) plain[name.toLowerCase()] = String(value)
  return plain
}

/** A refusal where a file was asked for is bytes, too. */
function said(data: unknown): unknown {
  try {
    return JSON.parse(decodeURIComponent(Array.from(new Uint8Array(data as ArrayBuffer), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')))
  } catch {
    return null
  }
}
