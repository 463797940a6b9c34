import { describe, expect, test } from 'vitest'
import { Queue } from '@/lib/queue'
import { Disk, Killed, OWNER, Phone, Server, aVisit, checkIn, photo, picture, problem, words } from './world'

const kept = (disk: Disk): { steps: { id: string; receipt?: unknown; trouble?: { code: string; remedy: string; sentence: string } }[]; doneAt?: number } => JSON.parse(disk.things.get('record:record') ?? '{}')
const stepOf = (disk: Disk, id: string) => kept(disk).steps.find((step) => step.id === id)

function whole(server: Server): void {
  expect(server.posts.map((one) => [one.path, one.id])).toEqual([['/check-ins', 'check-in'], ['/visits', 'visit']])
  for (const [n, [id, bytes]] of ([['p1', 90_000], ['p2', 200_000]] as const).entries()) {
    expect(Buffer.from(server.photos.get(id) ?? []).equals(picture(bytes, n)), id).toBe(true)
  }
}

describe('a visit', () => {
  test('goes in order: the check-in, the words, the pictures', async () => {
    const [disk, server] = [new Disk(), new Server()]
    const phone = new Phone(disk, server)
    await aVisit(phone)
    expect(await phone.queue.run()).toBe('done')
    whole(server)
    const firsts = server.asked.map((line) => line.replace(/^POST (\/[a-z-]+).*/, '$1'))
    expect(firsts.slice(0, 3)).toEqual(['/check-ins', '/visits', '/uploads'])
  })

  test('leaves its receipts and takes its files away', async () => {
    const [disk, server] = [new Disk(), new Server()]
    const phone = new Phone(disk, server)
    await aVisit(phone)
    await phone.queue.run()
    expect(disk.files.size).toBe(0)
    expect(kept(disk).steps.every((step) => step.receipt !== undefined)).toBe(true)
    expect(kept(disk).doneAt).toBeDefined()
    expect(disk.log.filter((line) => line.includes('BEFORE'))).toEqual([])
  })

  test('is forgotten a month after it arrived, and not before', async () => {
    const [disk, server] = [new Disk(), new Server()]
    const phone = new Phone(disk, server)
    await aVisit(phone)
    await phone.queue.run()
    phone.now += 29 * 24 * 3_600_000
    await phone.queue.run()
    expect(disk.things.has('record:record')).toBe(true)
    phone.now += 2 * 24 * 3_600_000
    await phone.queue.run()
    expect(disk.things.has('record:record')).toBe(false)
  })

  test('whose form is still being filled in sends its check-in, and keeps waiting for the rest', async () => {
    const [disk, server] = [new Disk(), new Server()]
    const phone = new Phone(disk, server)
    await phone.queue.add({ id: 'record', owner: OWNER, kind: 'visit', title: '入校', madeAt: 1, open: true, steps: [checkIn()] })
    expect(await phone.queue.run()).toBe('done')
    expect(server.posts.map((one) => one.id)).toEqual(['check-in'])
    expect(kept(disk).doneAt).toBeUndefined()
    await phone.queue.complete('record', [words()])
    await phone.queue.run()
    expect(server.posts.map((one) => one.id)).toEqual(['check-in', 'visit'])
    expect(kept(disk).doneAt).toBeDefined()
  })
})

