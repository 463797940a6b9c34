import { describe, expect, test } from 'vitest'
import { readBars } from '@/lib/device/bars'
import { failed } from '@/lib/device/outcome'
import { GOODS } from '@/lib/device/scan'
import { addsUp, goodsNumber, saidOfScan } from '@/lib/ledger/goods'
import { applies, corrected, doubt, faults, meant, repeated, said, sent, typed, type Item } from '@/lib/ledger/items'

function item(changes: Partial<Item>): Item {
  return {
    code: 'it', name: '一项', kind: 'integer', unit: '', required: true, lowest: null, highest: null, places: 0, longest: 0, choices: [], refers: '', at_least: null, at_most: null,
    ought: [], wanted: false, when: null, hint: '', source: '', ...changes,
  }
}

describe('a value is typed as people say it and kept as the server wants it', () => {
  test.each([
    [item({ kind: 'money' }), '6.5', 650, '6.50'],
    [item({ kind: 'money' }), '19.99', 1999, '19.99'],
    [item({ kind: 'temperature', places: 1 }), '－18.5', -18.5, '-18.5'],
    [item({ kind: 'temperature', places: 1 }), '4。5', 4.5, '4.5'],
    [item({ kind: 'weight' }), '125', 125, '125'],
    [item({ kind: 'integer' }), '十', '十', '十'],
    [item({ kind: 'text' }), ' 洋芋焖饭 ', '洋芋焖饭', '洋芋焖饭'],
    [item({ kind: 'something_new' as Item['kind'] }), 'x', 'x', 'x'],
  ])('%#', (line, text, value, shown) => {
    expect(meant(line, text)).toBe(value)
    expect(typed(line, value)).toBe(shown)
  })

  test('nothing typed is no value, and not zero', () => {
    expect(meant(item({ kind: 'money' }), '  ')).toBeNull()
  })
})

describe('what a form lacks', () => {
  const lines = [
    item({ code: 'cooked', name: '餐食来源', kind: 'choice' }),
    item({ code: 'caterer', name: '供餐单位', kind: 'reference', when: { item: 'cooked', values: ['outside'] } }),
    item({ code: 'grams', name: '留样量', kind: 'weight', unit: '克', lowest: 0, highest: 5000, at_least: 125 }),
    item({ code: 'photos', name: '照片', kind: 'photos', lowest: 1, highest: 3 }),
  ]

  test('is said in the form’s order, of lines that are asked', () => {
    expect(faults(lines, {}).map((one) => one.item)).toEqual(['cooked', 'grams', 'photos'])
    expect(faults(lines, { cooked: 'outside', grams: 9000 }).map((one) => one.sentence)).toEqual(['“供餐单位”还没有填。', '“留样量”只能在0克到5000克之间。', '“照片”请附1张以上。'])
  })

  test('zero and no are answers', () => {
    expect(faults([item({ code: 'n', lowest: 0 }), item({ code: 'y', kind: 'yes_no' })], { n: 0, y: false })).toEqual([])
  })

  test('what ought to be otherwise is doubted and no fault', () => {
    expect(faults(lines.slice(2, 3), { grams: 120 })).toEqual([])
    expect(doubt(lines[2]!, 120)).toContain('低于125克')
    expect(doubt(item({ kind: 'yes_no', ought: [true] }), false)).not.toBe('')
    expect(doubt(lines[2]!, 125)).toBe('')
  })

  test('a line that is asked no more is not sent', () => {
    const values = { cooked: 'own', caterer: 7, grams: 150, photos: ['a'.repeat(32), 'new'] }
    expect(applies(lines[1]!, values)).toBe(false)
    expect(sent(lines, values, (photo) => photo === 'new')).toEqual({ cooked: 'own', grams: 150, photos: ['a'.repeat(32), 'request:new'] })
  })
})

describe('an earlier entry', () => {
  const lines = [item({ code: 'keeper', kind: 'signer' }), item({ code: 'at', kind: 'time' }), item({ code: 'paper', kind: 'certificate' }), item({ code: 'pictures', kind: 'photos' })]
  const before = { keeper: 3, at: '2026-11-24T11:40', paper: { sealed: 1, masked: '滇****5' }, pictures: ['a'.repeat(32)] }

  test('is repeated without its moment, its pictures and its sealed number', () => {
    expect(repeated(lines, before)).toEqual({ keeper: 3 })
  })

  test('is corrected with everything but its sealed number, which stays where it is left out', () => {
    expect(corrected(lines, before)).toEqual({ keeper: 3, at: '2026-11-24T11:40', pictures: ['a'.repeat(32)] })
    expect(said(lines[2]!, before.paper)).toBe('滇****5')
    expect(said(lines[0]!, 3, { 3: '赵丽' })).toBe('赵丽')
  })
})

