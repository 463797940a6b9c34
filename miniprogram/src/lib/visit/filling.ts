/** What taps do to a form: after each of them the draft is on the phone's shelf. */
import type { Ref } from 'vue'
import { drafts } from '../app'
import { whyNotKept } from '../queue'
import type { Answer, Draft, Look, SchoolSays } from './draft'
import { forgetPicture } from './visiting'

export type Field = 'companions' | 'remarks' | 'defence' | 'grade'

/** `said` hears why something was not kept; `mended` hears what is no longer missing. */
export function filling(draft: Ref<Draft | null>, said: Ref<string>, mended: (at: string) => void) {
  async function save(): Promise<void> {
    if (!draft.value) return
    try {
      await drafts.keep(draft.value)
    } catch (fault) {
      said.value = whyNotKept(fault)
    }
  }

  /** Change the draft, and keep it. */
  function change(at: string, how: (draft: Draft) => void): void {
    if (!draft.value) return
    how(draft.value)
    if (at) mended(at)
    void save()
  }

  async function dropped(id: string): Promise<void> {
    if (!draft.value) return
    await forgetPicture(draft.value, id)
    await save()
  }

  const picture = (id: string, bytes: number): void => change('', (one) => { one.pictures[id] = { id, bytes } })
  const drop = (id: string | undefined): void => { if (id) void dropped(id) }

  return {
    save,
    dropped,
    picture,
    answer: (given: Answer): void => change(given.item, (one) => { one.answers[given.item] = given }),
    look: (problemId: number, given: Look): void => change(`earlier-${problemId}`, (one) => { one.followUps[problemId] = given }),
    write: (field: Field, text: string): void => change(field === 'defence' ? 'school' : field, (one) => { one[field] = text }),
    turnTo: (part: number): void => change('', (one) => { one.part = part }),
    scene(id: string, bytes: number): void {
      change('scene', (one) => { one.scene.push(id) })
      picture(id, bytes)
    },
    sceneRemoved(id: string): void {
      change('', (one) => { one.scene = one.scene.filter((other) => other !== id) })
      drop(id)
    },
    signed(who: 'own' | 'school', id: string, bytes: number): void {
      change(who === 'school' ? 'school' : 'signature', (one) => { one.signatures[who] = id })
      picture(id, bytes)
    },
    cleared(who: 'own' | 'school'): void {
      const id = draft.value?.signatures[who]
      change('', (one) => { delete one.signatures[who] })
      drop(id)
    },
    /** Another answer of the school's takes its signature back. */
    says(how: SchoolSays): void {
      const id = how === 'signature' ? undefined : draft.value?.signatures.school
      change('school', (one) => {
        one.schoolSays = how
        if (id) delete one.signatures.school
      })
      drop(id)
    },
  }
}
