/** A page on which something is said with words and pictures: after each tap its draft is on the phone's shelf. */
import { onHide } from '@dcloudio/uni-app'
import { ref, type Ref } from 'vue'
import { whyNotKept, type Step } from '../queue'
import { acts, draftOf, dropPicture, isUnderWay, refusalOf, sendAct, type ActDraft, type Said } from './draft'

/** `said` hears why something was not kept, or the server's words when it has refused it; a change ends them. */
export function acting(said: Ref<string> = ref('')) {
  const draft = ref<ActDraft | null>(null)
  const underWay = ref(false)
  onHide(() => { void keep() })

  /** Find what was begun, or begin. */
  async function open(what: string, more: ActDraft['more'] = {}): Promise<ActDraft> {
    const found = await draftOf(what, more)
    draft.value = found
    underWay.value = false
    await look()
    return draft.value
  }

  /** How it stands in the queue by now. */
  async function look(): Promise<void> {
    if (!draft.value?.sentAt) return
    underWay.value = await isUnderWay(draft.value)
    said.value = (await refusalOf(draft.value))?.sentence ?? ''
  }

  async function keep(): Promise<void> {
    if (!draft.value || underWay.value) return
    try {
      await acts.keep(draft.value)
    } catch (fault) {
      said.value = whyNotKept(fault)
    }
  }

  function change(how: (draft: ActDraft) => void): void {
    if (!draft.value) return
    how(draft.value)
    said.value = ''
    void keep()
  }

  /** Into the queue; whether it is there. To be called in the tap. */
  async function send(about: Said, steps: Step[]): Promise<boolean> {
    if (!draft.value) return false
    try {
      await sendAct(draft.value, about, steps)
      await look()
      return true
    } catch (fault) {
      said.value = whyNotKept(fault)
      return false
    }
  }

  async function removed(photo: string): Promise<void> {
    if (draft.value) await dropPicture(draft.value, photo)
    await keep()
  }

  return {
    draft, said, underWay, open, look, change, send, removed,
    write: (text: string): void => change((one) => { one.words = text }),
    more: (what: ActDraft['more']): void => change((one) => { Object.assign(one.more, what) }),
    added: (photo: string, bytes: number): void => change((one) => {
      one.photos.push(photo)
      one.bytes[photo] = bytes
    }),
  }
}