// the bars of a package, drawn by the standard's own table: modules of 1 (bar) and 0
const LEFT = ['0001101', '0011001', '0010011', '0111101', '0100011', '0110001', '0101111', '0111011', '0110111', '0001011']
const EVEN = LEFT.map((one) => [...one].reverse().map((bit) => (bit === '1' ? '0' : '1')).join(''))
const RIGHT = LEFT.map((one) => [...one].map((bit) => (bit === '1' ? '0' : '1')).join(''))
const PARITY = ['LLLLLL', 'LLGLGG', 'LLGGLG', 'LLGGGL', 'LGLLGG', 'LGGLLG', 'LGGGLL', 'LGLGLG', 'LGLGGL', 'LGGLGL']

function modules(number: string): string {
  const digits = [...number].map(Number)
  const half = number.length === 13 ? 6 : 4
  const left = digits.slice(number.length === 13 ? 1 : 0).slice(0, half)
  const parity = number.length === 13 ? PARITY[digits[0]!]! : 'LLLL'
  const encoded = left.map((digit, n) => (parity[n] === 'L' ? LEFT : EVEN)[digit]).join('')
  return `101${encoded}01010${digits.slice(-half).map((digit) => RIGHT[digit]).join('')}101`
}

/** A picture of the bars on a table: `px` a module, noise of a cheap camera, darker to one side, turned. */
function photographed(number: string, px: number, turn: 'upright' | 'upside down' | 'quarter' = 'upright') {
  const bits = `${'0'.repeat(12)}${modules(number)}${'0'.repeat(12)}`
  const [long, short] = [Math.round(bits.length * px), 240]
  const [width, height] = turn === 'quarter' ? [short, long] : [long, short]
  const data = new Uint8ClampedArray(width * height * 4)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const along = turn === 'quarter' ? y : turn === 'upside down' ? width - 1 - x : x
      const bar = bits[Math.min(bits.length - 1, Math.floor(along / px))] === '1'
      const shade = (bar ? 60 : 210) - Math.round((along / long) * 50) + (((x * 7919 + y * 104729) % 21) - 10)
      data.set([shade, shade, shade, 255], (y * width + x) * 4)
    }
  }
  return { data, width, height }
}

describe('the bars on a package', () => {
  test.each([
    ['6901234567892', 3, 'upright'], ['6901234567892', 2.4, 'upside down'], ['6901234567892', 5.3, 'quarter'],
    ['0012345678905', 3, 'upright'], ['9780201379624', 2, 'upright'], ['96385074', 3, 'upright'], ['96385074', 4, 'quarter'],
    ...[1, 2, 3, 4, 5, 7, 8].map((first) => { const body = `${first}90123456789`; return [body + [...Array(10).keys()].find((digit) => addsUp(`${body}${digit}`)), 3, 'upright'] as const }),
  ] as const)('say %s, %d px a module, %s', (number, px, turn) => expect(readBars(photographed(number, px, turn))).toBe(number))

  test('say nothing where the last digit does not fit, and nothing where there are none', () => {
    expect(readBars(photographed('6901234567893', 3))).toBeNull()
    const picture = photographed('6901234567892', 3)
    expect(readBars({ ...picture, data: picture.data.map((value, n) => (n % 4 === 3 ? value : (n * 31) % 255)) })).toBeNull()
    expect(readBars({ width: 0, height: 0, data: [] })).toBeNull()
  })
})

describe('a goods’ number', () => {
  test.each([
    ['6901234567892', '6901234567892'], ['06901234567892', '6901234567892'], ['16901234567899', '16901234567899'], ['96385074', '96385074'],
    [' 012345678905 ', '0012345678905'], ['https://id.gs1.org/01/06901234567892/10/A1?x=1', '6901234567892'],
    ['(01)06901234567892(10)A1', '6901234567892'], [']d2010690123456789217261130', '6901234567892'],
    ['6901234567893', null], ['https://shandu.example/s?q=74TA8-XFBST', null], ['', null], ['1234', null],
  ])('in %s is %s', (text, number) => expect(goodsNumber(text)).toBe(number))

  test('scanned a second time is said to be so', () => {
    expect(saidOfScan('6901234567892', '6901234567892', [])).toBe('这个条码刚才已经扫过了。')
    expect(saidOfScan('6901234567892', undefined, ['6901234567892'])).toContain('这一天已经有一条扫过这个条码')
    expect(saidOfScan('6901234567892', '96385074', ['96385074'])).toBe('')
  })
})

describe('a scan that WeChat ends with', () => {
  test.each([
    ['scanCode:fail cancel', 'cancelled', ''],
    ['scanCode:fail auth deny', 'denied', '没有相机权限'],
    ['scanCode:fail system error: no camera', 'missing', '不能扫码'],
    ['scanCode:fail', 'failed', '没有扫出来'],
  ])('%s is %s', (errMsg, kind, words) => {
    const outcome = failed({ errMsg }, GOODS)
    expect(outcome.kind).toBe(kind)
    if ('sentence' in outcome) expect(outcome.sentence).toMatch(new RegExp(`${words}.*手工输入条码下面的数字`))
    else expect(words).toBe('')
  })
})