describe('a killed program', () => {
  /** Kill at one moment after another until a run needs no more of them; each time begin anew and finish. */
  test('loses nothing and doubles nothing, wherever it is killed', async () => {
    let killed = 0
    for (let at = 1; ; at++) {
      const [disk, server] = [new Disk(), new Server()]
      await aVisit(new Phone(disk, server))
      const dying = new Phone(disk, server, at)
      try {
        await dying.runToTheEnd()
        break
      } catch (fault) {
        expect(fault).toBeInstanceOf(Killed)
        killed++
      }
      const reborn = new Phone(disk, server)
      expect(await reborn.runToTheEnd()).toBe('done')
      whole(server)
      expect(disk.log.filter((line) => line.includes('BEFORE'))).toEqual([])
      expect(disk.files.size).toBe(0)
    }
    expect(killed).toBeGreaterThan(40)
  })

  test('loses nothing when it is killed again and again', async () => {
    const [disk, server] = [new Disk(), new Server()]
    await aVisit(new Phone(disk, server))
    for (let at = 3; at < 40; at++) await new Phone(disk, server, at).runToTheEnd().catch(() => {})
    await new Phone(disk, server).runToTheEnd()
    whole(server)
  })

  test('while it takes a record in has it whole or not at all', async () => {
    for (const at of [1, 2, 3, 4, 5]) {
      const [disk, server] = [new Disk(), new Server()]
      const taken = await aVisit(new Phone(disk, server, at)).then(() => true, () => false)
      const there = disk.things.has('record:record')
      if (taken) expect(there).toBe(true)
      if (there) {
        await new Phone(disk, server).runToTheEnd()
        whole(server)
      }
    }
  })
})

describe('a weak network', () => {
  test('that is not there asks nothing of anybody', async () => {
    const [disk, server] = [new Disk(), new Server()]
    const phone = new Phone(disk, server)
    phone.kind = 'none'
    await aVisit(phone)
    expect(await phone.queue.run()).toBe('offline')
    expect(server.asked).toEqual([])
    phone.kind = 'mobile'
    phone.queue.networkCame()
    expect(await phone.queue.run()).toBe('done')
    whole(server)
  })

  test.each(['/check-ins', '/visits', '/uploads', '/uploads/p1', '/uploads/p2'])('that loses the answer of %s counts it once', async (path) => {
    const [disk, server] = [new Disk(), new Server()]
    const phone = new Phone(disk, server)
    await aVisit(phone)
    server.order(path, null, 2)
    expect(await phone.runToTheEnd()).toBe('done')
    whole(server)
  })

  test('is asked less and less often, at moments left to chance', async () => {
    const [disk, server] = [new Disk(), new Server()]
    const phone = new Phone(disk, server)
    await aVisit(phone)
    server.order('/check-ins', null, 9)
    const waits: number[] = []
    for (let n = 0; n < 9; n++) {
      expect(await phone.queue.run()).toBe('later')
      const next = phone.queue.nextAt() ?? 0
      waits.push(next - phone.now)
      phone.now = next
    }
    expect(waits.slice(0, 4)).toEqual([1500, 3000, 6000, 12000])
    expect(Math.max(...waits)).toBeLessThanOrEqual(5 * 60_000)
    expect(await phone.queue.run()).toBe('done')
    whole(server)
  })

  test('that comes back is used at once', async () => {
    const [disk, server] = [new Disk(), new Server()]
    const phone = new Phone(disk, server)
    await aVisit(phone)
    server.order('/check-ins', null)
    await phone.queue.run()
    phone.queue.networkCame()
    expect(await phone.queue.run()).toBe('done')
  })

  test('goes on with a picture where it was broken off', async () => {
    const [disk, server] = [new Disk(), new Server()]
    const phone = new Phone(disk, server)
    await aVisit(phone, [photo('p1', 90_000), photo('p2', 200_000)])
    server.order('/uploads/p2', null)
    await phone.queue.run()
    const before = server.uploads.get('p2')?.data.length ?? 0
    expect(before).toBeGreaterThan(0)
    const reborn = new Phone(disk, server)
    await reborn.runToTheEnd()
    whole(server)
    // nothing was sent twice: parts of p2 add up to its length
    expect(server.uploads.get('p2')?.data.length).toBe(200_000)
  })

  test('whose upload was forgotten by the server begins it again', async () => {
    const [disk, server] = [new Disk(), new Server()]
    const phone = new Phone(disk, server)
    await aVisit(phone)
    server.order('/uploads/p2', problem(404, 'not_found'))
    expect(await phone.runToTheEnd()).toBe('done')
    whole(server)
  })

  test('another of our windows sends the same picture: both end well', async () => {
    const [disk, server] = [new Disk(), new Server()]
    const phone = new Phone(disk, server)
    await aVisit(phone)
    server.order('/uploads/p1', problem(409, 'wrong_offset'), 2)
    expect(await phone.runToTheEnd()).toBe('done')
    whole(server)
  })

  test('keeps large pictures for Wi-Fi, but not the words nor the small ones', async () => {
    const [disk, server] = [new Disk(), new Server()]
    const phone = new Phone(disk, server)
    await aVisit(phone, [photo('p1', 90_000, { wifiUntil: phone.now + 1e7 }), photo('p2', 200_000)])
    expect(await phone.queue.run()).toBe('later')
    expect([...server.photos.keys()]).toEqual(['p2'])
    expect(phone.queue.nextAt()).toBe(phone.now + 1e7)
    phone.kind = 'wifi'
    expect(await phone.queue.run()).toBe('done')
    whole(server)
  })

  test('sends a large picture after a day, or when its owner says now', async () => {
    for (const how of ['waits', 'hurries']) {
      const [disk, server] = [new Disk(), new Server()]
      const phone = new Phone(disk, server)
      await aVisit(phone, [photo('p1', 90_000, { wifiUntil: phone.now + 1e7 }), photo('p2', 200_000)])
      await phone.queue.run()
      if (how === 'waits') phone.now += 1e7
      else await phone.queue.hurry('record')
      expect(await phone.queue.run()).toBe('done')
      whole(server)
    }
  })
})

