/** The H5's own program on the phone. A mini-program is there whole before it runs. */
import { reactive } from 'vue'

export const program = reactive({
  /** Any page opens without a network, also after the program was killed, where the browser can keep it. */
  kept: true,
})

// #ifdef H5
// the first page comes first
const AFTER_MS = 3_000
const AGAIN_MS = 15_000
// of the six ways to a server that a browser has, what is asked for by hand needs some
const SIDE_BY_SIDE = 3

declare global {
  interface Window {
    /** uni's pages; `loader` fetches a page's scripts and styles, once. */
    __uniRoutes?: { loader?: () => Promise<unknown> }[]
  }
}

/** Every page into the program that runs, then the worker that has them at the next start; begun again when the network
 * goes meanwhile. */
export function keepProgram(): void {
  program.kept = Boolean(navigator.serviceWorker?.controller)
  setTimeout(() => { void fetchAll() }, AFTER_MS)
}

async function fetchAll(): Promise<void> {
  try {
    await pages()
    // a page over plain http, or in a private window, may have no worker
    if (navigator.serviceWorker) await installed(await navigator.serviceWorker.register('/m/sw.js'))
    program.kept = true
  } catch {
    setTimeout(() => { void fetchAll() }, AGAIN_MS)
  }
}

async function pages(): Promise<void> {
  const rest = [...(window.__uniRoutes ?? [])]
  const some = async (): Promise<void> => { for (let one = rest.shift(); one; one = rest.shift()) await one.loader?.() }
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, some))
}

/** Until the newest worker has all files; rejects when it could not get them. */
function installed({ installing }: ServiceWorkerRegistration): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (!installing || installing.state === 'activated') resolve()
      else if (installing.state === 'redundant') reject(new Error('not all files came'))
    }
    installing?.addEventListener('statechange', look)
    look()
  })
}
// #endif
