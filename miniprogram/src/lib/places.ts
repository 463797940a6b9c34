/** The schools somebody belongs to, by their posts. */
import { session } from './session'

export interface Place {
  id: number
  name: string
}

export function mySchools(right?: string): Place[] {
  const found = new Map<number, Place>()
  for (const post of session.me?.posts ?? []) {
    if (post.school_id === null || (right && !(post.rights as string[]).includes(right))) continue
    found.set(post.school_id, { id: post.school_id, name: post.school_name ?? '' })
  }
  return [...found.values()]
}