describe('a server', () => {
  test.each([[503, 'busy'], [500, 'internal'], [429, 'too_many_requests'], [409, 'too_many_uploads'], [460, 'checksum_mismatch']])('that says %i %s is asked again', async (status, code) => {
    const [disk, server] = [new Disk(), new Server()]
    const phone = new Phone(disk, server)
    await aVisit(phone)
    server.order('/uploads', problem(status, code), 2)
    expect(await phone.runToTheEnd()).toBe('done')
    whole(server)
  })

  test('that names a time to wait is given it', async () => {
    const [disk, server] = [new Disk(), new Server()]
    const phone = new Phone(disk, server)
    await aVisit(phone)
    server.order('/visits', problem(429, 'too_many_requests', '太频繁', {}, { 'retry-after': '90' }))
    expect(await phone.queue.run()).toBe('later')
    expect((phone.queue.nextAt() ?? 0) - phone.now).toBe(90_000)
  })

  test.each([
    ['/check-ins', 422, 'school_merged', 'rescan'],
    ['/check-ins', 403, 'no_post_here', 'contact'],
    ['/visits', 422, 'answers_refused', 'edit'],
    ['/visits', 422, 'form_unknown', 'update'],
    ['/visits', 409, 'check_in_used', 'contact'],
    ['/visits', 409, 'request_reused', 'contact'],
  ])('that refuses %s for good (%i %s) is not asked again: the reason is kept, with what to do: %s', async (path, status, code, remedy) => {
    const [disk, server] = [new Disk(), new Server()]
    const phone = new Phone(disk, server)
    await aVisit(phone)
    server.order(path, problem(status, code, '这样不行。'))
    expect(await phone.runToTheEnd()).toBe('done')
    const asked = server.asked.length
    const reborn = new Phone(disk, server)
    await reborn.runToTheEnd()
    expect(server.asked.length).toBe(asked)
    const refused = kept(disk).steps.find((step) => step.trouble)
    expect(refused?.trouble).toMatchObject({ code, remedy, sentence: '这样不行。' })
    // nothing of it is lost, and no picture goes where its words are not
    expect(disk.files.size).toBe(2)
    expect(server.photos.size).toBe(0)
  })

  test('that refuses one picture takes the others', async () => {
    const [disk, server] = [new Disk(), new Server()]
    const phone = new Phone(disk, server)
    await aVisit(phone)
    server.order('/uploads', problem(422, 'photo_refused'))
    await phone.runToTheEnd()
    expect([...server.photos.keys()]).toEqual(['p2'])
    expect(stepOf(disk, 'p1')?.trouble?.remedy).toBe('retake')
    expect(disk.files.size).toBe(2)
  })

  test('that refused a picture gets another with the same id', async () => {
    const [disk, server] = [new Disk(), new Server()]
    const phone = new Phone(disk, server)
    await aVisit(phone)
    server.order('/uploads', problem(422, 'photo_refused'))
    await phone.runToTheEnd()
    await phone.files.write('p1-again', picture(90_000, 0).buffer as ArrayBuffer)
    await phone.queue.retake('record', 'p1', 'p1-again', 90_000)
    await phone.runToTheEnd()
    whole(server)
    expect(disk.files.size).toBe(0)
  })

  test('one refused record holds up no other', async () => {
    const [disk, server] = [new Disk(), new Server()]
    const phone = new Phone(disk, server)
    await aVisit(phone)
    server.order('/check-ins', problem(422, 'school_closed'))
    await phone.queue.add({ id: 'other', owner: OWNER, kind: 'visit', title: '另一所', madeAt: 2, open: true, steps: [checkIn('other-check-in')] })
    await phone.runToTheEnd()
    expect(server.posts.map((one) => one.id)).toEqual(['other-check-in'])
  })
})

