import { describe, expect, test } from 'vitest'
import { Clock, spoken, spokenDay, spokenSpan, type Offset } from '@/lib/clock'
import { ticketIn } from '@/lib/desk'
import { delayMs } from '@/lib/queue/backoff'
import { newId } from '@/lib/ids'
import { formOf, type FollowUp, type Form, type Pack } from '@/lib/pack'
import { failed } from '@/lib/device/outcome'
import { readCode } from '@/lib/visit/codes'
import { named, newDraft, type Draft } from '@/lib/visit/draft'
import { partOf, partsOf, progress } from '@/lib/visit/parts'
import { metresBetween, route, spokenMetres } from '@/lib/visit/route'
import { answered, faults } from '@/lib/visit/rules'
import { visitSteps } from '@/lib/visit/steps'

const item = (code: string, more: Partial<Form['items'][number]> = {}): Form['items'][number] => ({
  code, title: `项目${code}`, hint_right: '对', hint_wrong: '错', key: false, kind: 'verdict', basis: '', severity: 'general', ...more,
})
const FORM: Form = {
  kind: 'committee', version: 1, title: '入校监督表', min_photos: 1, max_photos: 6, sections: [],
  verdicts: [['pass', '合格'], ['fail', '不合格'], ['unseen', '未查看']], grades: [['good', '良'], ['poor', '差']],
  items: [item('C01'), item('C06', { key: true }), item('C12', { kind: 'counts' }), item('C16', { kind: 'tasting' })],
}

function draft(): Draft {
  return newDraft({ id: 'check-in', owner: '7', requestId: 'visit', schoolId: 3, schoolName: '甲校', kind: 'committee', formVersion: 1, checkedInAt: 0, earlier: [] })
}

function filled(): Draft {
  const one = draft()
  for (const each of FORM.items) one.answers[each.code] = answered(each, 'pass', undefined)
  one.answers.C16 = { ...answered(FORM.items[3]!, 'pass', undefined), scores: { look: 4, smell: 4, taste: 4, warmth: 4, portion: 4 } }
  Object.assign(one, { grade: 'good', scene: ['s1'], signatures: { own: 'g1' }, pictures: { s1: { id: 's1', bytes: 10 }, g1: { id: 'g1', bytes: 5 } } })
  return one
}

describe('a form of which a new version came out', () => {
  const pack = { forms: [FORM, { ...FORM, version: 2, items: [...FORM.items, item('C21')] }] } as unknown as Pack

  test('is begun in the new one', () => expect(formOf(pack, 'committee')?.version).toBe(2))
  test('half filled in stays in its own, and goes with it', () => {
    const form = formOf(pack, 'committee', filled().formVersion)!
    expect(faults(form, filled())).toEqual([])
    const [words] = visitSteps(form, filled(), 0)
    expect(words).toMatchObject({ body: { form_version: 1 } })
  })
  test('that this phone has not is none, and not another one', () => expect(formOf(pack, 'committee', 3)).toBeNull())
})

describe('what WeChat refuses for privacy', () => {
  const words = { denied: '没有权限', missing: '没有', failed: '没成' }
  const refused = (api: string) => failed({ errMsg: `${api}:fail privacy permission is not authorized` }, words)

  test('says what goes without it', () => expect(refused('getLocation')).toMatchObject({ kind: 'denied', sentence: expect.stringContaining('不提供位置，照样可以签到') }))
  test('is told from a permission that was not given', () => expect(failed({ errMsg: 'getLocation:fail auth deny' }, words)).toEqual({ kind: 'denied', sentence: '没有权限' }))
})

describe('a form', () => {
  test('that is whole lacks nothing', () => expect(faults(FORM, filled())).toEqual([]))
  test('that is empty says so of every part, in order', () => {
    expect(faults(FORM, draft()).map((fault) => fault.at)).toEqual(['C01', 'C06', 'C12', 'C16', 'grade', 'scene', 'signature'])
  })
  test('a key item that fails needs a photo, another does not', () => {
    const one = filled()
    for (const code of ['C01', 'C06']) one.answers[code] = answered(FORM.items.find((each) => each.code === code)!, 'fail', one.answers[code])
    expect(faults(FORM, one)).toEqual([{ at: 'C06', sentence: '“项目C06”不合格，请拍一张照片。' }])
  })
  test('未查看 is an answer, without scores or counts', () => {
    const one = filled()
    for (const each of FORM.items) one.answers[each.code] = answered(each, 'unseen', one.answers[each.code])
    expect(faults(FORM, one)).toEqual([])
    expect(one.answers.C16).toEqual({ item: 'C16', verdict: 'unseen' })
  })
  test('a verdict changed and changed back keeps what was written', () => {
    const bad = { ...answered(item('C06', { key: true }), 'fail', undefined), remark: '少标签', photos: ['p'] }
    const good = answered(item('C06'), 'pass', bad)
    expect(good).toEqual({ item: 'C06', verdict: 'pass', remark: '少标签' })
  })
})

