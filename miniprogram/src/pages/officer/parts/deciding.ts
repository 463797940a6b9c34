/** A decision at a desk: kept by the queue like everything that is sent, and its answer awaited for a moment. */
import { ref } from 'vue'
import { sentenceOf } from '@/lib/api/refusals'
import { ownerNow, queue, send } from '@/lib/app'
import { newId } from '@/lib/ids'
import { askAtTap } from '@/lib/notifying'
import { StorageFull, type PhotoStep, type PostStep } from '@/lib/queue'

const ANSWER_WITHIN_MS = 8_000

/** `waiting`: there is no network; it goes out by itself later. */
export type Decided = { kind: 'done'; answer: unknown } | { kind: 'waiting' } | { kind: 'refused'; sentence: string }

interface Picture {
  id: string
  bytes: number
}

/** The body's `request_id`, where it has one, makes it count once. A refusal leaves nothing behind. */
export async function decide(title: string, path: string, body: Record<string, unknown>, schoolId = 0, pictures: Picture[] = []): Promise<Decided> {
  askAtTap()
  const step: PostStep = { kind: 'post', id: String(body.request_id ?? newId()), title, path, body }
  const photos = pictures.map(({ id, bytes }, n): PhotoStep => ({ kind: 'photo', id, title: `照片${n + 1}`, schoolId, purpose: 'problem', file: id, bytes, sentBytes: 0 }))
  const id = newId()
  try {
    await queue.add({ id, owner: ownerNow(), kind: 'problem', title, madeAt: Date.now(), open: false, steps: [step, ...photos] })
    await Promise.race([send(), new Promise((resolve) => setTimeout(resolve, ANSWER_WITHIN_MS))])
    const sent = (await queue.find(id))?.steps[0]
    if (sent?.receipt !== undefined) return { kind: 'done', answer: sent.receipt }
    if (!sent?.trouble) return { kind: 'waiting' }
    const { sentence } = sent.trouble
    // its pictures are still in the page's hands
    if (!photos.length) await queue.discard(id)
    return { kind: 'refused', sentence }
  } catch (fault) {
    return { kind: 'refused', sentence: fault instanceof StorageFull ? fault.sentence : sentenceOf(fault) }
  }
}

/** What to say after a decision. */
export function saidOf(decided: Decided, done: string): string {
  if (decided.kind === 'refused') return decided.sentence
  return decided.kind === 'waiting' ? '没有网络，已存在手机里，有网后自动发送。' : done
}

/** What a page says of a decision that is made on it: `good` when it was not refused. */
export function deciding() {
  const said = ref('')
  const good = ref(false)

  /** Decide, `done` being what to say then; whether it was not refused. */
  async function decided(done: string, ...asked: Parameters<typeof decide>): Promise<boolean> {
    const how = await decide(...asked)
    said.value = saidOf(how, done)
    good.value = how.kind !== 'refused'
    return good.value
  }
  return { said, good, decided }
}
