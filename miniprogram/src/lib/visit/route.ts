/** The schools still to be visited in the order of the shortest way, as the crow flies: a phone without a network
 * knows no roads. */
export interface Point {
  longitude: number
  latitude: number
}

export interface Stop {
  name: string
  longitude: number | null
  latitude: number | null
}

export interface Leg<S> {
  stop: S
  /** From the stop before, or from here to the first; null where either place is not known. */
  metres: number | null
}

const EARTH_M = 6_371_000
const radians = (degrees: number): number => (degrees * Math.PI) / 180

/** Great-circle distance. */
export function metresBetween(a: Point, b: Point): number {
  const [north, east] = [radians(b.latitude - a.latitude), radians(b.longitude - a.longitude)]
  const h = Math.sin(north / 2) ** 2 + Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * Math.sin(east / 2) ** 2
  return 2 * EARTH_M * Math.asin(Math.sqrt(h))
}

type Placed<S> = S & Point
const isPlaced = <S extends Stop>(stop: S): stop is Placed<S> => stop.longitude !== null && stop.latitude !== null

/** From `here`, or from wherever the way is shortest. Schools without a place come last, by name. */
export function route<S extends Stop>(stops: readonly S[], here: Point | null): Leg<S>[] {
  const byName = [...stops].sort((a, b) => (a.name < b.name ? -1 : 1))
  const placed = byName.filter(isPlaced)
  const starts: (Point | null)[] = here ? [here] : placed
  let best: Placed<S>[] = placed
  for (const start of starts) {
    const way = shortened(nearestFirst(placed, start), here)
    if (length(way, here) < length(best, here) - 1) best = way
  }
  const legs = best.map((stop, n) => {
    const before = n ? best[n - 1] : here
    return { stop: stop as S, metres: before ? metresBetween(before, stop) : null }
  })
  return [...legs, ...byName.filter((stop) => !isPlaced(stop)).map((stop) => ({ stop, metres: null }))]
}

function length(way: readonly Point[], here: Point | null): number {
  const points = here ? [here, ...way] : way
  return points.reduce((sum, point, n) => (n ? sum + metresBetween(points[n - 1] ?? point, point) : sum), 0)
}

function nearestFirst<P extends Point>(all: readonly P[], start: Point | null): P[] {
  const left = [...all]
  const way: P[] = []
  for (let at = start; left.length; at = way[way.length - 1] ?? at) {
    const from = at
    const next = from ? left.reduce((a, b) => (metresBetween(from, b) < metresBetween(from, a) ? b : a)) : left[0]
    if (!next) break
    way.push(next)
    left.splice(left.indexOf(next), 1)
  }
  return way
}

/** Turn pieces of the way round for as long as that makes it shorter (2-opt); twenty schools are done at once. */
function shortened<P extends Point>(way: P[], here: Point | null): P[] {
  let best = way
  for (let better = true; better;) {
    better = false
    for (let i = 0; i < best.length - 1; i++) {
      for (let k = i + 1; k < best.length; k++) {
        const turned = [...best.slice(0, i), ...best.slice(i, k + 1).reverse(), ...best.slice(k + 1)]
        if (length(turned, here) < length(best, here) - 1) {
          best = turned
          better = true
        }
      }
    }
  }
  return best
}

/** 约 800 米, 约 6 公里: of a straight line, more would be a lie. */
export function spokenMetres(metres: number): string {
  if (metres < 950) return `约 ${Math.max(1, Math.round(metres / 100)) * 100} 米`
  return `约 ${metres < 9_500 ? Math.round(metres / 100) / 10 : Math.round(metres / 1000)} 公里`
}
