/** Ids that a phone makes: what is sent with one counts once, however often it is sent. */
const ALPHABET = '0123456789abcdefghijklmnopqrstuv'

/** 26 characters of 5 bits each. Time comes first, so that ids sort as they were made. */
export function newId(now: number = Date.now(), random: () => number = Math.random): string {
  let time = ''
  for (let rest = now; time.length < 10; rest = Math.floor(rest / 32)) time = ALPHABET[rest % 32] + time
  return time + Array.from({ length: 16 }, () => ALPHABET[Math.floor(random() * 32)]).join('')
}
