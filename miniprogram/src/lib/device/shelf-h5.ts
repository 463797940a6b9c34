/** A browser keeps things in IndexedDB. */
import { FileGone, StorageFull, type Files, type Shelf } from '../queue/ports'

type Room = 'things' | 'files'

let opening: Promise<IDBDatabase> | null = null

function database(): Promise<IDBDatabase> {
  opening ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open('shandu', 1)
    asked.onupgradeneeded = () => { asked.result.createObjectStore('things'); asked.result.createObjectStore('files') }
    asked.onsuccess = () => resolve(asked.result)
    asked.onerror = () => { opening = null; reject(asked.error) }
  })
  return opening
}

async function within<T>(room: Room, mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const turn = (await database()).transaction(room, mode, { durability: 'strict' })
  return await new Promise((resolve, reject) => {
    const asked = act(turn.objectStore(room))
    // a write counts when its transaction is over, not before
    turn.oncomplete = () => resolve(asked.result)
    const refuse = (): void => reject(turn.error?.name === 'QuotaExceededError' ? new StorageFull() : turn.error)
    turn.onabort = refuse
    turn.onerror = refuse
  })
}

const starting = (prefix: string): IDBKeyRange => IDBKeyRange.bound(prefix, `${prefix}\uffff`)

export const shelf: Shelf = {
  keys: async (prefix) => (await within('things', 'readonly', (store) => store.getAllKeys(starting(prefix)))).map(String),
  read: <T>(key: string) => within('things', 'readonly', (store) => store.get(key) as IDBRequest<T | undefined>),
  write: async (key, value) => { await within('things', 'readwrite', (store) => store.put(value, key)) },
  erase: async (key) => { await within('things', 'readwrite', (store) => store.delete(key)) },
}

export const files: Files = {
  write: async (name, data) => { await within('files', 'readwrite', (store) => store.put(new Blob([data], { type: 'image/jpeg' }), name)) },
  async read(name, offset, length) {
    const kept = await within('files', 'readonly', (store) => store.get(name) as IDBRequest<Blob | undefined>)
    if (!kept) throw new FileGone(name)
    return await kept.slice(offset, offset + length).arrayBuffer()
  },
  erase: async (name) => { await within('files', 'readwrite', (store) => store.delete(name)) },
  names: async () => (await within('files', 'readonly', (store) => store.getAllKeys())).map(String),
}

/** An address to show a kept picture by; null when it is gone. */
export async function pictureAddress(name: string): Promise<string | null> {
  const kept = await within('files', 'readonly', (store) => store.get(name) as IDBRequest<Blob | undefined>)
  return kept ? URL.createObjectURL(kept) : null
}
