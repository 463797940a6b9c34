/** The pack of whoever is on the phone: there from the shelf at once, fetched anew when there is a network. */
import { reactive } from 'vue'
import { sentenceOf } from './api/refusals'
import { api, clock } from './app'
import { shelf } from './device'
import { fetchPack, keptPack, knownSchools, type KnownSchool, type Pack } from './pack'
import { session } from './session'

const FRESH_MS = 5 * 60_000

export const packing = reactive({ pack: null as Pack | null, busy: false, fault: '' })

/** What the phone has. */
export async function unpack(): Promise<Pack | null> {
  packing.pack = session.me ? await keptPack(shelf, session.me) : null
  return packing.pack
}

/** Fetch it unless it is fresh; `fault` says why not. */
export async function pack(always = false): Promise<void> {
  const me = session.me
  if (!me || packing.busy) return
  if (!packing.pack) await unpack()
  if (!always && packing.pack && Math.abs(Date.now() - packing.pack.phoneMs) < FRESH_MS) return
  packing.busy = true
  try {
    packing.pack = await fetchPack(api, shelf, me, clock.now(), Date.now())
    packing.fault = ''
  } catch (fault) {
    packing.fault = sentenceOf(fault)
  } finally {
    packing.busy = false
  }
}

/** A school's name, as far as the phone knows it. */
export function schoolName(id: number): string {
  const known = [...(session.me?.posts ?? []), ...(packing.pack?.duties ?? [])]
  return known.find((one) => one.school_id === id)?.school_name ?? ''
}

export function schools(): KnownSchool[] {
  return session.me ? knownSchools(session.me, packing.pack) : []
}