describe('a session', () => {
  test('that expired is renewed, and the queue goes on', async () => {
    const [disk, server] = [new Disk(), new Server()]
    const phone = new Phone(disk, server)
    await aVisit(phone)
    server.token = 'newer'
    expect(await phone.runToTheEnd()).toBe('done')
    expect(phone.renewals).toBe(1)
    whole(server)
  })

  test('that cannot be renewed stops the queue, says so, and loses nothing', async () => {
    const [disk, server] = [new Disk(), new Server()]
    const phone = new Phone(disk, server)
    await aVisit(phone)
    server.token = 'newer'
    phone.mayRenew = false
    expect(await phone.queue.run()).toBe('signed-out')
    expect(kept(disk).steps.some((step) => step.trouble)).toBe(false)
    phone.mayRenew = true
    expect(await phone.runToTheEnd()).toBe('done')
    whole(server)
  })

  test("of another person on the same phone sends nothing of mine", async () => {
    const [disk, server] = [new Disk(), new Server()]
    await aVisit(new Phone(disk, server))
    const theirs = new Phone(disk, server, Infinity, () => '8')
    expect(await theirs.runToTheEnd()).toBe('done')
    expect(server.asked).toEqual([])
    expect(await theirs.queue.list()).toEqual([])
    await new Phone(disk, server).runToTheEnd()
    whole(server)
  })
})

