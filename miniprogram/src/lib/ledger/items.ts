/** A line of a ledger's form, by the server's declaration alone: how a value is typed, read back and doubted.
 * The server has the last word (`models/ledger/validation.py`). */
import type { Schemas } from '../api/schema'

export type Item = Schemas['miniapp_api__ledger_types__ItemOut']
export type Aspect = Schemas['AspectOut']
export type Value = boolean | number | string | string[]
export type Values = Record<string, Value>

/** Kinds that are typed as a number, and how many of the stored unit one typed unit is. */
const NUMBERS: Record<string, number> = { integer: 1, decimal: 1, weight: 1, temperature: 1, money: 100 }

export const isNumber = (item: Item): boolean => item.kind in NUMBERS
const factor = (item: Item): number => NUMBERS[item.kind] ?? 1
const places = (item: Item): number => (item.kind === 'money' ? 2 : item.places)

/** What a field shows of a value. */
export function typed(item: Item, value: Value | undefined): string {
  if (value === undefined) return ''
  if (typeof value !== 'number') return String(value)
  return item.kind === 'money' ? (value / 100).toFixed(2) : String(value)
}

/** A typed text as the value it means; null where it means none. */
export function meant(item: Item, text: string): Value | null {
  const said = text.trim()
  if (!said) return null
  if (!isNumber(item)) return said
  const number = Number(said.replace('，', '.').replace('。', '.').replace('－', '-'))
  if (!Number.isFinite(number)) return said
  const scale = 10 ** places(item)
  return item.kind === 'money' ? Math.round(number * 100) : Math.round(number * scale) / scale
}

export function applies(item: Item, values: Values): boolean {
  return item.when === null || item.when.values.includes(values[item.when.item] as string | boolean)
}

export interface Fault {
  item: string
  sentence: string
}

/** What is missing or cannot be, in the form's order. */
export function faults(items: Item[], values: Values): Fault[] {
  return items.filter((item) => applies(item, values)).flatMap((item) => {
    const sentence = fault(item, values[item.code])
    return sentence ? [{ item: item.code, sentence: `“${item.name}”${sentence}。` }] : []
  })
}

function fault(item: Item, value: Value | undefined): string {
  if (item.kind === 'photos') {
    const n = Array.isArray(value) ? value.length : 0
    return n < (item.lowest ?? 0) ? `请附${item.lowest}张以上` : ''
  }
  if (value === undefined || value === '' || (Array.isArray(value) && !value.length)) return item.required ? '还没有填' : ''
  if (!isNumber(item)) return ''
  if (typeof value !== 'number') return '须是数字'
  const outside = (item.lowest !== null && value < item.lowest) || (item.highest !== null && value > item.highest)
  return outside ? `只能在${shown(item, item.lowest)}到${shown(item, item.highest)}之间` : ''
}

const shown = (item: Item, bound: number | null): string => `${typed(item, bound ?? undefined)}${item.unit}`

/** What ought to be otherwise: said, and sent all the same. */
export function doubt(item: Item, value: Value | undefined): string {
  if (value === undefined) return ''
  if (typeof value === 'number' && isNumber(item)) {
    if (item.at_least !== null && value < item.at_least) return `低于${shown(item, item.at_least)}。如实填写，会记为问题。`
    if (item.at_most !== null && value > item.at_most) return `高于${shown(item, item.at_most)}。如实填写，会记为问题。`
  }
  if (item.ought.length && (typeof value === 'string' || typeof value === 'boolean') && !item.ought.includes(value)) return '不符合要求。如实填写，会记为问题。'
  return ''
}

/** What goes to the server: nothing of lines that are not asked, pictures by the names it knows. */
export function sent(items: Item[], values: Values, isOnPhone: (photo: string) => boolean): Values {
  const out: Values = {}
  for (const item of items) {
    const value = values[item.code]
    if (value === undefined || value === '' || !applies(item, values)) continue
    out[item.code] = item.kind === 'photos' && Array.isArray(value) ? value.map((photo) => (isOnPhone(photo) ? `request:${photo}` : photo)) : value
  }
  return out
}

/** Of an earlier entry what may well be the same today: no pictures, no moments, no sealed numbers. */
export function repeated(items: Item[], before: Record<string, unknown>): Values {
  const kinds = new Set(['photos', 'time', 'date', 'certificate'])
  return Object.fromEntries(items.filter((item) => !kinds.has(item.kind) && before[item.code] !== undefined).map((item) => [item.code, before[item.code] as Value]))
}

/** An entry's values to be corrected. A certificate is shown masked and left out unless it is typed anew. */
export function corrected(items: Item[], before: Record<string, unknown>): Values {
  return Object.fromEntries(items.filter((item) => item.kind !== 'certificate' && before[item.code] !== undefined).map((item) => [item.code, before[item.code] as Value]))
}

/** A value for people to read. */
export function said(item: Item, value: unknown, names: Record<number, string> = {}): string {
  if (value === undefined || value === null) return ''
  if (item.kind === 'yes_no') return value ? '是' : '否'
  if (item.kind === 'choice' || item.kind === 'choices') {
    const codes = Array.isArray(value) ? value : [value]
    return codes.map((code) => item.choices.find((one) => one.code === code)?.name ?? String(code)).join('、')
  }
  if (item.kind === 'photos') return `${Array.isArray(value) ? value.length : 0}张`
  if (item.kind === 'certificate') return typeof value === 'object' ? String((value as { masked?: string }).masked ?? '') : String(value)
  if (item.kind === 'signer' || item.kind === 'reference') return names[Number(value)] ?? String(value)
  if (item.kind === 'time') return String(value).replace('T', ' ')
  return `${typed(item, value as Value)}${item.unit}`
}
