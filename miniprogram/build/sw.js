/* The program itself on the phone: the second start, and one without a network, ask nobody. Data is not kept here. */
const VERSION = '__VERSION__'
const FILES = __FILES__
const HERE = '/m/'

self.addEventListener('install', (event) => {
  event.waitUntil((async () => {
    const room = await caches.open(VERSION)
    // one at a time: the phone may be sending pictures over the same thin line
    for (const file of FILES) {
      const kept = await caches.match(HERE + file)
      if (kept && file !== '') await room.put(HERE + file, kept)
      else await room.add(new Request(HERE + file, { cache: file === '' ? 'no-cache' : 'default' }))
    }
    await self.skipWaiting()
  })())
})

self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name !== VERSION) await caches.delete(name)
    await self.clients.claim()
  })())
})

self.addEventListener('fetch', (event) => {
  const { pathname, origin } = new URL(event.request.url)
  if (event.request.method !== 'GET' || origin !== location.origin || !pathname.startsWith(HERE)) return
  event.respondWith((async () => (await caches.match(pathname)) ?? (await fetch(event.request)))())
})
