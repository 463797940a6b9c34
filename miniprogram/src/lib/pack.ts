/** Everything a visit needs, on the phone before leaving: duties, forms, schools, what to look at again. */
import type { Api } from './api/client'
import type { Schemas } from './api/schema'
import type { Shelf } from './queue/ports'
import type { Me } from './session'

export type Duty = Schemas['DutyLine']
export type Form = Schemas['Form']
export type FollowUp = Schemas['FollowUpOut']
export type VisitKind = Schemas['VisitKind']

export interface Pack {
  /** Server's milliseconds, to be read. */
  fetchedAt: number
  phoneMs: number
  duties: Duty[]
  forms: Form[]
  followUps: Record<number, FollowUp[]>
  consents: Schemas['ConsentOut'][]
}

const key = (me: Me): string => `pack:${me.person_id ?? 0}`

export async function keptPack(shelf: Shelf, me: Me): Promise<Pack | null> {
  return (await shelf.read<Pack>(key(me))) ?? null
}

/** Fetch all of it and keep it; throws Refused, Unreached or StorageFull, and then the old one is still there. */
export async function fetchPack(api: Api, shelf: Shelf, me: Me, now: number, phoneMs: number): Promise<Pack> {
  // side by side: on a slow network each one after another is another second
  const [duties, forms, consents, again] = await Promise.all([
    api.ask('GET /duties'), api.ask('GET /forms'), api.ask('GET /me/consents'), api.ask('GET /follow-ups'),
  ])
  const followUps: Pack['followUps'] = {}
  for (const one of again) (followUps[one.school_id] ??= []).push(one)
  const pack: Pack = { fetchedAt: now, phoneMs, duties, forms, followUps, consents }
  await shelf.write(key(me), pack)
  return pack
}

/** A school that I visit, as far as the phone knows: by its duties, else by my posts. */
export interface KnownSchool {
  id: number
  name: string
  kind: VisitKind
}

export function knownSchools(me: Me, pack: Pack | null): KnownSchool[] {
  const found = new Map<number, KnownSchool>()
  for (const post of me.posts) {
    if (post.school_id === null || !post.rights.includes('check_in')) continue
    const kind: VisitKind = post.kind === 'supervisor' ? 'supervisor' : 'committee'
    found.set(post.school_id, { id: post.school_id, name: post.school_name ?? '', kind })
  }
  // somebody who stands in has the duty without the post
  for (const duty of pack?.duties ?? []) {
    if (!found.has(duty.school_id)) found.set(duty.school_id, { id: duty.school_id, name: duty.school_name, kind: duty.kind })
  }
  return [...found.values()]
}

/** The newest version of a kind's form, or the very one a draft began with. */
export function formOf(pack: Pack | null, kind: VisitKind, version?: number): Form | null {
  const versions = (pack?.forms ?? []).filter((form) => form.kind === kind)
  return versions.find((form) => form.version === version) ?? (version === undefined ? (versions[versions.length - 1] ?? null) : null)
}
