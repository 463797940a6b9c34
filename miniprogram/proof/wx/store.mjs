/** What outlives the program: a phone's keys and files, in the browser's database, read into memory at the start. */
const ROOMS = ['keys', 'files']

export async function openStore() {
  const database = await new Promise((resolve, reject) => {
    const asked = indexedDB.open('wechat', 1)
    asked.onupgradeneeded = () => ROOMS.forEach((room) => asked.result.createObjectStore(room))
    asked.onsuccess = () => resolve(asked.result)
    asked.onerror = () => reject(asked.error)
  })
  return Object.fromEntries(await Promise.all(ROOMS.map(async (room) => [room, await roomOf(database, room)])))
}

async function roomOf(database, room) {
  const turn = (mode, act) => new Promise((resolve, reject) => {
    const transaction = database.transaction(room, mode, { durability: 'strict' })
    const asked = act(transaction.objectStore(room))
    transaction.oncomplete = () => resolve(asked.result)
    transaction.onabort = () => reject(transaction.error)
  })
  const [names, values] = await Promise.all([turn('readonly', (store) => store.getAllKeys()), turn('readonly', (store) => store.getAll())])
  const held = new Map(names.map((name, n) => [name, values[n]]))
  const sizes = () => [...held.values()].reduce((sum, one) => sum + (one.byteLength ?? one.length), 0)
  return {
    held,
    bytes: sizes,
    /** Kept when this resolves; seen at once. */
    put(name, value) { held.set(name, value); return turn('readwrite', (store) => store.put(value, name)) },
    drop(name) { held.delete(name); return turn('readwrite', (store) => store.delete(name)) },
  }
}