describe('a full phone', () => {
  test('says so when something is to be taken in', async () => {
    const [disk, server] = [new Disk(), new Server()]
    disk.full = true
    await expect(aVisit(new Phone(disk, server))).rejects.toThrow('存储满')
  })

  test('sends what it has all the same; no file goes before its receipt is kept', async () => {
    const [disk, server] = [new Disk(), new Server()]
    const phone = new Phone(disk, server)
    await aVisit(phone)
    disk.full = true
    await phone.runToTheEnd()
    whole(server)
    expect(disk.files.size).toBe(2)
    expect(disk.log).toEqual([])
    // killed before there was room: everything is asked again and counts once
    disk.full = false
    await new Phone(disk, server).runToTheEnd()
    whole(server)
    expect(disk.files.size).toBe(0)
  })

  test('a picture that the system has taken away says so, and the rest goes on', async () => {
    const [disk, server] = [new Disk(), new Server()]
    const phone = new Phone(disk, server)
    await aVisit(phone)
    disk.files.delete('p1')
    await phone.runToTheEnd()
    expect(stepOf(disk, 'p1')?.trouble).toMatchObject({ code: 'file_gone', remedy: 'retake' })
    expect([...server.photos.keys()]).toEqual(['p2'])
  })

  test('a signature that the system has taken away is asked for again, and not photographed', async () => {
    const [disk, server] = [new Disk(), new Server()]
    const phone = new Phone(disk, server)
    await aVisit(phone, [photo('p1', 90_000, { purpose: 'signature' }), photo('p2', 200_000)])
    disk.files.delete('p1')
    await phone.runToTheEnd()
    expect(stepOf(disk, 'p1')?.trouble).toMatchObject({ code: 'file_gone', remedy: 'resign', sentence: '这个签名已经不在手机里了。' })
    await phone.files.write('p1-again', picture(70_000, 5).buffer as ArrayBuffer)
    await phone.queue.retake('record', 'p1', 'p1-again', 70_000)
    await phone.runToTheEnd()
    expect(Buffer.from(server.photos.get('p1') ?? []).equals(picture(70_000, 5))).toBe(true)
    expect(kept(disk).doneAt).toBeDefined()
  })

  test('a picture lost when half of it was sent is taken again from its beginning', async () => {
    const [disk, server] = [new Disk(), new Server()]
    const phone = new Phone(disk, server)
    await aVisit(phone, [photo('p1', 200_000)])
    server.order('/uploads', null)
    server.order('/uploads/', null)
    await phone.queue.run()
    disk.files.delete('p1')
    await phone.runToTheEnd()
    expect(stepOf(disk, 'p1')?.trouble).toMatchObject({ code: 'file_gone', remedy: 'retake' })
    await phone.files.write('p1-again', picture(150_000, 5).buffer as ArrayBuffer)
    await phone.queue.retake('record', 'p1', 'p1-again', 150_000)
    await phone.runToTheEnd()
    expect(Buffer.from(server.photos.get('p1') ?? []).equals(picture(150_000, 5))).toBe(true)
  })
})

describe('a wrong clock', () => {
  test('is set right by what the server says, once, and the scan goes with its true time', async () => {
    const [disk, server] = [new Disk(), new Server()]
    const phone = new Phone(disk, server)
    phone.serverOffset = -3_600_000
    const phoneMs = Date.UTC(2026, 10, 24, 3)
    await phone.queue.add({ id: 'record', owner: OWNER, kind: 'visit', title: '入校', madeAt: 1, open: true, steps: [{ ...checkIn(), phoneMs }] })
    server.order('/check-ins', problem(422, 'from_the_future'))
    expect(await phone.runToTheEnd()).toBe('done')
    expect(server.posts[0]?.body.scanned_at).toBe('2026-11-24T02:00:00.000Z')
  })

  test('that is right and refused all the same is not asked for ever', async () => {
    const [disk, server] = [new Disk(), new Server()]
    const phone = new Phone(disk, server)
    await phone.queue.add({ id: 'record', owner: OWNER, kind: 'visit', title: '入校', madeAt: 1, open: true, steps: [{ ...checkIn(), phoneMs: 5 }] })
    server.order('/check-ins', problem(422, 'too_late'), 5)
    await phone.runToTheEnd()
    expect(stepOf(disk, 'check-in')?.trouble?.code).toBe('too_late')
    expect(server.asked.length).toBe(2)
  })
})

