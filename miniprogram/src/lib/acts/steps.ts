/** How a problem's step stands in what happened. */

export const GOOD = new Set(['submit', 'close', 'fix', 'followed_up'])
const BAD = new Set(['withhold', 'return', 'reject', 'reopen', 'expire', 'still_wrong'])

/** `last`: the step it has come to, while it has not ended. */
export function standing(move: string, last: boolean): 'good' | 'bad' | 'now' | '' {
  return GOOD.has(move) ? 'good' : BAD.has(move) ? 'bad' : last ? 'now' : ''
}