describe('a signed draft', () => {
  test('goes words first, then signature, proofs, scene; the words name pictures by their ids', () => {
    const one = filled()
    one.answers.C06 = { ...answered(FORM.items[1]!, 'fail', undefined), photos: ['p1'] }
    one.pictures.p1 = { id: 'p1', bytes: 2_000_000 }
    const steps = visitSteps(FORM, one, 1000)
    expect(steps.map((step) => step.id)).toEqual(['visit', 'g1', 'p1', 's1'])
    expect(steps[0]).toMatchObject({ path: '/visits', body: { check_in: 'check-in', photos: ['request:s1'], signatures: ['request:g1'] } })
    expect(JSON.stringify(steps[0])).toContain('"photos":["request:p1"]')
    expect(steps[2]).toMatchObject({ wifiUntil: 1000 + 24 * 3_600_000 })
    expect(steps[3]).not.toHaveProperty('wifiUntil')
  })
  test('names each picture it has, and no other', () => expect([...named(filled())].sort()).toEqual(['g1', 's1']))
})

const SUPERVISORS: Form = {
  ...FORM, kind: 'supervisor', grades: [], verdicts: [['pass', '合格'], ['problem', '问题'], ['na', '不适用']], sections: [['A', '责任'], ['I', '回头看']],
  items: [item('A1'), item('A2'), item('I1')],
}
const OLD = { problem_id: 12, school_id: 3, title: '留样' } as FollowUp

function supervised(): Draft {
  const one = { ...draft(), kind: 'supervisor' as const, earlier: [OLD] }
  for (const each of SUPERVISORS.items) one.answers[each.code] = answered(each, 'pass', undefined)
  return Object.assign(one, { scene: ['s1'], signatures: { own: 'g1', school: 'g2' }, schoolSays: 'signature', followUps: { 12: { verdict: 'unseen', remark: '', photos: [] } } })
}

describe("a supervisor's form", () => {
  test('that is whole lacks nothing, and carries both signatures', () => {
    expect(faults(SUPERVISORS, supervised())).toEqual([])
    expect(visitSteps(SUPERVISORS, supervised(), 0)[0]).toMatchObject({ body: { signatures: ['request:g1', 'request:g2'], follow_ups: [{ problem_id: 12, verdict: 'unseen' }] } })
  })
  test('that is empty says so of the earlier problem and of the school, too', () => {
    const one = { ...draft(), earlier: [OLD] }
    expect(faults(SUPERVISORS, one).map((fault) => fault.at)).toEqual(['A1', 'A2', 'I1', 'earlier-12', 'school', 'scene', 'signature'])
  })
  test('an earlier problem that is not put right wants words', () => {
    const one = supervised()
    one.followUps[12] = { verdict: 'not_done', remark: ' ', photos: [] }
    expect(faults(SUPERVISORS, one)).toEqual([{ at: 'earlier-12', sentence: '“留样”没改好，请写明哪里没改。' }])
  })
  test.each([
    ['signature', { signatures: { own: 'g1' } }, '请学校负责人签名。'],
    ['defence', { defence: '' }, '请写明学校的申辩意见。'],
    ['later', {}, undefined],
  ] as const)('a school that answers by %s', (schoolSays, more, sentence) => {
    expect(faults(SUPERVISORS, { ...supervised(), schoolSays, ...more } as Draft)[0]?.sentence).toBe(sentence)
  })
  test('a defence goes only where it is the answer, a signature too', () => {
    const body = (one: Draft): unknown => (visitSteps(SUPERVISORS, one, 0)[0] as { body: unknown }).body
    expect(body({ ...supervised(), defence: '有异议', schoolSays: 'later' })).toMatchObject({ defence: '', signatures: ['request:g1'] })
    expect(body({ ...supervised(), defence: '有异议', schoolSays: 'defence' })).toMatchObject({ defence: '有异议', signatures: ['request:g1'] })
  })
  test('stands in parts, each with what it asks for', () => {
    const parts = partsOf(SUPERVISORS)
    expect(parts.map((part) => part.code)).toEqual(['A', 'I', '照片', '学校', '签名'])
    expect(['A2', 'earlier-12', 'I1', 'scene', 'school', 'signature'].map((at) => partOf(parts, at))).toEqual([0, 1, 1, 2, 3, 4])
    expect(parts.map((part) => progress(part, { ...draft(), earlier: [OLD], answers: { A1: { item: 'A1', verdict: 'pass' } } }))).toEqual([
      { done: 1, all: 2 }, { done: 0, all: 2 }, { done: 0, all: 1 }, { done: 0, all: 1 }, { done: 0, all: 1 },
    ])
  })
  test("a member's form is one part", () => {
    expect(partsOf(FORM)).toHaveLength(1)
    expect(partOf(partsOf(FORM), 'grade')).toBe(0)
  })
})