describe('mending', () => {
  test('a school that was merged: scan its successor, and form and pictures go there', async () => {
    const [disk, server] = [new Disk(), new Server()]
    const phone = new Phone(disk, server)
    await aVisit(phone)
    server.order('/check-ins', problem(422, 'school_merged', '已并入“乙校”', { facts: { into: '乙校' } }))
    await phone.runToTheEnd()
    const again = { ...checkIn('ignored'), body: { request_id: 'ignored', code: 'OTHER', scanned_at: 'NOW' } }
    await phone.queue.checkInAgain('record', again, '乙校 入校', 9)
    await phone.runToTheEnd()
    whole(server)
    expect(server.posts[0]?.body).toEqual({ request_id: 'check-in', code: 'OTHER', scanned_at: 'NOW' })
    expect([...server.uploads.values()].map((one) => one.school)).toEqual(['9', '9'])
  })

  test('a form that was refused is changed and sent with the same id', async () => {
    const [disk, server] = [new Disk(), new Server()]
    const phone = new Phone(disk, server)
    await aVisit(phone)
    server.order('/visits', problem(422, 'answers_refused'))
    await phone.runToTheEnd()
    const better = { ...words(), body: { ...words().body, grade: 'good' } }
    await phone.queue.complete('record', [better, photo('p1', 90_000), photo('p2', 200_000)])
    await phone.runToTheEnd()
    whole(server)
    expect(server.posts[1]?.body.grade).toBe('good')
  })

  test('words that may have arrived already are not changed any more', async () => {
    const [disk, server] = [new Disk(), new Server()]
    const phone = new Phone(disk, server)
    await aVisit(phone)
    server.order('/visits', null)
    await phone.queue.run()
    await phone.queue.complete('record', [{ ...words(), body: { ...words().body, grade: 'poor' } }])
    await phone.runToTheEnd()
    expect(server.posts[1]?.body.grade).toBeUndefined()
    const step = (await phone.queue.find('record'))?.steps[1]
    expect(step && Queue.changeable(step)).toBe(false)
  })

  test('a refusal whose cause is gone is tried again by hand', async () => {
    const [disk, server] = [new Disk(), new Server()]
    const phone = new Phone(disk, server)
    await aVisit(phone)
    server.order('/check-ins', problem(403, 'no_post_here'))
    await phone.runToTheEnd()
    await phone.queue.hurry('record')
    expect(await phone.runToTheEnd()).toBe('done')
    whole(server)
  })

  test('a record thrown away takes its files with it', async () => {
    const [disk, server] = [new Disk(), new Server()]
    const phone = new Phone(disk, server)
    await aVisit(phone)
    await phone.queue.discard('record')
    expect([disk.things.size, disk.files.size]).toEqual([0, 0])
    expect(await phone.queue.list()).toEqual([])
  })

  test('the form signed while its check-in is on its way loses neither', async () => {
    const [disk, server] = [new Disk(), new Server()]
    const phone = new Phone(disk, server)
    await phone.queue.add({ id: 'record', owner: OWNER, kind: 'visit', title: '入校', madeAt: 1, open: true, steps: [checkIn()] })
    const running = phone.queue.run()
    await phone.queue.complete('record', [words()])
    await running
    await phone.runToTheEnd()
    expect(server.posts.map((one) => one.id)).toEqual(['check-in', 'visit'])
    expect(kept(disk).steps.every((step) => step.receipt !== undefined)).toBe(true)
  })
})

describe('an answer that nobody may find', () => {
  test('is on the phone until the server has it, and no longer', async () => {
    const [disk, server] = [new Disk(), new Server()]
    const phone = new Phone(disk, server)
    const step = { ...words('answer-1'), path: '/surveys/3/answers', body: { request_id: 'answer-1', marks: { S07: 20 } } }
    server.order('/surveys', null)
    await phone.queue.add({ id: 's1', owner: OWNER, kind: 'survey', title: '测评', madeAt: phone.now, open: false, secret: true, steps: [step] })
    await phone.queue.run()
    expect([...disk.things.values()].join()).toContain('S07')
    phone.now += 3_600_000
    await phone.queue.run()
    expect(server.posts.map((one) => one.body)).toEqual([step.body])
    expect([...disk.things.values()].join()).not.toContain('S07')
    expect((await phone.queue.find('s1'))?.doneAt).toBeDefined()
  })
})
