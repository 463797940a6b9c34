/** How WeChat's functions are called: an object of arguments, looked at; success, fail and complete, or a promise. */

/** What went against WeChat's rules, for the test to read. */
export const faults = (window.wechatFaults = [])

export function fault(words) {
  faults.push(words)
}

/** A refusal of WeChat's: `errMsg` is what a program goes by. */
export class No extends Error {
  constructor(words, numbers = {}) {
    super(words)
    this.numbers = numbers
  }
}

const CALLBACKS = { success: 'Function', fail: 'Function', complete: 'Function' }

function kindOf(value) {
  if (value === null) return 'Null'
  return Object.prototype.toString.call(value).slice(8, -1)
}

/** `wanted`: name to type, `!` when it has to be there, `|` between types. Returns what is wrong, or null. */
function wrong(given, wanted) {
  if (kindOf(given) !== 'Object') return `parameter should be Object instead of ${kindOf(given)};`
  for (const [name, types] of Object.entries({ ...wanted, ...CALLBACKS })) {
    const value = given[name]
    if (value === undefined && !types.endsWith('!')) continue
    const allowed = types.replace('!', '').split('|')
    const kind = kindOf(value).replace('AsyncFunction', 'Function')
    if (!allowed.includes(kind)) return `parameter.${name} should be ${allowed.join(' or ')} instead of ${kind};`
  }
  const strange = Object.keys(given).filter((name) => !(name in wanted) && !(name in CALLBACKS))
  if (strange.length) fault(`arguments WeChat does not know: ${strange.join()}`)
  return null
}

/** A function of `wx` that answers later. `act` gets the arguments; what it throws is the refusal. */
export function later(name, wanted, act) {
  return (given = {}) => {
    const mistake = wrong(given, wanted)
    if (mistake) fault(`${name}: ${mistake}`)
    const done = mistake ? Promise.reject(new No(`parameter error: ${mistake}`, { errno: 1001 })) : new Promise((resolve) => setTimeout(resolve)).then(() => act(given))
    const { success, fail, complete } = given
    const told = done.then(
      (answer) => ({ errMsg: `${name}:ok`, ...answer }),
      (refused) => {
        if (!(refused instanceof No)) console.error(name, refused)
        throw { errMsg: `${name}:fail ${refused.message}`, ...refused.numbers }
      },
    )
    if (!success && !fail && !complete) return told
    void told.then(
      (answer) => { success?.(answer); complete?.(answer) },
      (answer) => { fail?.(answer); complete?.(answer) },
    )
    return undefined
  }
}
