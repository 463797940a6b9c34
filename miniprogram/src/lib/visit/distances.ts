/** The order of this month's schools, and where the phone is, for as long as the program runs: it goes nowhere else. */
import { ref } from 'vue'
import { locate } from '../device'
import type { Duty } from '../pack'
import { route, type Leg, type Point } from './route'

export const here = ref<Point | null>(null)

/** Schools still to be visited. */
export function way(duties: readonly Duty[]): Leg<Duty & { name: string }>[] {
  return route(duties.filter((duty) => duty.state === 'owed').map((duty) => ({ ...duty, name: duty.school_name })), here.value)
}

/** Ask the phone where it is; a sentence when it does not say. */
export async function fromHere(): Promise<string> {
  const found = await locate()
  if (found.kind === 'ok') here.value = { longitude: found.value.longitude, latitude: found.value.latitude }
  return found.kind === 'ok' || found.kind === 'cancelled' ? '' : found.sentence
}
