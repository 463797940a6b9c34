/** What is written below a picture taken at a school. No name: who leaves takes theirs along, and the server's own marked
 * picture, which has it, is then made anew. */
import { clock } from './app'
import { spokenFully } from './clock'
import { session } from './session'

export function marks(school: string): string[] {
  const post = session.me?.posts.find((one) => one.school_name === school)?.name ?? ''
  return [school, [`${spokenFully(clock.now())} 拍摄`, post].filter(Boolean).join('　')]
}
