/** The goods' number (GTIN) in what a scanned code says. The server has the last word (`models/ledger/numbers.py`). */

// plain bars; a link of GS1's with 01 in it; GS1's element 01, with brackets or a leading sign or without
const FORMS = [/^(\d{8}|\d{12,14})$/, /\/01\/(\d{8}|\d{12,14})(?:[/?#]|$)/, /^(?:\][A-Za-z]\d|\x1d)?\(?01\)?(\d{14})/]

/** Null: it is no goods' code. What is packed singly has thirteen digits, however its code writes it. */
export function goodsNumber(text: string): string | null {
  const found = FORMS.map((form) => form.exec(text.trim())?.[1]).find((number) => number && addsUp(number))
  return found ? found.replace(/^0(?=\d{13}$)/, '').replace(/^\d{12}$/, '0$&') : null
}

/** Whether the last digit is the check digit of those before it. */
export function addsUp(number: string): boolean {
  const sum = [...number].reverse().reduce((total, digit, place) => total + Number(digit) * (place % 2 ? 3 : 1), 0)
  return sum % 10 === 0
}

/** What to say of a number that was just scanned: it is here already, or in another entry of the day. */
export function saidOfScan(number: string, here: unknown, elsewhere: readonly string[]): string {
  if (number === here) return '这个条码刚才已经扫过了。'
  return elsewhere.includes(number) ? '这一天已经有一条扫过这个条码。同一批货不要记两遍；是另一批，请接着填。' : ''
}
