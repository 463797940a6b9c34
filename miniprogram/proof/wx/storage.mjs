/** wx.setStorage and its kin: 1 MB a key, 10 MB in all. */
import { No, fault, later } from './calls.mjs'

const KEY_BYTES = 1024 * 1024
const ALL_BYTES = 10 * 1024 * 1024

export function storage({ keys }, settings) {
  const room = () => settings.keyBytes ?? ALL_BYTES

  function put(key, data) {
    if (data === undefined || typeof data === 'function') fault(`setStorage: ${typeof data} under ${key}`)
    const text = JSON.stringify({ data })
    if (text.length > KEY_BYTES) throw new No('data exceed max size 1MB', { errno: 1500101 })
    const before = keys.held.get(key)?.length ?? 0
    if (keys.bytes() - before + text.length > room()) throw new No('exceed storage max size 10Mb', { errno: 1500102 })
    return keys.put(key, text)
  }

  // what is read is a copy
  const get = (key) => (keys.held.has(key) ? JSON.parse(keys.held.get(key)).data : undefined)
  const about = () => ({ keys: [...keys.held.keys()], currentSize: Math.ceil(keys.bytes() / 1024), limitSize: room() / 1024 })

  return {
    setStorage: later('setStorage', { key: 'String!', data: 'String|Number|Boolean|Object|Array|Null!', encrypt: 'Boolean' }, async ({ key, data }) => { await put(key, data) }),
    getStorage: later('getStorage', { key: 'String!', encrypt: 'Boolean' }, ({ key }) => {
      if (!keys.held.has(key)) throw new No('data not found')
      return { data: get(key) }
    }),
    removeStorage: later('removeStorage', { key: 'String!' }, async ({ key }) => { await keys.drop(key) }),
    getStorageInfo: later('getStorageInfo', {}, about),
    setStorageSync(key, data) {
      try {
        void put(key, data)
      } catch (refused) {
        throw new Error(`setStorageSync:fail ${refused.message}`)
      }
    },
    getStorageSync: (key) => get(key) ?? '',
    removeStorageSync(key) { void keys.drop(key) },
    getStorageInfoSync: about,
  }
}
