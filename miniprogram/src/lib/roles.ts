/** Who sees which tabs. A tab is a page; a page says its own name in `pages.json`. */
import type { Schemas } from './api/schema'

export type Role = 'visitor' | 'school' | 'parent' | 'officer'
type PostKind = Schemas['PostOut']['kind']

export interface Tab {
  page: string
  words: string
  icon: 'today' | 'queue' | 'inbox' | 'mine' | 'problem' | 'board' | 'survey' | 'ledger' | 'figures'
}

const MINE: Tab = { page: '/pages/mine/index', words: '我的', icon: 'mine' }
const INBOX: Tab = { page: '/pages/inbox/index', words: '消息', icon: 'inbox' }
const QUEUE: Tab = { page: '/pages/queue/index', words: '发送', icon: 'queue' }

/** In the order in which a person with several posts is greeted. */
export const ROLES: { role: Role; words: string; posts: PostKind[]; tabs: Tab[] }[] = [
  {
    role: 'visitor',
    words: '入校监督',
    posts: ['committee', 'supervisor'],
    tabs: [{ page: '/pages/today/index', words: '今天', icon: 'today' }, QUEUE, MINE],
  },
  {
    role: 'school',
    words: '学校',
    posts: ['head', 'manager', 'finance'],
    tabs: [
      { page: '/pages/todo/index', words: '待办', icon: 'problem' },
      { page: '/pages/ledger/index', words: '台账', icon: 'ledger' },
      { page: '/pages/school/index', words: '学校', icon: 'board' },
      QUEUE,
      MINE,
    ],
  },
  {
    role: 'officer',
    words: '教体局',
    posts: ['county', 'prefecture', 'province', 'regulator', 'administrator'],
    tabs: [
      { page: '/pages/officer/figures', words: '数据', icon: 'figures' },
      { page: '/pages/officer/work', words: '待办', icon: 'problem' },
      { page: '/pages/officer/plans', words: '抽查', icon: 'survey' },
      { page: '/pages/officer/orders', words: '调度', icon: 'board' },
      MINE,
    ],
  },
  {
    role: 'parent',
    words: '家长',
    posts: ['parent'],
    tabs: [
      { page: '/pages/parent/index', words: '首页', icon: 'today' },
      { page: '/pages/reports/index', words: '反映', icon: 'problem' },
      INBOX,
      QUEUE,
      MINE,
    ],
  },
]

/** Where somebody in a role reads what is asked of them today. */
const LISTS: Record<Role, string> = { visitor: '/pages/today/index', school: '/pages/todo/index', officer: '/pages/officer/work', parent: '/pages/parent/index' }

export const listOf = (role: Role | null): string => (role ? LISTS[role] : MINE.page)

type Held = Pick<Schemas['PostOut'], 'kind'>

/** The roles that somebody's posts give, the first one first. */
export function rolesOf(posts: readonly Held[]): Role[] {
  return ROLES.filter((one) => posts.some((post) => one.posts.includes(post.kind))).map((one) => one.role)
}

export function tabsOf(role: Role): Tab[] {
  return ROLES.find((one) => one.role === role)?.tabs ?? [MINE]
}