describe('the way to this month\'s schools', () => {
  const stop = (name: string, longitude: number | null): { name: string; longitude: number | null; latitude: number | null } => ({ name, longitude, latitude: longitude === null ? null : 25.5 })
  const stops = [stop('丙', 103.84), stop('甲', 103.8), stop('无', null), stop('乙', 103.82), stop('丁', 103.81)]
  test('is the shortest one, and schools without a place come last', () => {
    expect(route(stops, null).map(({ stop: { name } }) => name)).toEqual(['甲', '丁', '乙', '丙', '无'])
    expect(route(stops, null).map(({ metres }) => metres && Math.round(metres / 100) * 100)).toEqual([null, 1000, 1000, 2000, null])
  })
  test('begins where the phone is, when that is known', () => {
    expect(route(stops, { longitude: 103.79, latitude: 25.5 }).map(({ stop: { name } }) => name)).toEqual(['甲', '丁', '乙', '丙', '无'])
  })
  test('of one school or none is that', () => {
    expect(route([stops[0]!], null)).toEqual([{ stop: stops[0], metres: null }])
    expect(route([], null)).toEqual([])
  })
  test('is never longer than going from one to the nearest', () => {
    const zigzag = [[0, 0], [1, 3], [2, 0], [3, 3], [4, 0], [5, 3], [0, 3], [5, 0]].map(([x, y]) => ({ name: `${x}${y}`, longitude: 103 + (x ?? 0) / 100, latitude: 25 + (y ?? 0) / 100 }))
    const total = route(zigzag, null).reduce((sum, { metres }) => sum + (metres ?? 0), 0)
    expect(total / metresBetween(zigzag[0]!, zigzag[2]!)).toBeLessThan(8.5)
  })
  test('is said in round figures', () => expect([40, 640, 1_240, 12_400].map(spokenMetres)).toEqual(['约 100 米', '约 600 米', '约 1.2 公里', '约 12 公里']))
})

describe('a code', () => {
  // poster of school 7, generation 1, key 1; and a rotating one
  const head = (bytes: number[]): string => Buffer.from([...bytes, ...Array<number>(12).fill(9)]).toString('base64url')
  const poster = head([0x11, 1, 0, 1, 0, 0, 0, 7])
  const rotating = head([0x19, 1, 0, 1, 0, 1, 0, 0, 1, 2, 3, 4])
  test.each([
    [poster, { schoolId: 7, generation: 1, rotating: false }],
    [` https://x.test/q/${poster}\n`, { schoolId: 7, generation: 1, rotating: false }],
    [encodeURIComponent(`https://x.test/q/${poster}?from=1`), { schoolId: 7, generation: 1, rotating: false }],
    [rotating, { schoolId: 65536, generation: 1, rotating: true }],
  ])('%s is read', (text, code) => expect(readCode(text)).toEqual(code))
  // as qr/short.py makes them
  test.each([
    ['22588-DBYXT', { schoolId: 7, generation: 1, rotating: false }],
    [' 74tac b5e84 ', { schoolId: 10760, generation: 3, rotating: false }],
    ['ZZZZM·USJNE', { schoolId: 65535, generation: 31, rotating: false }],
  ])('%s, typed from under the picture, is read', (text, code) => expect(readCode(text)).toEqual(code))
  test('that has one wrong character, or two exchanged, is a slip', () => {
    const right = '22588DBYXT'
    for (let n = 0; n < right.length; n++) expect(readCode(right.slice(0, n) + (right[n] === 'Z' ? 'Y' : 'Z') + right.slice(n + 1))).toBe('slip')
    expect(readCode('22858-DBYXT')).toBe('slip')
  })
  test.each(['', 'hello', 'https://x.test/pay/123', poster.slice(1), `${poster}x`, head([0x21, 1, 0, 1, 0, 0, 0, 7]), head([0x12, 1, 0, 1, 0, 0, 0, 7]), '%E0%A4%A'])('%s is none', (text) => expect(readCode(text)).toBeNull())
})

