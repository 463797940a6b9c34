/** Where the phone is: evidence, never a gate. Asked at the moment of use, with the reason on the screen. */
import { failed, ok, type Outcome } from './outcome'

export interface Place {
  quality: 'precise' | 'fuzzy'
  longitude: number
  latitude: number
  coordinates: 'wgs84'
  accuracy_m?: number
  altitude_m?: number
  vertical_accuracy_m?: number
  horizontal_accuracy_m?: number
  speed_mps?: number
}

const WORDS = {
  denied: '没有定位权限。要用位置，请在手机的设置里允许“膳督”使用定位。',
  missing: '这台手机现在定不了位，请打开手机的定位开关，或到室外再试。',
  failed: '没有定到位，请到室外空旷的地方再试。',
}
const WITHIN_MS = 8_000

interface Found {
  longitude: number
  latitude: number
  accuracy?: number | null
  altitude?: number | null
  verticalAccuracy?: number | null
  horizontalAccuracy?: number | null
  speed?: number | null
}

function place(found: Found): Place {
  const said: [keyof Place, number | null | undefined][] = [
    ['accuracy_m', found.accuracy],
    ['altitude_m', found.altitude],
    ['vertical_accuracy_m', found.verticalAccuracy],
    ['horizontal_accuracy_m', found.horizontalAccuracy],
    ['speed_mps', found.speed],
  ]
  const known = Object.fromEntries(said.filter(([, value]) => typeof value === 'number' && Number.isFinite(value)))
  return { quality: 'precise', coordinates: 'wgs84', longitude: found.longitude, latitude: found.latitude, ...known }
}

/** The place, or why not, within eight seconds after the person has answered the question whether it may be known. */
export async function locate(): Promise<Outcome<Place>> {
  // #ifdef H5
  // uni's own asks a map service for what the browser already knows
  if (!navigator.geolocation) return { kind: 'missing', sentence: WORDS.missing }
  const looked = new Promise<Outcome<Place>>((resolve) => {
    // the browser's own limit begins when it may look
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve(ok(place({ ...plain(coords), verticalAccuracy: coords.altitudeAccuracy }))),
      (fault) => resolve(fault.code === 1 ? { kind: 'denied', sentence: WORDS.denied } : { kind: 'missing', sentence: WORDS.missing }),
      { enableHighAccuracy: true, timeout: WITHIN_MS, maximumAge: 60_000 },
    )
  })
  return await Promise.race([looked, answered().then(late)])
  // #endif
  // #ifndef H5
  return (await leave()) ?? (await Promise.race([found(), late()]))
  // #endif
}

function late(): Promise<Outcome<Place>> {
  return new Promise((resolve) => setTimeout(() => resolve({ kind: 'failed', sentence: WORDS.failed }), WITHIN_MS))
}

// #ifndef H5
function found(): Promise<Outcome<Place>> {
  return new Promise((resolve) => {
    uni.getLocation({
      type: 'wgs84',
      altitude: true,
      isHighAccuracy: true,
      highAccuracyExpireTime: WITHIN_MS - 2_000,
      success: (where) => resolve(ok(place(where))),
      fail: (fault) => resolve(failed(fault, WORDS)),
    })
  })
}

/** WeChat's question, which may take as long as the person reads; who has answered it is not asked again. */
function leave(): Promise<Outcome<never> | null> {
  return new Promise((resolve) => {
    uni.authorize({ scope: 'scope.userLocation', success: () => resolve(null), fail: (fault) => resolve(failed(fault, WORDS)) })
  })
}
// #endif

// #ifdef H5
/** Coordinates have getters, which a spread does not see. */
function plain({ longitude, latitude, accuracy, altitude, speed }: GeolocationCoordinates): Found {
  return { longitude, latitude, accuracy, altitude, speed }
}

/** When the browser's question is answered, or was before. Never, where the browser does not say: then its own limit holds. */
async function answered(): Promise<void> {
  const asked = await navigator.permissions?.query({ name: 'geolocation' }).catch(() => undefined)
  await new Promise<void>((resolve) => {
    if (!asked) return
    if (asked.state !== 'prompt') return resolve()
    asked.onchange = () => resolve()
  })
}
// #endif
