/** Which page shows a thing that a list or a notice names. */
import { listOf } from './roles'
import { roleNow } from './session'

const PAGES: Record<string, string> = {
  problem: '/pages/problem/index', survey: '/pages/survey/index', school: '/pages/school/index', dispatch: '/pages/dispatch/index', visit: '/pages/record/index', register: '/pages/kept/index',
  alert: '/pages/alert/index', ledger_month: '/pages/month/index', reviews: '/pages/reviews/index', digest: '/pages/digest/index',
}
/** What officers read on pages of their own: with what they decide, and the way down to it. */
const OFFICERS: Record<string, string> = { problem: '/pages/officer/problem', school: '/pages/officer/school', visit: '/pages/officer/visit' }

interface Thing {
  subject_kind: string
  subject_id: number
  school_id?: number | null
}

/** Its address; null where the phone has no page for it. */
export function pageOf(thing: Thing): string | null {
  if (thing.subject_kind === 'today') return listOf(roleNow())
  if (thing.subject_kind === 'duty') return thing.school_id ? `/pages/visit/school?id=${thing.school_id}` : null
  const page = ownPage(thing.subject_kind) ?? PAGES[thing.subject_kind]
  if (!page) return null
  return `${page}?id=${thing.subject_id}${thing.school_id ? `&school=${thing.school_id}` : ''}`
}

const ownPage = (kind: string): string | undefined => (roleNow() === 'officer' ? OFFICERS[kind] : undefined)

/** A list of one's own is a tab, and a tab has nothing before it. */
export function openThing(thing: Thing): void {
  const page = pageOf(thing)
  if (!page) return
  if (thing.subject_kind === 'today') uni.reLaunch({ url: page })
  else uni.navigateTo({ url: page })
}

/** From a page that a message opened for whoever reads it: officers go on to their own. Whether they do. */
export function goneToOwn(kind: string, id: string | undefined): boolean {
  const page = id ? ownPage(kind) : undefined
  if (page) uni.redirectTo({ url: `${page}?id=${id}` })
  return page !== undefined
}
