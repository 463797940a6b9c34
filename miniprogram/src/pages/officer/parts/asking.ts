/** What a page of the desk asks the server when it is shown. */
import { onShow } from '@dcloudio/uni-app'
import { ref, type Ref } from 'vue'
import { sentenceOf } from '@/lib/api/refusals'
import { lookWhatToAsk } from '@/lib/notifying'

export interface Asking<T> {
  value: Ref<T | null>
  fault: Ref<string>
  again(): Promise<void>
}

/** Asked whenever the page is shown; what was there stays when a later answer fails. */
export function asking<T>(ask: () => Promise<T>): Asking<T> {
  const value = ref(null) as Ref<T | null>
  const fault = ref('')
  async function again(): Promise<void> {
    try {
      value.value = await ask()
      fault.value = ''
    } catch (error) {
      fault.value = sentenceOf(error)
    }
  }
  onShow(() => {
    void again()
    void lookWhatToAsk()
  })
  return { value, fault, again }
}
