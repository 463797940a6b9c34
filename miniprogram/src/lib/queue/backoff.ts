const FIRST_MS = 2_000
const MOST_MS = 5 * 60_000

/** How long to wait after so many failures in a row (1, 2, …): doubling, with half of it left to chance, so
 * that the phones of a valley whose mast comes back do not all call at once. */
export function delayMs(failures: number, random: () => number): number {
  const whole = Math.min(MOST_MS, FIRST_MS * 2 ** (failures - 1))
  return Math.round(whole / 2 + (whole / 2) * random())
}
