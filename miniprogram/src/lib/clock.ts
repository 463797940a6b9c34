/** The phone's clock compared with the server's: a wrong phone still says when a visit really was. */
export interface Offset {
  /** Server minus phone, in milliseconds. */
  ms: number
  heardAt: number
  /** The server is a demonstration, whose clock was moved: the phone is not wrong by it. */
  demo?: boolean
}

// a Date header counts whole seconds, and an answer travels: less than this is no difference
const NOISE_MS = 2_000
export const FAR_OFF_MS = 5 * 60_000

export class Clock {
  private offset: Offset | null

  constructor(
    private readonly phone: () => number,
    kept: Offset | null,
    private readonly keep: (offset: Offset) => void = () => {},
  ) {
    this.offset = kept
  }

  /** Learn from the Date header of an answer that came just now. `demo`: of a demonstration's. */
  heard(date: string | undefined, demo = false): void {
    const server = date ? Date.parse(date) : NaN
    if (Number.isNaN(server)) return
    const phone = this.phone()
    const ms = server + 500 - phone
    const known = this.offset
    this.offset = { ms: Math.abs(ms) < NOISE_MS ? 0 : ms, heardAt: phone, ...(demo ? { demo } : {}) }
    if (!known || Math.abs(known.ms - this.offset.ms) > NOISE_MS) this.keep(this.offset)
  }

  /** Milliseconds since 1970 as the server has it, by the last difference known. */
  now(): number {
    return this.phone() + (this.offset?.ms ?? 0)
  }

  /** How wrong the phone is, when that is worth telling its owner; else null. */
  wrongBy(): number | null {
    return this.offset && !this.offset.demo && Math.abs(this.offset.ms) > FAR_OFF_MS ? this.offset.ms : null
  }
}

/** How long, in the largest whole unit: 5天, 3小时, 7分钟. */
export function spokenSpan(ms: number): string {
  const minutes = Math.round(ms / 60_000)
  if (minutes >= 24 * 60) return `${Math.round(minutes / (24 * 60))}天`
  return minutes >= 60 ? `${Math.round(minutes / 60)}小时` : `${minutes}分钟`
}

const BEIJING_MS = 8 * 3_600_000

/** A Beijing moment in parts; the phone's own time zone does not count. */
function beijing(ms: number): Date {
  return new Date(ms + BEIJING_MS)
}

const two = (n: number): string => String(n).padStart(2, '0')

/** The Beijing date of a moment, `2026-11-24`. */
export function dateOf(ms: number): string {
  return beijing(ms).toISOString().slice(0, 10)
}

/** 11月24日, of a date */
export function spokenDate(date: string): string {
  return `${Number(date.slice(5, 7))}月${Number(date.slice(8, 10))}日`
}

/** 2026年11月24日, of a date */
export function spokenDateFully(date: string): string {
  return `${Number(date.slice(0, 4))}年${spokenDate(date)}`
}

/** 11月24日 10:30 */
export function spoken(at: number | string): string {
  const d = beijing(typeof at === 'string' ? Date.parse(at) : at)
  return `${d.getUTCMonth() + 1}月${d.getUTCDate()}日 ${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`
}

/** 2026年11月24日 10:30 */
export function spokenFully(at: number): string {
  return `${beijing(at).getUTCFullYear()}年${spoken(at)}`
}

/** 11月24日 星期二 */
export function spokenDay(at: number): string {
  const d = beijing(at)
  return `${d.getUTCMonth() + 1}月${d.getUTCDate()}日 星期${'日一二三四五六'[d.getUTCDay()]}`
}

/** A deadline: 11月24日 18:00前; at midnight the day before is over: 11月24日内 */
export function spokenUntil(at: string): string {
  const ms = Date.parse(at)
  return spoken(ms).endsWith(' 00:00') ? `${spoken(ms - 1).split(' ')[0]}内` : `${spoken(ms)}前`
}
