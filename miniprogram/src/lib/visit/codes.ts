/** What a school's code says to everybody; whether it is genuine only the server can tell. */
export interface Code {
  schoolId: number
  /** Of the poster: one below the school's present one is void. */
  generation: number
  /** Changes every minute, on the school's screen. */
  rotating: boolean
}

const TOKEN = /^[A-Za-z0-9_-]{27}(?:[A-Za-z0-9_-]{5})?$/
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

// the code under the picture (qr/short.py): without 0 and O, 1, I and L
const TYPED = '23456789ABCDEFGHJKMNPQRSTUVWXYZ'
const TYPED_SHAPE = new RegExp(`^[${TYPED}]{10}$`)
const GENERATIONS = 2 ** 5
const PLACES = 2 ** 16
const MACS = Math.floor(TYPED.length ** 9 / (PLACES * GENERATIONS))

/** Read a scanned link, a link as WeChat encodes it, a bare token, or what was typed from under the picture; null when it
 * is no code of ours, `slip` when one of ten characters is wrong. */
export function readCode(text: string): Code | 'slip' | null {
  const token = tokenOf(text.trim())
  return token ? ofToken(token) : ofTyped(text)
}

function ofToken(token: string): Code | null {
  const [versionAndKind = 0, , high = 0, low = 0, a = 0, b = 0, c = 0, d = 0] = bytes(token.slice(0, 12))
  const kind = versionAndKind & 0x0f
  if (versionAndKind >> 4 !== 1 || (kind & 0x07) !== 1) return null
  return { schoolId: ((a * 256 + b) * 256 + c) * 256 + d, generation: high * 256 + low, rotating: (kind & 0x08) !== 0 }
}

function ofTyped(text: string): Code | 'slip' | null {
  const plain = text.replace(/[\s\-·—]+/g, '').toUpperCase()
  if (!TYPED_SHAPE.test(plain)) return null
  const digits = [...plain].map((one) => TYPED.indexOf(one))
  const check = digits.pop() ?? 0
  // 44.6 bits: a number has 53
  const number = digits.reduce((sum, digit) => sum * TYPED.length + digit, 0)
  const said = Math.floor(number / MACS)
  const schoolId = Math.floor(said / GENERATIONS)
  const sum = digits.reduce((all, digit, n) => all + (n + 2) * digit, 0) % TYPED.length
  return sum === check && schoolId < PLACES ? { schoolId, generation: said % GENERATIONS, rotating: false } : 'slip'
}

function tokenOf(text: string): string | null {
  let plain = text
  try {
    plain = decodeURIComponent(text)
  } catch {
    // not encoded
  }
  const link = /\/q\/([^/?#]+)/.exec(plain)
  const token = link?.[1] ?? plain
  return TOKEN.test(token) ? token : null
}

function bytes(token: string): number[] {
  const out: number[] = []
  let bits = 0
  let held = 0
  for (const digit of token) {
    held = (held * 64 + DIGITS.indexOf(digit)) & 0xffff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      out.push((held >> bits) & 0xff)
    }
  }
  return out
}
