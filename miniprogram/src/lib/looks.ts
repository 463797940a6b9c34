/** How the program looks to this person: light or dark, ordinary or large (关怀模式). */
import { computed, reactive } from 'vue'
import { keep, kept } from './device'

export type Mode = 'auto' | 'light' | 'dark'

export const looks = reactive({ mode: kept<Mode>('mode') ?? ('auto' as Mode), large: kept<boolean>('large') ?? false, system: 'light' as 'light' | 'dark' })

export const isDark = computed(() => (looks.mode === 'auto' ? looks.system === 'dark' : looks.mode === 'dark'))

export const frameClass = computed(() => ['frame', isDark.value ? 'dark' : '', looks.large ? 'large' : ''].filter(Boolean).join(' '))

export function chooseMode(mode: Mode): void {
  looks.mode = mode
  keep('mode', mode)
}

export function chooseLarge(large: boolean): void {
  looks.large = large
  keep('large', large)
}

/** Follow the system for as long as the program runs. */
export function followSystem(): void {
  // #ifdef H5
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const see = (): void => { looks.system = dark.matches ? 'dark' : 'light' }
  dark.addEventListener('change', see)
  see()
  // #endif
  // #ifndef H5
  looks.system = uni.getAppBaseInfo().theme === 'dark' ? 'dark' : 'light'
  uni.onThemeChange(({ theme }) => { looks.system = theme === 'dark' ? 'dark' : 'light' })
  // #endif
}
