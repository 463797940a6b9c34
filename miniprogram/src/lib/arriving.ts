/** Somebody who comes by a link, as WeChat's own scanner opens one, before this phone knows who they are: they sign in
 * first, and then the link goes on. */
import { session } from './session'

const OPEN_TO_ALL = new Set(['pages/home/index', 'pages/bind/index', 'pages/mine/index'])

let wanted: string | null = null

interface Here {
  route?: string
  options?: Record<string, string>
  $page?: { fullPath?: string }
}

/** From every page's frame: send who is not known yet to the sign-in. */
export function arrived(): void {
  const pages = getCurrentPages() as unknown as Here[]
  const here = pages[pages.length - 1]
  if (!here?.route || OPEN_TO_ALL.has(here.route) || session.me?.person_id) return
  wanted = addressOf(here)
  uni.reLaunch({ url: '/pages/home/index' })
}

/** Whether a page was opened by itself, by a link or a reload, and leads nowhere back. */
export function isAlone(): boolean {
  const pages = getCurrentPages() as unknown as Here[]
  return pages.length === 1 && !OPEN_TO_ALL.has(pages[0]?.route ?? '')
}

/** Go where the link led, else to `otherwise`. */
export function goOn(otherwise: string): void {
  const to = wanted ?? otherwise
  wanted = null
  uni.reLaunch({ url: to })
}

function addressOf(here: Here): string {
  // #ifdef H5
  return here.$page?.fullPath ?? `/${here.route}`
  // #endif
  // #ifndef H5
  // as they came: WeChat hands them on encoded
  const query = Object.entries(here.options ?? {}).map(([name, value]) => `${name}=${value}`)
  return `/${here.route}${query.length ? `?${query.join('&')}` : ''}`
  // #endif
}
