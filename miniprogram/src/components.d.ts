/** Components, found by their names (`easycom` in pages.json): ours, and those of wot-design-uni that we use. The latter
 * come as sources that keep to weaker rules than ours: only what they say of their properties is read. */
import type { DefineComponent } from 'vue'
import type { popupProps } from 'wot-design-uni/components/wd-popup/types'
import type { progressProps } from 'wot-design-uni/components/wd-progress/types'
import type { signatureProps } from 'wot-design-uni/components/wd-signature/types'
import type { skeletonProps } from 'wot-design-uni/components/wd-skeleton/types'
import type { stepProps } from 'wot-design-uni/components/wd-step/types'
import type { stepsProps } from 'wot-design-uni/components/wd-steps/types'
import type uiAloud from './components/ui-aloud.vue'
import type uiBar from './components/ui-bar.vue'
import type uiButton from './components/ui-button.vue'
import type uiChoice from './components/ui-choice.vue'
import type uiDictate from './components/ui-dictate.vue'
import type uiEntry from './components/ui-entry.vue'
import type uiEvidence from './components/ui-evidence.vue'
import type uiIcon from './components/ui-icon.vue'
import type uiNotify from './components/ui-notify.vue'
import type uiPage from './components/ui-page.vue'
import type uiPhotos from './components/ui-photos.vue'
import type uiPrivacy from './components/ui-privacy.vue'
import type uiSheet from './components/ui-sheet.vue'
import type uiSignature from './components/ui-signature.vue'
import type uiStep from './components/ui-step.vue'
import type uiTabs from './components/ui-tabs.vue'
import type uiWaiting from './components/ui-waiting.vue'
import type uiWords from './components/ui-words.vue'
import type visitEarlier from './components/visit-earlier.vue'
import type visitItem from './components/visit-item.vue'
import type visitParts from './components/visit-parts.vue'
import type visitSchool from './components/visit-school.vue'

declare module 'vue' {
  export interface GlobalComponents {
    UiAloud: typeof uiAloud
    UiBar: typeof uiBar
    UiButton: typeof uiButton
    UiChoice: typeof uiChoice
    UiDictate: typeof uiDictate
    UiEntry: typeof uiEntry
    UiEvidence: typeof uiEvidence
    UiIcon: typeof uiIcon
    UiNotify: typeof uiNotify
    UiPage: typeof uiPage
    UiPhotos: typeof uiPhotos
    UiPrivacy: typeof uiPrivacy
    UiSheet: typeof uiSheet
    UiSignature: typeof uiSignature
    UiStep: typeof uiStep
    UiTabs: typeof uiTabs
    UiWaiting: typeof uiWaiting
    UiWords: typeof uiWords
    VisitEarlier: typeof visitEarlier
    VisitItem: typeof visitItem
    VisitParts: typeof visitParts
    VisitSchool: typeof visitSchool
    WdPopup: DefineComponent<typeof popupProps>
    WdProgress: DefineComponent<typeof progressProps>
    WdSignature: DefineComponent<typeof signatureProps>
    WdSkeleton: DefineComponent<typeof skeletonProps>
    WdStep: DefineComponent<typeof stepProps>
    WdSteps: DefineComponent<typeof stepsProps>
  }
}
