/** Reads the bars on a package (EAN-13, UPC-A as its kin, EAN-8) out of a picture; GB 12904. A file of its own, so that it is
 * fetched when it is first needed. Pure. */
import { addsUp } from '../ledger/goods'

/** As a canvas gives it: four bytes a pixel. */
export interface Picture {
  data: ArrayLike<number>
  width: number
  height: number
}

// widths in modules of space, bar, space, bar: a digit of the left half, odd; mirrored it is even, on the right inverted
const DIGITS = ['3211', '2221', '2122', '1411', '1132', '1231', '1114', '1312', '1213', '3112'].map((one) => [...one].map(Number))
const EVEN = DIGITS.map((one) => [...one].reverse())
// which of the left six are even says the first of thirteen digits
const FIRST = ['000000', '001011', '001101', '001110', '010011', '011001', '011100', '010101', '010110', '011010']
const LINES = 48
/** How far a bar may be from its width, in modules, and all four of a digit together. */
const MOST_OFF = 0.7
const MOST_OFF_DIGIT = 1.6

/** The number under the bars; null where none is seen twice. Upright, upside down or turned by a quarter. */
export function readBars(picture: Picture): string | null {
  const seen = new Map<string, number>()
  for (const line of lines(picture)) {
    const runs = runsOf(line)
    const found = inRuns(runs) ?? inRuns(runs.reverse())
    if (!found) continue
    // one line through a crease may read something else that adds up
    if (seen.has(found)) return found
    seen.set(found, 1)
  }
  return null
}

/** Grey values along rows, then along columns, from the middle outwards. */
function* lines({ data, width, height }: Picture): Generator<number[]> {
  const grey = (x: number, y: number): number => {
    const at = (y * width + x) * 4
    return ((data[at] ?? 0) * 299 + (data[at + 1] ?? 0) * 587 + (data[at + 2] ?? 0) * 114) / 1000
  }
  for (const [across, along, of] of [[height, width, (i: number, n: number) => grey(i, n)], [width, height, (i: number, n: number) => grey(n, i)]] as const) {
    for (let k = 0; k < LINES; k++) {
      const off = (Math.ceil(k / 2) * (k % 2 ? 1 : -1)) / LINES
      const n = Math.min(across - 1, Math.round(across * (0.5 + off)))
      yield Array.from({ length: along }, (_, i) => of(i, n))
    }
  }
}

/** Lengths of light and dark by turns, light first. What is dark is darker than its surroundings are on average. */
function runsOf(line: number[]): number[] {
  const half = Math.max(8, Math.round(line.length / 16))
  const sums = [0]
  for (const value of line) sums.push((sums.at(-1) ?? 0) + value)
  const runs = [0]
  let dark = false
  line.forEach((value, i) => {
    const [from, to] = [Math.max(0, i - half), Math.min(line.length, i + half + 1)]
    const mean = ((sums[to] ?? 0) - (sums[from] ?? 0)) / (to - from)
    const now = value < mean - 6
    if (now !== dark) runs.push(0)
    dark = now
    runs[runs.length - 1]! += 1
  })
  // light last, too: it is read from both ends
  return dark ? [...runs, 0] : runs
}

function inRuns(runs: number[]): string | null {
  for (let at = 1; at < runs.length; at += 2) {
    const found = from(runs, at, 6) ?? from(runs, at, 4)
    if (found) return found
  }
  return null
}

/** A whole number whose first guard is the bar at a place: guard, half, middle guard, half, guard. */
function from(runs: number[], at: number, half: number): string | null {
  const all = 3 + 4 * half + 5 + 4 * half + 3
  const given = runs.slice(at, at + all)
  if (given.length < all) return null
  const module = given.reduce((a, b) => a + b, 0) / (11 + 14 * half)
  // a margin on both sides, or it is a piece of something longer
  if ((runs[at - 1] ?? 0) < module * 3 || (runs[at + all] ?? 0) < module * 3) return null
  const middle = 3 + 4 * half
  const guards = [...given.slice(0, 3), ...given.slice(middle, middle + 5), ...given.slice(-3)]
  if (guards.some((one) => Math.abs(one / module - 1) > MOST_OFF)) return null
  let said = ''
  let parity = ''
  for (let n = 0; n < 2 * half; n++) {
    const start = n < half ? 3 + 4 * n : middle + 5 + 4 * (n - half)
    const digit = digitOf(given.slice(start, start + 4), n < half && half === 6)
    if (!digit) return null
    said += digit[0]
    if (n < half) parity += digit[1] ? '1' : '0'
  }
  const number = half === 6 ? `${FIRST.indexOf(parity)}${said}` : said
  return !number.startsWith('-') && addsUp(number) ? number : null
}

/** The digit that four runs are nearest to, and whether it is an even one; null when none is near. */
function digitOf(runs: number[], mayBeEven: boolean): [number, boolean] | null {
  const whole = runs.reduce((a, b) => a + b, 0)
  const modules = runs.map((run) => (run * 7) / whole)
  let best: [number, boolean] | null = null
  let least = MOST_OFF_DIGIT
  for (const [even, patterns] of [[false, DIGITS], [true, EVEN]] as const) {
    if (even && !mayBeEven) continue
    patterns.forEach((pattern, digit) => {
      const off = pattern.map((width, n) => Math.abs(width - (modules[n] ?? 0)))
      const sum = off.reduce((a, b) => a + b, 0)
      if (sum < least && Math.max(...off) <= MOST_OFF) [best, least] = [[digit, even], sum]
    })
  }
  return best
}
