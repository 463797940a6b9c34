/** What a page shows of the server: the last answer from the phone at once, then the present one. */
import { reactive } from 'vue'
import { sentenceOf } from './api/refusals'
import { clock, ownerNow } from './app'
import { shelf } from './device'

const PREFIX = 'seen:'
const MOST_KEPT = 60

interface Seen<T> {
  at: number
  value: T
}

export interface Asked<T> {
  value: T | null
  /** Why there is nothing newer. */
  fault: string
  busy: boolean
  /** The server's milliseconds of the answer that is shown. */
  at: number
  load(): Promise<void>
}

/** `name` tells answers of one person apart, such as `problem:12`; without one nothing is kept. */
export function asked<T>(name: () => string | null, ask: () => Promise<T>): Asked<T> {
  const one = reactive({ value: null, fault: '', busy: false, at: 0, load }) as Asked<T>

  async function load(): Promise<void> {
    const key = name() && `${PREFIX}${ownerNow()}:${name()}`
    one.busy = true
    if (key && one.value === null) {
      const seen = await shelf.read<Seen<T>>(key)
      if (seen && one.value === null) Object.assign(one, seen)
    }
    try {
      const value = await ask()
      Object.assign(one, { value, at: clock.now(), fault: '' })
      if (key) await keepSeen(key, { at: one.at, value })
    } catch (fault) {
      one.fault = sentenceOf(fault)
    } finally {
      one.busy = false
    }
  }
  return one
}

/** What the phone was last told under a name; null when it never was. */
export async function lastSeen<T>(name: string): Promise<T | null> {
  return (await shelf.read<Seen<T>>(`${PREFIX}${ownerNow()}:${name}`))?.value ?? null
}

/** A phone that is full shows what it was told, and forgets it. */
async function keepSeen(key: string, seen: Seen<unknown>): Promise<void> {
  try {
    await shelf.write(key, JSON.parse(JSON.stringify(seen)))
    const keys = await shelf.keys(PREFIX)
    for (const old of keys.length > MOST_KEPT ? keys.filter((one) => one !== key).slice(0, keys.length - MOST_KEPT) : []) await shelf.erase(old)
  } catch {
    // the next start asks again
  }
}
