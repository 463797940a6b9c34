/** Who is on this phone. The session is renewed through WeChat without asking anybody. */
import { reactive } from 'vue'
import { refusal } from './api/refusals'
import type { Schemas } from './api/schema'
import type { Reply, Transport } from './api/transport'
import { forget, keep, kept, loginCode, type Outcome } from './device'
import { rolesOf, type Role } from './roles'

export type Me = Schemas['Me']

/** Kept, so that a start without a network knows whose phone it is. */
export const session = reactive({
  token: kept<string>('token'),
  me: kept<Me>('me'),
  role: kept<Role>('role'),
})

export function may(right: Schemas['PostOut']['rights'][number]): boolean {
  return session.me?.posts.some((post) => post.rights.includes(right)) ?? false
}

/** The role whose tabs are shown: the one chosen, or the first one the posts give. */
export function roleNow(): Role | null {
  const roles = rolesOf(session.me?.posts ?? [])
  return roles.find((role) => role === session.role) ?? roles[0] ?? null
}

export function chooseRole(role: Role): void {
  session.role = role
  keep('role', role)
}

export function setMe(me: Me): void {
  session.me = me
  keep('me', me)
}

/** Sign in through WeChat; a code that WeChat gives works once. Throws Refused or Unreached. */
export async function signIn(transport: Transport): Promise<Outcome<void>> {
  const code = await loginCode()
  if (code.kind !== 'ok') return code
  const reply: Reply = await transport({
    method: 'POST',
    path: '/sessions',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ code: code.value, device: deviceName() }),
  })
  if (reply.status >= 400) throw refusal(reply.status, reply.headers, reply.body)
  const signed = reply.body as Schemas['SignedIn']
  session.token = signed.token
  keep('token', session.token)
  setMe(signed.me)
  return { kind: 'ok', value: undefined }
}

/** Forget who this is. What waits to be sent stays, and waits for its owner. */
export function signOut(): void {
  for (const name of ['token', 'me', 'role', 'as']) forget(name)
  Object.assign(session, { token: null, me: null, role: null })
}

function deviceName(): string {
  // #ifdef H5
  return '网页版'
  // #endif
  // #ifndef H5
  const { brand, model } = uni.getDeviceInfo()
  return `${brand ?? ''} ${model ?? ''}`.trim().slice(0, 100)
  // #endif
}