describe('a clock', () => {
  test('says how wrong the phone is, once the server was heard', () => {
    let phone = Date.UTC(2026, 10, 24, 4)
    const clock = new Clock(() => phone, null)
    clock.heard('Tue, 24 Nov 2026 02:00:00 GMT')
    expect(Math.round((clock.wrongBy() ?? 0) / 1000)).toBe(-7199)
    phone += 60_000
    expect(new Date(clock.now()).toISOString()).toBe('2026-11-24T02:01:00.500Z')
  })
  test('that is right stays as it is', () => {
    const clock = new Clock(() => Date.UTC(2026, 10, 24, 2), null)
    clock.heard('Tue, 24 Nov 2026 02:00:01 GMT')
    expect([clock.wrongBy(), clock.now()]).toEqual([null, Date.UTC(2026, 10, 24, 2)])
  })
  test("of a demonstration's is silent: its clock was moved, and the phone is right", () => {
    const phone = Date.UTC(2026, 10, 24, 4)
    const kept: Offset[] = []
    const clock = new Clock(() => phone, null, (offset) => kept.push(offset))
    clock.heard('Sun, 29 Nov 2026 02:00:00 GMT', true)
    expect([clock.wrongBy(), new Date(clock.now()).toISOString()]).toEqual([null, '2026-11-29T02:00:00.500Z'])
    // neither does the next start scold, before anything was heard
    expect(new Clock(() => phone, kept[0] ?? null).wrongBy()).toBeNull()
  })
  test.each([[7349, '5天'], [24 * 60, '1天'], [150, '3小时'], [7, '7分钟']])('says %i minutes as %s', (minutes, words) => expect(spokenSpan(minutes * 60_000)).toBe(words))
  test('speaks Beijing time wherever the phone thinks it is', () => {
    expect([spoken('2026-11-24T16:05:00Z'), spokenDay(Date.UTC(2026, 10, 24, 16))]).toEqual(['11月25日 00:05', '11月25日 星期三'])
  })
})

const TICKET = 'kQ3vXw9-_1abcdefghijklmnopqrstuv'
test.each([
  [`https://shandu.test/desk/t/${TICKET}`, TICKET], [encodeURIComponent(`https://shandu.test/desk/t/${TICKET}`), TICKET], [`https://shandu.test/desk/t/${TICKET}x`, null],
  [`https://shandu.test/q/${TICKET}`, null], ['', null], ['%E0%A4%A', null],
])("%s is the desk's code, or none", (text, ticket) => expect(ticketIn(text)).toBe(ticket))

test('waiting doubles, up to five minutes, half of it by chance', () => {
  expect([1, 2, 3, 20].map((times) => delayMs(times, () => 1))).toEqual([2000, 4000, 8000, 300_000])
  expect(delayMs(1, () => 0)).toBe(1000)
})

test('ids sort as they were made, and none is like another', () => {
  const ids = Array.from({ length: 500 }, (_, n) => newId(1_700_000_000_000 + n))
  expect([...ids].sort()).toEqual(ids)
  expect(new Set(ids).size).toBe(500)
  expect(ids[0]).toMatch(/^[A-Za-z0-9._-]{26}$/)
})

const WORDS = { denied: '去设置', missing: '没有', failed: '再试' }
test.each([
  ['scanCode:fail cancel', 'cancelled'], ['chooseMedia:fail cancel', 'cancelled'], ['getLocation:fail auth deny', 'denied'],
  ['getLocation:fail:auth denied', 'denied'], ['chooseMedia:fail privacy permission is not authorized', 'denied'],
  ['chooseMedia:fail no camera', 'missing'], ['writeFile:fail the maximum size of the file storage limit is exceeded', 'full'], ['request:fail timeout', 'failed'],
])('%s is %s', (errMsg, kind) => expect(failed({ errMsg }, WORDS).kind).toBe(kind))
